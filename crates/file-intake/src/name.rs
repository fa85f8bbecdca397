use super::kind::FileKind;
use kernel::text::visible;

/// The name of a file as its sender has it, fit to be stored and shown. It is only ever data: nothing is stored under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(Box<str>);

/// A file without a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has no name")]
pub struct NoName;

impl FileName {
    /// The most characters it may have.
    pub const MAX: usize = 255;

    /// Takes what a sender calls a file: folders before it, and characters that can't be seen, are dropped, and what is
    /// too long is cut before the extension.
    ///
    /// # Errors
    /// When nothing is left.
    pub fn try_new(sent: &str) -> Result<Self, NoName> {
        let own = sent.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = shortened(&visible(own));
        if name.chars().all(|character| character == '.') { Err(NoName) } else { Ok(Self(name.into())) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after its last dot.
    pub fn extension(&self) -> Option<&str> {
        self.0.rsplit_once('.').map(|(_, extension)| extension)
    }

    /// The name in lower case with letters, digits and `_` alone, as the MES API shows file names (`docs/spec/mes.md`, "Files"): `Work Plan (2).PDF`
    /// becomes `work_plan_2.pdf`.
    pub fn plain(&self) -> String {
        let known = self.extension().filter(|extension| FileKind::of_extension(extension).is_some());
        let stem = known.map_or(&*self.0, |extension| {
            self.0.get(..self.0.len() - extension.len() - 1).unwrap_or_default()
        });
        let words: Vec<_> = stem.split(|letter: char| !letter.is_alphanumeric()).collect();
        let words = words.into_iter().filter(|word| !word.is_empty());
        let stem = words.map(str::to_lowercase).collect::<Vec<_>>().join("_");
        let stem = if stem.is_empty() { "file" } else { &stem };
        let extension = known.map(|extension| format!(".{}", extension.to_ascii_lowercase()));
        shortened(&format!("{stem}{}", extension.unwrap_or_default()))
    }
}

/// At most [`FileName::MAX`] characters of a name, its extension among them.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= FileName::MAX {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let short: String = stem.chars().take(FileName::MAX - extension.chars().count()).collect();
    format!("{}{extension}", short.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_data_without_folders_and_without_what_cannot_be_seen() {
        for (sent, name) in [
            ("Assembly Instructions v2.pdf", "Assembly Instructions v2.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\Ann\\plan.pdf", "plan.pdf"),
            ("/srv\\plan.pdf", "plan.pdf"),
            ("a\r\nContent-Type: text/html\r\n\r\n<b>.pdf", "html<b>.pdf"),
            ("a\r\nX: y.pdf", "aX: y.pdf"),
            ("gpj.\u{202e}fdp.exe", "gpj.fdp.exe"),
            ("say \"hi\".txt", "say \"hi\".txt"),
            ("  Zaz\u{307}o\u{301}\u{142}c\u{301}.pdf ", "Zażółć.pdf"),
            ("..pdf", "..pdf"),
        ] {
            let found = FileName::try_new(sent).unwrap();
            assert_eq!(found.as_str(), name, "{sent:?}");
        }
        for nothing in ["", " ", ".", "..", "a/", "a/..", "\\", "\u{200b}\r\n"] {
            assert_eq!(FileName::try_new(nothing), Err(NoName), "{nothing:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_before_its_extension() {
        let name = FileName::try_new(&format!("{}.step", "ä".repeat(300))).unwrap();
        assert_eq!(name.as_str(), format!("{}.step", "ä".repeat(250)));
        let name = FileName::try_new(&"x".repeat(300)).unwrap();
        assert_eq!(name.as_str(), "x".repeat(255));
        let name = FileName::try_new(&format!("a.{}", "x".repeat(300))).unwrap();
        assert_eq!(name.as_str().len(), 255);
    }

    #[test]
    fn the_plain_name_has_letters_digits_and_underscores_alone() {
        for (sent, plain) in [
            ("Assembly Instructions v2.pdf", "assembly_instructions_v2.pdf"),
            ("Work Plan (2).PDF", "work_plan_2.pdf"),
            ("--a..b--.Jpeg", "a_b.jpeg"),
            ("Zażółć Gęślą.txt", "zażółć_gęślą.txt"),
            (".pdf", "file.pdf"),
            ("%2e%2e.csv", "2e_2e.csv"),
            ("setup.exe", "setup_exe"),
            ("\u{130}.txt", "i\u{307}.txt"),
        ] {
            assert_eq!(FileName::try_new(sent).unwrap().plain(), plain, "{sent:?}");
        }
    }

    #[test]
    fn the_extension_is_what_stands_after_the_last_dot() {
        for (sent, extension) in
            [("a.tar.PDF", Some("PDF")), ("a", None), ("a.", Some("")), (".pdf", Some("pdf"))]
        {
            assert_eq!(FileName::try_new(sent).unwrap().extension(), extension, "{sent:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_becomes_a_short_name_on_one_line_that_stays_as_it_is(sent in "\\PC*|.{0,400}") {
            if let Ok(name) = FileName::try_new(&sent) {
                prop_assert!((1..=FileName::MAX).contains(&name.as_str().chars().count()));
                prop_assert!(!name.as_str().contains(['/', '\\']) && !name.as_str().contains(char::is_control));
                prop_assert_eq!(FileName::try_new(name.as_str()), Ok(name.clone()));
                let plain = name.plain();
                prop_assert!((1..=FileName::MAX).contains(&plain.chars().count()));
            }
        }
    }
}
