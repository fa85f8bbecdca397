use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use super::containers;
use super::kind::FileKind;
use super::name::FileName;
use super::text::{fill, scan};

/// The bytes of a file, to be read from the start as often as it takes.
pub struct Content(Box<dyn Bytes>);

trait Bytes: Read + Seek + Send {}

impl<T: Read + Seek + Send> Bytes for T {}

impl Content {
    /// Bytes that lie in memory or in a file.
    pub fn new(bytes: impl Read + Seek + Send + 'static) -> Self {
        Self(Box::new(bytes))
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Content(…)")
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Content {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// What a file's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// One of the kinds, and neither CSV nor TXT, which their bytes don't tell apart.
    Kind(FileKind),
    Text,
    /// No bytes.
    Nothing,
    /// None of these.
    Unknown,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => f.write_str(&kind.as_str().to_uppercase()),
            Self::Text => f.write_str("plain text"),
            Self::Nothing => f.write_str("nothing"),
            Self::Unknown => f.write_str("something else"),
        }
    }
}

/// Why a file was refused; each says what would be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// No bytes.
    #[error("is empty; send a file that holds something")]
    Empty,
    /// Its name ends in nothing that is taken.
    #[error("ends in {found}, which is not taken; send {taken}")]
    Extension {
        /// `.exe`, or `no extension`.
        found: String,
        /// The kinds that are taken.
        taken: String,
    },
    /// Its name says one thing and its bytes another.
    #[error("is named .{extension} but holds {found}; name and content must be of one kind: {taken}")]
    Mismatch {
        /// What its name ends in.
        extension: String,
        /// What its bytes are.
        found: Found,
        /// The kinds that are taken.
        taken: String,
    },
}

impl FileFault {
    /// The fault for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "FILE_EMPTY",
            Self::Extension { .. } => "FILE_TYPE_NOT_TAKEN",
            Self::Mismatch { .. } => "FILE_TYPE_MISMATCH",
        }
    }
}

/// The kind of a file by its name and its bytes, which must agree; one of `taken`.
///
/// # Errors
/// The outer one when the bytes can't be read; the inner one is the file's fault.
pub fn recognise(
    name: &FileName,
    content: &mut Content,
    taken: &[FileKind],
) -> io::Result<Result<FileKind, FileFault>> {
    let words = || taken.iter().map(|kind| kind.as_str().to_uppercase()).collect::<Vec<_>>().join(", ");
    let extension = name.extension().filter(|extension| !extension.is_empty());
    let named = extension.and_then(FileKind::of_extension).filter(|kind| taken.contains(kind));
    let (Some(extension), Some(named)) = (extension, named) else {
        let found = extension.map_or("no extension".into(), |extension| format!(".{extension}"));
        return Ok(Err(FileFault::Extension { found, taken: words() }));
    };
    Ok(match (named, identify(content)?) {
        (_, Found::Nothing) => Err(FileFault::Empty),
        (FileKind::Csv | FileKind::Txt, Found::Text) => Ok(named),
        (_, Found::Kind(kind)) if kind == named => Ok(named),
        (FileKind::Pdf, Found::Text | Found::Unknown) if begins_late(content)? => Ok(named),
        (_, found) => Err(FileFault::Mismatch { extension: extension.to_owned(), found, taken: words() }),
    })
}

/// How much of a file's start is looked at before the rest: comments may stand before a drawing.
const HEAD: usize = 64 << 10;
/// Where a PDF's first line ends at the latest.
const LATEST_PDF: usize = 1_024;

/// What a file's bytes are. At most a directory of an archive is followed; nothing is unpacked.
fn identify(content: &mut Content) -> io::Result<Found> {
    content.rewind()?;
    let mut head = vec![0; HEAD];
    let length = fill(content, &mut head)?;
    head.truncate(length);
    if head.is_empty() {
        return Ok(Found::Nothing);
    }
    if let Some(kind) = by_signature(&head) {
        return Ok(Found::Kind(kind));
    }
    content.rewind()?;
    let archived = match &head {
        head if head.starts_with(b"PK\x03\x04") => Some(containers::zip(head, content)),
        head if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => Some(containers::compound(content)),
        _ => None,
    };
    if let Some(kind) = archived {
        return Ok(kind.map_or(Found::Unknown, Found::Kind));
    }
    let text = scan(content)?;
    // drawings may be in the encoding of the machine that wrote them
    let drawing = by_first_lines(&head).filter(|_| !text.has_nul);
    Ok(match (drawing, text.is_text) {
        (Some(kind), _) => Found::Kind(kind),
        (None, true) => Found::Text,
        (None, false) => Found::Unknown,
    })
}

fn by_signature(head: &[u8]) -> Option<FileKind> {
    Some(match head {
        [b'%', b'P', b'D', b'F', b'-', ..] => FileKind::Pdf,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => FileKind::Png,
        [0xff, 0xd8, 0xff, ..] => FileKind::Jpeg,
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => FileKind::Tiff,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => FileKind::WebP,
        [b'A', b'C', b'1', b'0', b'0'..=b'9', b'0'..=b'9', 0, ..] => FileKind::Dwg,
        head if head.starts_with(b"AutoCAD Binary DXF\r\n\x1a\0") => FileKind::Dxf,
        _ => return None,
    })
}

/// Whether a PDF begins within the first 1,024 bytes, after white space or lines of text: mail and print programs put them
/// there. What a program or a browser would run is no such line.
fn begins_late(content: &mut Content) -> io::Result<bool> {
    content.rewind()?;
    let mut head = vec![0; LATEST_PDF];
    let length = fill(content, &mut head)?;
    head.truncate(length);
    let Some(at) = head.windows(5).position(|five| five == b"%PDF-") else { return Ok(false) };
    let before = head.get(..at).unwrap_or_default();
    let before = before.strip_prefix(b"\xef\xbb\xbf").unwrap_or(before);
    let mut lines = before.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
    let is_text = |line: &[u8]| {
        // print jobs begin with an escape character
        let is_letter =
            |byte: &u8| matches!(byte, b'\t' | 0x1b) || (*byte >= b' ' && !matches!(byte, b'<' | 0x7f));
        !line.starts_with(b"#!") && !line.starts_with(b"MZ") && line.iter().all(is_letter)
    };
    Ok(lines.all(is_text))
}

/// STEP begins with its own name, DXF with a group of code 0, `SECTION`, after comments (groups of code 999).
fn by_first_lines(head: &[u8]) -> Option<FileKind> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if without_comments(head).starts_with(b"ISO-10303-21;") {
        return Some(FileKind::Step);
    }
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    loop {
        match (lines.next()?, lines.next()?) {
            (b"999", _) => {}
            (b"0", b"SECTION") => return Some(FileKind::Dxf),
            _ => return None,
        }
    }
}

/// What follows white space and comments (`/* … */`).
fn without_comments(head: &[u8]) -> &[u8] {
    let mut rest = head.trim_ascii_start();
    while let Some(comment) = rest.strip_prefix(b"/*") {
        let Some(end) = comment.windows(2).position(|two| two == b"*/") else { break };
        rest = comment.get(end + 2..).unwrap_or_default().trim_ascii_start();
    }
    rest
}

#[cfg(test)]
mod tests;
