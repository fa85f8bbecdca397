use std::str::FromStr;

use kernel::access::UnknownWord;

/// A kind of file that may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Portable Document Format.
    Pdf,
    /// Portable Network Graphics.
    Png,
    Jpeg,
    /// TIFF, BigTIFF too.
    Tiff,
    /// WebP.
    WebP,
    /// Word up to 2003.
    Doc,
    /// Word since 2007, without macros.
    Docx,
    /// Excel up to 2003.
    Xls,
    /// Excel since 2007, without macros.
    Xlsx,
    /// OpenDocument text.
    Odt,
    /// Comma-separated values.
    Csv,
    /// Plain text.
    Txt,
    /// Drawing Exchange Format, as text or binary.
    Dxf,
    /// AutoCAD drawing.
    Dwg,
    /// STEP, ISO 10303-21.
    Step,
}

impl FileKind {
    /// Every kind: what the MES surface takes.
    pub const ALL: &'static [Self] = &[
        Self::Pdf,
        Self::Png,
        Self::Jpeg,
        Self::Tiff,
        Self::WebP,
        Self::Doc,
        Self::Docx,
        Self::Xls,
        Self::Xlsx,
        Self::Odt,
        Self::Csv,
        Self::Txt,
        Self::Dxf,
        Self::Dwg,
        Self::Step,
    ];

    /// Every kind but drawings: what tickets and invoices take.
    pub const DOCUMENTS: &'static [Self] = &[
        Self::Pdf,
        Self::Png,
        Self::Jpeg,
        Self::Tiff,
        Self::WebP,
        Self::Doc,
        Self::Docx,
        Self::Xls,
        Self::Xlsx,
        Self::Odt,
        Self::Csv,
        Self::Txt,
    ];

    /// The word it is stored by; people know it by the same in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Tiff => "tiff",
            Self::WebP => "webp",
            Self::Doc => "doc",
            Self::Docx => "docx",
            Self::Xls => "xls",
            Self::Xlsx => "xlsx",
            Self::Odt => "odt",
            Self::Csv => "csv",
            Self::Txt => "txt",
            Self::Dxf => "dxf",
            Self::Dwg => "dwg",
            Self::Step => "step",
        }
    }

    /// What names of such files end in, in lower case.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Tiff => &["tif", "tiff"],
            Self::WebP => &["webp"],
            Self::Doc => &["doc"],
            Self::Docx => &["docx"],
            Self::Xls => &["xls"],
            Self::Xlsx => &["xlsx"],
            Self::Odt => &["odt"],
            Self::Csv => &["csv"],
            Self::Txt => &["txt"],
            Self::Dxf => &["dxf"],
            Self::Dwg => &["dwg"],
            Self::Step => &["step", "stp", "p21"],
        }
    }

    /// Its media type, as IANA registers it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Tiff => "image/tiff",
            Self::WebP => "image/webp",
            Self::Doc => "application/msword",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xls => "application/vnd.ms-excel",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Csv => "text/csv",
            Self::Txt => "text/plain",
            Self::Dxf => "image/vnd.dxf",
            Self::Dwg => "image/vnd.dwg",
            Self::Step => "model/step",
        }
    }

    /// The kind that files with this extension, in any case, are of.
    pub fn of_extension(extension: &str) -> Option<Self> {
        let mut kinds = Self::ALL.iter().copied();
        kinds.find(|kind| kind.extensions().iter().any(|own| own.eq_ignore_ascii_case(extension)))
    }
}

impl FromStr for FileKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.iter().map(|kind| kind.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_has_its_own_word_extensions_and_media_type() {
        let words: BTreeSet<_> = FileKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let media_types: BTreeSet<_> = FileKind::ALL.iter().map(|kind| kind.media_type()).collect();
        let extensions: Vec<_> = FileKind::ALL.iter().flat_map(|kind| kind.extensions()).collect();
        assert_eq!((words.len(), media_types.len()), (15, 15));
        assert_eq!(extensions.iter().collect::<BTreeSet<_>>().len(), extensions.len());
        for kind in FileKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        assert!("exe".parse::<FileKind>().unwrap_err().to_string().starts_with("`exe` is unknown"));
    }

    #[test]
    fn every_kind_but_drawings_is_a_document() {
        for kind in FileKind::ALL {
            let is_drawing = matches!(kind, FileKind::Dxf | FileKind::Dwg | FileKind::Step);
            assert_eq!(FileKind::DOCUMENTS.contains(kind), !is_drawing, "{kind:?}");
        }
    }

    #[test]
    fn an_extension_is_known_in_any_case() {
        for (extension, kind) in [
            ("pdf", Some(FileKind::Pdf)),
            ("JPG", Some(FileKind::Jpeg)),
            ("jpeg", Some(FileKind::Jpeg)),
            ("Stp", Some(FileKind::Step)),
            ("tif", Some(FileKind::Tiff)),
            ("docm", None),
            ("", None),
        ] {
            assert_eq!(FileKind::of_extension(extension), kind, "{extension}");
        }
    }
}
