//! The encoding of a file: its byte order mark's, the declared one, or UTF-8. It is never guessed.

use super::FileFault;
use super::fault::quoted_excerpt;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, X_USER_DEFINED};

/// The labels of plain ASCII, which the WHATWG table would read as windows-1252.
const ASCII_LABELS: [&str; 9] =
    ["us-ascii", "ascii", "ansi_x3.4-1968", "iso-ir-6", "iso646-us", "csascii", "us", "cp367", "ibm367"];

/// An encoding, and the length of the byte order mark before the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Charset {
    pub(super) encoding: &'static Encoding,
    pub(super) bom_length: usize,
}

impl Charset {
    /// Picks the encoding of a file that begins with `head`.
    ///
    /// A byte order mark outranks the declared label (as in WHATWG Encoding), save that a file declared UTF-8 is UTF-8 or
    /// faulty. ASCII is read as UTF-8, which includes it.
    ///
    /// # Errors
    /// [`FileFault::UnknownCharset`] for a label that names no encoding of text.
    pub(super) fn choose(label: Option<&str>, head: &[u8]) -> Result<Self, FileFault> {
        let declared = label.map(by_label).transpose()?;
        let marked = Encoding::for_bom(head);
        Ok(match (marked, declared) {
            (Some((encoding, bom_length)), None) => Self { encoding, bom_length },
            (Some((encoding, bom_length)), Some(declared)) if encoding == declared || declared != UTF_8 => {
                Self { encoding, bom_length }
            }
            (_, declared) => Self { encoding: declared.unwrap_or(UTF_8), bom_length: 0 },
        })
    }

    /// The name of the encoding for messages.
    pub(super) fn name(self) -> &'static str {
        if self.encoding == UTF_16LE || self.encoding == UTF_16BE {
            return "UTF-16";
        }
        self.encoding.name()
    }
}

fn by_label(label: &str) -> Result<&'static Encoding, FileFault> {
    let name = label.trim().to_ascii_lowercase();
    if ASCII_LABELS.contains(&name.as_str()) {
        return Ok(UTF_8);
    }
    Encoding::for_label_no_replacement(name.as_bytes())
        .filter(|&encoding| encoding != X_USER_DEFINED)
        .ok_or_else(|| FileFault::UnknownCharset { label: quoted_excerpt(label) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{SHIFT_JIS, WINDOWS_1252};

    #[test]
    fn the_mark_then_the_label_then_utf_8_decide() {
        let cases: [(Option<&str>, &[u8], &'static Encoding, usize); 12] = [
            (None, b"abc", UTF_8, 0),
            (None, b"", UTF_8, 0),
            (None, b"\xEF\xBB\xBFabc", UTF_8, 3),
            (None, b"\xFF\xFEa\0", UTF_16LE, 2),
            (None, b"\xFE\xFF\0a", UTF_16BE, 2),
            (Some("windows-1252"), b"abc", WINDOWS_1252, 0),
            (Some(" ISO-8859-1 "), b"abc", WINDOWS_1252, 0),
            (Some("shift_jis"), b"\xEF\xBB\xBFabc", UTF_8, 3),
            (Some("utf-16"), b"\xFE\xFF\0a", UTF_16BE, 2),
            (Some("utf-16"), b"a\0", UTF_16LE, 0),
            (Some("sjis"), b"abc", SHIFT_JIS, 0),
            (Some("US-ASCII"), b"abc", UTF_8, 0),
        ];
        for (label, head, encoding, bom_length) in cases {
            let chosen = Charset::choose(label, head).unwrap();
            assert_eq!(chosen, Charset { encoding, bom_length }, "{label:?} {head:?}");
        }
    }

    #[test]
    fn a_declared_utf_8_outranks_another_byte_order_mark() {
        let chosen = Charset::choose(Some("utf-8"), b"\xFF\xFEa\0").unwrap();
        assert_eq!((chosen.encoding, chosen.bom_length), (UTF_8, 0));
        let chosen = Charset::choose(Some("UTF8"), b"\xEF\xBB\xBFa").unwrap();
        assert_eq!((chosen.encoding, chosen.bom_length), (UTF_8, 3));
    }

    #[test]
    fn labels_that_name_no_text_are_refused() {
        for label in ["klingon", "", "hz-gb-2312", "x-user-defined", "utf-7"] {
            let fault = Charset::choose(Some(label), b"abc").unwrap_err();
            assert!(matches!(fault, FileFault::UnknownCharset { .. }), "{label}");
        }
    }
}
