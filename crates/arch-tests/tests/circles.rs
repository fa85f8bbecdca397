//! No circle of imports between files of different folders. A file directly under `src/` is a folder of its own, together
//! with the folder of its name; a folder and the folders in it count as one. Re-exports are no imports: they are looked
//! through. Test code is left out.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, File, Item, ItemMod, ItemUse, UseTree, Visibility};

use crate::offence::{Offence, report};
use crate::workspace::{TextFile, members, rust_files};

type ModulePath = Vec<String>;

/// A crate's modules by path, the root at the empty one.
struct Crate {
    folder: String,
    modules: BTreeMap<ModulePath, Module>,
}

struct Module {
    file: String,
    syntax: File,
    /// What it re-exports, by name. Of a glob the name is `*`.
    exports: Vec<(String, Vec<String>)>,
}

impl Crate {
    fn of(folder: &str, files: &BTreeMap<&str, &str>) -> Option<Self> {
        let root = ["lib.rs", "main.rs"].map(|name| format!("{folder}/src/{name}"));
        let root = root.into_iter().find(|path| files.contains_key(path.as_str()))?;
        let mut found = Self { folder: folder.to_owned(), modules: BTreeMap::new() };
        found.add(Vec::new(), root, files);
        Some(found)
    }

    fn add(&mut self, path: ModulePath, file: String, files: &BTreeMap<&str, &str>) {
        let Some(text) = files.get(file.as_str()) else { return };
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut exports = Vec::new();
        for item in &syntax.items {
            match item {
                Item::Mod(module) if module.content.is_none() && !is_for_tests(&module.attrs) => {
                    let name = module.ident.to_string();
                    let base = format!("{}/src{}", self.folder, joined(&path));
                    let child = [format!("{base}/{name}.rs"), format!("{base}/{name}/mod.rs")];
                    if let Some(child) = child.into_iter().find(|path| files.contains_key(path.as_str())) {
                        self.add([path.as_slice(), &[name]].concat(), child, files);
                    }
                }
                Item::Use(import) if is_export(import) && !is_for_tests(&import.attrs) => {
                    for (name, target) in leaves(&import.tree, &[]) {
                        exports.push((name, target));
                    }
                }
                _ => {}
            }
        }
        self.modules.insert(path, Module { file, syntax, exports });
    }

    /// The module whose file a path leads to, looked at from a module; `None` if it leads out of the crate.
    fn target(&self, from: &ModulePath, path: &[String], depth: usize) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let (mut at, mut rest) = match first.as_str() {
            "crate" => (Vec::new(), rest),
            "self" => (from.clone(), rest),
            "super" => (from.get(..from.len().checked_sub(1)?)?.to_vec(), rest),
            name if self.modules.contains_key(&[from.as_slice(), &[name.to_owned()]].concat()) => {
                (from.clone(), path)
            }
            _ => return None,
        };
        while let Some((name, left)) = rest.split_first() {
            if name == "super" {
                at.pop();
            } else {
                let child = [at.as_slice(), std::slice::from_ref(name)].concat();
                if !self.modules.contains_key(&child) {
                    return Some(self.exported(&at, name, depth).unwrap_or(at));
                }
                at = child;
            }
            rest = left;
        }
        Some(at)
    }

    /// The module that a re-exported name comes from.
    fn exported(&self, at: &ModulePath, name: &str, depth: usize) -> Option<ModulePath> {
        if depth > 8 {
            return None;
        }
        let exports = &self.modules.get(at)?.exports;
        let (_, target) = exports.iter().find(|(exported, _)| exported == name)?;
        self.target(at, target, depth + 1)
    }

    /// Which modules each module imports.
    fn imports(&self) -> BTreeMap<&ModulePath, BTreeSet<ModulePath>> {
        let mut found = BTreeMap::new();
        for (path, module) in &self.modules {
            let mut paths = Paths::default();
            paths.visit_file(&module.syntax);
            let targets = paths.0.iter().filter_map(|import| self.target(path, import, 0));
            let targets = targets.filter(|target| target != path && self.modules.contains_key(target));
            found.insert(path, targets.collect());
        }
        found
    }

    fn circles(&self) -> Vec<Offence> {
        let imports = self.imports();
        let mut found = Vec::new();
        for (from, targets) in &imports {
            for to in targets.iter().filter(|to| !is_one_folder(from, to)) {
                if let Some(back) = way(&imports, to, from) {
                    let names: Vec<_> = back.iter().map(|path| path.join("::")).collect();
                    let file = self.modules.get(*from).map_or("", |module| &module.file);
                    found.push(Offence::new(
                        file,
                        1,
                        format!("{} imports {}", from.join("::"), names.join(", which imports ")),
                    ));
                }
            }
        }
        found
    }
}

/// The modules on a shortest way of imports, both ends included.
fn way(
    imports: &BTreeMap<&ModulePath, BTreeSet<ModulePath>>,
    from: &ModulePath,
    to: &ModulePath,
) -> Option<Vec<ModulePath>> {
    let mut ways = std::collections::VecDeque::from([vec![from.clone()]]);
    let mut seen = BTreeSet::from([from.clone()]);
    while let Some(found) = ways.pop_front() {
        let last = found.last()?;
        if last == to {
            return Some(found);
        }
        for next in imports.get(last).into_iter().flatten() {
            if seen.insert(next.clone()) {
                ways.push_back([found.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

/// Whether two modules stand in one folder, or one in a folder of the other's.
fn is_one_folder(one: &ModulePath, other: &ModulePath) -> bool {
    let folder =
        |path: &ModulePath| path.get(..path.len().saturating_sub(1).max(1)).unwrap_or_default().to_vec();
    let (one, other) = (folder(one), folder(other));
    one.is_empty() || other.is_empty() || one.starts_with(&other) || other.starts_with(&one)
}

fn joined(path: &[String]) -> String {
    path.iter().map(|name| format!("/{name}")).collect()
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = quote_text(attribute);
        attribute.path().is_ident("cfg") && text.contains("test") && !text.contains("not (test")
    })
}

fn quote_text(attribute: &Attribute) -> String {
    attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default()
}

fn is_export(import: &ItemUse) -> bool {
    !matches!(import.vis, Visibility::Inherited)
}

/// The names that a use brings, each with its whole path.
fn leaves(tree: &UseTree, before: &[String]) -> Vec<(String, Vec<String>)> {
    let with = |name: String| [before, &[name]].concat();
    match tree {
        UseTree::Path(path) => leaves(&path.tree, &with(path.ident.to_string())),
        UseTree::Name(name) if name.ident == "self" => {
            vec![(before.last().cloned().unwrap_or_default(), before.to_vec())]
        }
        UseTree::Name(name) => vec![(name.ident.to_string(), with(name.ident.to_string()))],
        UseTree::Rename(rename) => vec![(rename.rename.to_string(), with(rename.ident.to_string()))],
        UseTree::Glob(_) => vec![("*".to_owned(), before.to_vec())],
        UseTree::Group(group) => group.items.iter().flat_map(|tree| leaves(tree, before)).collect(),
    }
}

/// The paths that a file imports or writes out from the crate's root or from its own place.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl<'a> Visit<'a> for Paths {
    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, import: &'a ItemUse) {
        if !is_export(import) && !is_for_tests(&import.attrs) {
            self.0.extend(leaves(&import.tree, &[]).into_iter().map(|(_, path)| path));
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 && names.first().is_some_and(|first| ["crate", "super"].contains(&first.as_str()))
        {
            self.0.push(names);
        }
        visit::visit_path(self, path);
    }
}

fn circles(folder: &str, files: &[TextFile]) -> Vec<Offence> {
    let files = files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    Crate::of(folder, &files).map(|found| found.circles()).unwrap_or_default()
}

#[test]
fn no_two_folders_import_each_other() {
    let files = rust_files();
    let crates = members();
    report(
        "move what both need into the lower of the two, or let the higher one hand it down",
        crates.iter().flat_map(|member| circles(&member.folder, &files)).collect(),
    );
}

#[test]
fn a_circle_is_found_through_re_exports_and_not_within_a_folder() {
    let files = |order: &str, stock: &str| {
        [
            TextFile::new("crates/a/src/lib.rs", "pub mod order; pub mod stock; pub use stock::Stock;"),
            TextFile::new(
                "crates/a/src/order/mod.rs",
                "mod line; pub use self::line::Line; fn f(l: line::X) {}",
            ),
            TextFile::new("crates/a/src/order/line.rs", format!("use super::Thing; {order}")),
            TextFile::new("crates/a/src/stock.rs", stock),
        ]
    };
    let found = circles("crates/a", &files("use crate::Stock;", "use crate::order::Line;"));
    let expected = [
        Offence::new("crates/a/src/order/line.rs", 1, "order::line imports stock, which imports order::line"),
        Offence::new("crates/a/src/stock.rs", 1, "stock imports order::line, which imports stock"),
    ];
    assert_eq!(found, expected);
    let inline = circles("crates/a", &files("fn f() { crate::stock::x() }", "use crate::order::Line;"));
    assert_eq!(inline.len(), 2);
    let in_tests = "#[cfg(test)] mod tests { use crate::order::Line; }";
    assert_eq!(circles("crates/a", &files("use crate::Stock;", in_tests)), []);
}
