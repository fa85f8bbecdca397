//! Reading Rust sources as text: what is code, where words and attributes stand, and which is test code.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::workspace::TextFile;

/// The source with comments, strings and characters blanked out: every byte and line stays where it was.
pub(crate) fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let (mut rest, mut in_word) = (source, false);
    while let Some(first) = rest.chars().next() {
        let hidden = comment_length(rest).or_else(|| literal_length(rest, in_word));
        let (taken, left) = rest.split_at(hidden.unwrap_or(first.len_utf8()));
        match hidden {
            Some(_) => code.extend(taken.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
            None => code.push(first),
        }
        in_word = hidden.is_none() && is_word(first);
        rest = left;
    }
    code
}

fn comment_length(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    let mut inner = rest.strip_prefix("/*")?;
    let mut depth = 1;
    while depth > 0 {
        let (close, open) = (inner.find("*/"), inner.find("/*"));
        let Some(close) = close else { return Some(rest.len()) };
        let opens_first = open.is_some_and(|open| open < close);
        depth = if opens_first { depth + 1 } else { depth - 1 };
        let (_, left) = inner.split_at(if opens_first { open.unwrap_or(close) } else { close } + 2);
        inner = left;
    }
    Some(rest.len() - inner.len())
}

fn literal_length(rest: &str, in_word: bool) -> Option<usize> {
    if let Some(inner) = rest.strip_prefix('"') {
        return Some(1 + quoted_length(inner, '"'));
    }
    if let Some(inner) = rest.strip_prefix('\'') {
        let mut letters = inner.chars();
        let is_character = matches!((letters.next(), letters.next()), (Some('\\'), _) | (_, Some('\'')));
        return is_character.then(|| 1 + quoted_length(inner, '\''));
    }
    if in_word {
        return None;
    }
    let after = ["br", "cr", "r"].iter().find_map(|prefix| rest.strip_prefix(prefix))?;
    let inner = after.trim_start_matches('#');
    let end = format!("\"{}", "#".repeat(after.len() - inner.len()));
    let body = inner.strip_prefix('"')?;
    Some(body.find(&end).map_or(rest.len(), |at| rest.len() - body.len() + at + end.len()))
}

/// How far it is past the closing quote.
fn quoted_length(inner: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in inner.char_indices() {
        if letter == quote && !escaped {
            return at + 1;
        }
        escaped = letter == '\\' && !escaped;
    }
    inner.len()
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Where `word` stands by itself: what comes before and after continues it by none of `continues`.
pub(crate) fn words(text: &str, word: &str, continues: fn(char) -> bool) -> Vec<usize> {
    let alone = |at: &usize| {
        let (before, rest) = text.split_at(*at);
        let after = rest.strip_prefix(word).unwrap_or_default();
        !before.chars().next_back().is_some_and(continues) && !after.chars().next().is_some_and(continues)
    };
    text.match_indices(word).map(|(at, _)| at).filter(alone).collect()
}

/// Where `name` is called, or used like a call: `name (`.
pub(crate) fn calls(code: &str, name: &str) -> Vec<usize> {
    let is_called = |at: &usize| {
        let (_, rest) = code.split_at(*at);
        rest.strip_prefix(name).is_some_and(|after| after.trim_start().starts_with('('))
    };
    words(code, name, is_word).into_iter().filter(is_called).collect()
}

/// The line of a place in a text, counted from 1.
pub(crate) fn line_at(text: &str, place: usize) -> usize {
    text.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
}

/// What stands between the brackets of each attribute of this [`code_only`] text.
pub(crate) fn attributes(code: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices('#') {
        let (_, rest) = code.split_at(at + 1);
        let Some(body) = rest.trim_start_matches('!').trim_start().strip_prefix('[') else { continue };
        let start = code.len() - body.len();
        let mut depth = 1;
        let end = body.char_indices().find(|(_, letter)| {
            depth += match letter {
                '[' => 1,
                ']' => -1,
                _ => 0,
            };
            depth == 0
        });
        found.push(start..end.map_or(code.len(), |(length, _)| start + length));
    }
    found
}

/// Which lines of which files are test code.
pub(crate) struct TestCode {
    /// Paths without their ending, of files and folders that are test code as a whole.
    whole: BTreeSet<String>,
}

impl TestCode {
    pub(crate) fn of(files: &[TextFile]) -> Self {
        let whole = files.iter().flat_map(|file| {
            let folder = module_folder(&file.path);
            test_modules(&code_only(&file.text))
                .into_iter()
                .filter(|module| module.lines.is_none())
                .map(move |module| format!("{folder}/{}", module.name))
        });
        Self { whole: whole.collect() }
    }

    /// Whether a line, counted from 1, is test code; `code` is the file's [`code_only`] text.
    pub(crate) fn holds(&self, path: &str, code: &str, line: usize) -> bool {
        let stem = path.strip_suffix(".rs").unwrap_or(path);
        let in_tests = path.starts_with("tests/") || path.contains("/tests/");
        let of_module = |module: &String| {
            stem.strip_prefix(module).is_some_and(|rest| matches!(rest.chars().next(), None | Some('/')))
        };
        in_tests
            || self.whole.iter().any(of_module)
            || test_modules(code)
                .iter()
                .any(|module| module.lines.as_ref().is_some_and(|lines| lines.contains(&line)))
    }
}

/// A module that is compiled for tests only, written out in these lines or in a file of its own.
struct TestModule {
    name: String,
    lines: Option<Range<usize>>,
}

/// Where the modules named in a file have their own files.
fn module_folder(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
        _ => path.strip_suffix(".rs").unwrap_or(path).to_owned(),
    }
}

fn test_modules(code: &str) -> Vec<TestModule> {
    let lines: Vec<&str> = code.lines().collect();
    let mut modules = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if !is_for_tests(line) {
            continue;
        }
        let after = lines.iter().enumerate().skip(index + 1);
        let item = after
            .map(|(at, line)| (at, *line))
            .find(|(_, line)| !line.trim().is_empty() && !line.trim().starts_with("#["));
        let Some((start, item)) = item else { continue };
        let Some(name) = item.split_whitespace().skip_while(|word| *word != "mod").nth(1) else { continue };
        let written_out = item.trim_end().ends_with('{').then(|| start + 1..closing(&lines, start) + 2);
        modules.push(TestModule { name: name.trim_end_matches(';').to_owned(), lines: written_out });
    }
    modules
}

/// Whether a line is the attribute that lets the next item exist in tests only.
fn is_for_tests(line: &str) -> bool {
    let attribute: String = line.split_whitespace().collect();
    attribute.starts_with("#[cfg(")
        && !attribute.contains("not(test")
        && !words(&attribute, "test", is_word).is_empty()
}

/// The line that closes the block begun on line `start`, both counted from 0. Formatted sources indent them
/// alike.
fn closing(lines: &[&str], start: usize) -> usize {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let begun = lines.get(start).map(indent);
    let closes = |line: &&str| line.trim() == "}" && Some(indent(line)) == begun;
    lines.iter().skip(start).position(closes).map_or(lines.len(), |length| start + length)
}

#[test]
fn comments_and_literals_are_blanked_and_nothing_moves() {
    let cases = [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        (r#"f("x\"y") + g"#, "f(      ) + g"),
        (r##"r#"say "x" now"# end"##, "                 end"),
        ("br\"x\" r#type for_r", "      r#type for_r"),
        ("'x' '\\'' &'a T 'é'", "         &'a T     "),
        ("\"open\nend", "     \n   "),
    ];
    for (source, code) in cases {
        assert_eq!(code_only(source), code, "{source}");
        assert_eq!(code_only(source).len(), source.len(), "{source}");
    }
}

#[test]
fn words_stand_alone_and_calls_have_a_bracket() {
    assert_eq!(words("use diesel_x; undiesel; diesel", "diesel", char::is_alphabetic), [4, 24]);
    assert_eq!(calls("pg_sleep(1) sleep(2) sleep (3) sleep", "sleep"), [12, 21]);
    assert_eq!(line_at("a\nb\nc", 4), 3);
}

#[test]
fn an_attribute_may_span_lines_and_hold_brackets() {
    let code = "#![a]\n#[b(\n  c[1],\n)]\nfn d() {}\n# [e";
    let bodies: Vec<&str> = attributes(code).into_iter().filter_map(|range| code.get(range)).collect();
    assert_eq!(bodies, ["a", "b(\n  c[1],\n)", "e"]);
}

#[test]
fn test_code_is_told_from_the_rest() {
    let inside = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {\n    }\n}\nfn c() {}\n";
    let outside = "#[cfg(any(test, feature = \"x\"))]\n#[rustfmt::skip]\npub(crate) mod checks;\n\
                   #[cfg(not(test))]\nmod real;\n";
    let files = [TextFile::new("crates/a/src/lib.rs", inside), TextFile::new("crates/a/src/b.rs", outside)];
    let tests = TestCode::of(&files);
    let lines: Vec<usize> =
        (1..=7).filter(|line| tests.holds("crates/a/src/lib.rs", inside, *line)).collect();
    assert_eq!(lines, [3, 4, 5, 6]);
    assert!(tests.holds("crates/a/src/b/checks.rs", "", 1));
    assert!(tests.holds("crates/a/src/b/checks/deep.rs", "", 1));
    assert!(!tests.holds("crates/a/src/b/checks_too.rs", "", 1));
    assert!(!tests.holds("crates/a/src/b/real.rs", "", 1));
    assert!(tests.holds("crates/a/tests/x.rs", "", 1));
    assert!(tests.holds("tests/main.rs", "", 1));
}
