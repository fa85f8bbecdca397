//! Replaces secrets in texts from outside, which may have escaped them.

/// Replaces each of the secrets in a text by `shown`. Where more than one begins, the longest is replaced whole.
pub(super) fn redacted(text: &str, secrets: [&str; 3], shown: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = secrets.iter().filter_map(|secret| length(rest, secret)).max();
        match found {
            Some(_) => redacted.push_str(shown),
            None => redacted.push(first),
        }
        rest = rest.get(found.unwrap_or(first.len_utf8())..).unwrap_or_default();
    }
    redacted
}

/// The length of the secret at a text's beginning, if it begins with it, each character as it is or escaped.
fn length(text: &str, secret: &str) -> Option<usize> {
    let mut bytes = secret.bytes();
    let mut reached = ends(text, 0, bytes.next()?);
    for byte in bytes {
        if reached.is_empty() {
            return None;
        }
        reached = reached.into_iter().flat_map(|end| ends(text, end, byte)).collect();
        // two ways may lead to one place
        reached.sort_unstable();
        reached.dedup();
    }
    reached.into_iter().max()
}

/// The ends of a character that stands at a place, one for each way in which it may be written there: itself, `\/`, `\u002f`,
/// `&#47;`, `&#x2f;`, `%2f`, and for some of them `&amp;` and the like.
fn ends(text: &str, start: usize, byte: u8) -> Vec<usize> {
    let Some(rest) = text.as_bytes().get(start..) else { return Vec::new() };
    let forms = match rest.first() {
        Some(b'\\') if byte.is_ascii_alphanumeric() => vec![format!("\\u{byte:04x}")],
        Some(b'\\') => vec![format!("\\u{byte:04x}"), format!("\\{}", char::from(byte))],
        Some(b'%') => vec![format!("%{byte:02x}")],
        Some(b'&') => {
            let numbers = [format!("&#{byte};"), format!("&#{byte:03};"), format!("&#x{byte:x};")];
            numbers.into_iter().chain(name(byte).map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let is_there = |form: &&String| {
        rest.get(..form.len()).is_some_and(|written| written.eq_ignore_ascii_case(form.as_bytes()))
    };
    let plain = (rest.first() == Some(&byte)).then_some(start + 1);
    plain.into_iter().chain(forms.iter().filter(is_there).map(|form| start + form.len())).collect()
}

/// The named HTML entity of a character, if it has a common one.
const fn name(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&apos;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_however_they_are_escaped() {
        let key = r#"a/b"c\d&e<f>'%"#;
        let secrets = [key, "\\\\\\\\\\\\\\\\", "12345678"];
        for written in [
            key,
            // as JSON, with and without `\/`, and as PHP writes it at its most careful
            r#"a/b\"c\\d&e<f>'%"#,
            r#"a\/b\"c\\d&e<f>'%"#,
            r"a\/b\u0022c\\d\u0026e\u003Cf\u003E\u0027%",
            // as HTML, and HTML within JSON
            r#"a/b"c\d&amp;e&lt;f&gt;'%"#,
            r"a/b&quot;c\d&amp;e&lt;f&gt;&#039;%",
            r"a\/b&#34;c\\d&#38;e&#x3C;f&#62;&apos;%",
            // as an address
            "a%2Fb%22c%5cd%26e%3Cf%3e%27%25",
            "1234\\u0035678",
        ] {
            assert_eq!(redacted(&format!("ą {written} ę"), secrets, "*"), "ą * ę", "{written}");
        }
        for other in [r#"a/b"c\d&e<f>'"#, r"\\\\\\\", "1234567", "&#", "a%2", "\\u003"] {
            assert_eq!(redacted(other, secrets, "*"), other);
        }
    }

    #[test]
    fn a_key_within_another_leaves_nothing_of_it() {
        let (short, long) = ("key-of-77", "key-of-77-secret");
        for (access, app) in [(short, long), (long, short)] {
            let secrets = [access, "tail-key-of-77", app];
            let text = format!("{short} {long} tail-{short} {long}{short}");
            assert_eq!(redacted(&text, secrets, "*"), "* * * **");
        }
    }
}
