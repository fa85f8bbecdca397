//! Lone surrogate escapes in JSON text, which are no characters.

/// The byte offset of the first `\uD800`–`\uDFFF` escape that is not one half of a pair.
pub(super) fn lone_surrogate(json: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = json.get(at..).and_then(|rest| rest.find('\\')) {
        at += found;
        at += match unit(json, at) {
            Some(0xD800..=0xDBFF) => match unit(json, at + 6) {
                Some(0xDC00..=0xDFFF) => 12,
                _ => return Some(at),
            },
            Some(0xDC00..=0xDFFF) => return Some(at),
            _ => 2,
        };
    }
    None
}

/// The UTF-16 unit of the `\uXXXX` at this offset, if there is one.
fn unit(json: &str, at: usize) -> Option<u16> {
    let hex = json.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(hex, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_half_a_pair_is_found() {
        let cases = [
            (r#""plain""#, None),
            (r#""\ud83d\ude00""#, None),
            (r#""\u00e9\n\"\\""#, None),
            (r#""\\ud800""#, None),
            (r#""a\ud800""#, Some(2)),
            (r#""\udc00""#, Some(1)),
            (r#""\ud800\ud800\udc00""#, Some(1)),
            (r#""\ud800x\udc00""#, Some(1)),
            (r#""\n\\\uDFFF""#, Some(5)),
            (r#""ä\u12"#, None),
            (r#""\ä""#, None),
            ("\\", None),
        ];
        for (json, at) in cases {
            assert_eq!(lone_surrogate(json), at, "{json}");
        }
    }
}
