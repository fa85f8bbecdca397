//! The workspace as the rules see it: its crates from `cargo metadata`, its files, and `cargo tree`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// What a crate is in the architecture, which decides what it may depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Kernel,
    /// What some domains share and others need not compile.
    Support,
    Domain,
    Adapter,
    EmbeddedPostgres,
    App,
    Testkit,
    ArchTests,
}

/// Crates for domains beside the kernel.
const SUPPORT: [&str; 2] = ["file-intake", "secrets"];

/// The domains there are at least. Others need no entry: whatever has no other role is a domain.
pub(crate) const DOMAINS: [&str; 4] = ["audit", "identity", "order-import", "production-ops"];

impl Role {
    pub(crate) fn of(crate_name: &str) -> Self {
        match crate_name {
            "kernel" => Self::Kernel,
            "embedded-postgres" => Self::EmbeddedPostgres,
            "throughline" => Self::App,
            "testkit" => Self::Testkit,
            "arch-tests" => Self::ArchTests,
            name if name.starts_with("adapter-") => Self::Adapter,
            name if SUPPORT.contains(&name) => Self::Support,
            _ => Self::Domain,
        }
    }
}

/// A dependency on a crate of this workspace.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Only for tests, examples and benchmarks.
    pub(crate) dev: bool,
    pub(crate) features: Vec<String>,
    /// Where the manifest names it, counted from 1.
    pub(crate) line: usize,
}

/// A crate of this workspace.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// From the workspace's root, with forward slashes: `crates/kernel`.
    pub(crate) folder: String,
    /// The text of its `Cargo.toml`.
    pub(crate) manifest: String,
    pub(crate) dependencies: Vec<Dependency>,
}

impl Member {
    pub(crate) fn role(&self) -> Role {
        Role::of(&self.name)
    }

    pub(crate) fn manifest_path(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }
}

/// A text file: its path from the workspace's root, and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it lies in that folder, itself given from the root.
    pub(crate) fn is_in(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", root.display()))
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<MetadataDependency>,
}

#[derive(Deserialize)]
struct MetadataDependency {
    name: String,
    /// `None` is a normal dependency.
    kind: Option<String>,
    features: Vec<String>,
    /// Only dependencies by path have one.
    path: Option<PathBuf>,
}

/// The crates of the workspace, by name.
pub(crate) fn members() -> Vec<Member> {
    let text = cargo(&["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let metadata: Metadata =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("cargo metadata: {error}"));
    let mut members: Vec<Member> = metadata.packages.into_iter().map(member).collect();
    members.sort_by(|one, other| one.name.cmp(&other.name));
    members
}

fn member(package: MetadataPackage) -> Member {
    let manifest = read(&package.manifest_path);
    let folder = package.manifest_path.parent().map(from_root).unwrap_or_default();
    let dependencies = package
        .dependencies
        .into_iter()
        .filter(|dependency| dependency.path.is_some())
        .map(|dependency| {
            let dev = dependency.kind.as_deref() == Some("dev");
            let line = line_naming(&manifest, &dependency.name, dev);
            Dependency { name: dependency.name, dev, features: dependency.features, line }
        })
        .collect();
    Member { name: package.name, folder, manifest, dependencies }
}

/// The line of a manifest that names a dependency; 1 if it is written in a way not looked for.
fn line_naming(manifest: &str, dependency: &str, dev: bool) -> usize {
    let mut in_section = false;
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            in_section = line.contains("dependencies") && line.contains("dev-dependencies") == dev;
        }
        let named = line.strip_prefix(dependency);
        if in_section && named.is_some_and(|rest| rest.starts_with(['.', ' ', '='])) {
            return index + 1;
        }
    }
    1
}

/// `cargo tree` with these arguments: one line a package, as the lock file has it.
pub(crate) fn cargo_tree(arguments: &[&str]) -> String {
    let always = ["tree", "--offline", "--locked", "--all-features", "--prefix", "none"];
    cargo(&[&always, arguments].concat())
}

fn cargo(arguments: &[&str]) -> String {
    let program = std::env::var("CARGO").unwrap_or_else(|_| env!("CARGO").to_owned());
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("cargo does not start: {error}"));
    assert!(
        output.status.success(),
        "cargo {} failed; if something is missing offline, `cargo fetch --locked` gets it, and if the lock \
         file is behind, `cargo check` updates it:\n{}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The project's own text files: what git tracks or would, or, outside a checkout, all but built things.
pub(crate) fn files() -> Vec<TextFile> {
    let root = root();
    let mut paths = listed_by_git(&root);
    if paths.is_empty() {
        walk(&root, &mut paths);
    }
    paths.sort();
    paths.dedup();
    // A file listed and then deleted, and one that is not text, have nothing to say here.
    let text =
        |path: PathBuf| std::fs::read_to_string(&path).ok().map(|text| TextFile::new(from_root(&path), text));
    paths.into_iter().filter_map(text).collect()
}

/// The Rust sources among [`files`].
pub(crate) fn rust_files() -> Vec<TextFile> {
    files().into_iter().filter(TextFile::is_rust).collect()
}

fn listed_by_git(root: &Path) -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output();
    match output {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout)
            .split_terminator('\0')
            .map(|path| root.join(path))
            .collect(),
        _ => Vec::new(),
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let built = ["target", "var", ".git", "node_modules"].iter().any(|built| name == *built);
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !built => walk(&path, found),
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A path as the reports write it.
pub(crate) fn from_root(path: &Path) -> String {
    let root = root();
    path.strip_prefix(&root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

#[test]
fn a_crate_without_another_role_is_a_domain() {
    assert_eq!(Role::of("kernel"), Role::Kernel);
    assert_eq!(Role::of("file-intake"), Role::Support);
    assert_eq!(Role::of("adapter-redis"), Role::Adapter);
    assert_eq!(Role::of("throughline"), Role::App);
    assert_eq!(Role::of("invoicing"), Role::Domain);
}

#[test]
fn the_known_crates_are_all_seen() {
    let members = members();
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    for name in DOMAINS.iter().chain(&["kernel", "arch-tests"]) {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    assert!(members.iter().filter(|member| DOMAINS.contains(&member.name.as_str())).all(|member| {
        member.role() == Role::Domain
            && member.dependencies.iter().any(|to| to.name == "kernel" && to.line > 1)
    }));
}

#[test]
fn files_are_found_with_git_and_without() {
    let root = root();
    let mut walked = Vec::new();
    walk(&root, &mut walked);
    let this = root.join("crates/arch-tests/tests/workspace.rs");
    assert!(walked.contains(&this));
    assert!(files().iter().any(|file| root.join(&file.path) == this));
    assert!(!walked.iter().any(|path| path.starts_with(root.join("target"))));
}

#[test]
fn a_dependency_is_found_in_its_own_section() {
    let manifest = "[package]\nkernel = 1\n[dependencies]\nkernel.workspace = true\n[dev-dependencies]\n\
                    kernel-x = 1\nkernel = { workspace = true }\n";
    assert_eq!(line_naming(manifest, "kernel", false), 4);
    assert_eq!(line_naming(manifest, "kernel", true), 7);
    assert_eq!(line_naming(manifest, "elsewhere", true), 1);
}
