//! Kinds of file that are archives, recognised by the names in their directory. Nothing in them is ever unpacked.

use std::io::{Read, Seek};

use cfb::CompoundFile;
use rawzip::{RECOMMENDED_BUFFER_SIZE, ZipArchive};

use super::kind::FileKind;

/// What stands at the start of an OpenDocument text: its media type, stored, as the archive's first entry.
const ODT: &[u8] = b"mimetypeapplication/vnd.oasis.opendocument.text";
/// Where the first entry's name begins.
const FIRST_NAME: usize = 30;

/// The kind of a ZIP archive that begins with `head`; `None` if it is none of ours, or its directory can't be read.
pub(super) fn zip(head: &[u8], content: &mut (impl Read + Seek)) -> Option<FileKind> {
    if let Some(rest) = head.get(FIRST_NAME..).and_then(|head| head.strip_prefix(ODT)) {
        // a template's or a master document's goes on
        return (!rest.starts_with(b"-")).then_some(FileKind::Odt);
    }
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_seekable(content, &mut buffer).ok()?;
    let mut entries = archive.entries(&mut buffer);
    let (mut typed, mut document, mut workbook) = (false, false, false);
    while let Some(entry) = entries.next_entry().ok()? {
        let path = entry.file_path();
        let path: Vec<u8> = path.as_ref().iter().map(plain).collect();
        typed |= path == b"[content_types].xml";
        document |= path.starts_with(b"word/document") && path.ends_with(b".xml");
        workbook |= path.starts_with(b"xl/workbook") && path.ends_with(b".xml");
        if path.ends_with(b"vbaproject.bin") {
            return None;
        }
    }
    match (typed, document, workbook) {
        (true, true, false) => Some(FileKind::Docx),
        (true, false, true) => Some(FileKind::Xlsx),
        _ => None,
    }
}

/// A byte of an entry's path: names of parts are alike in any case, and some writers separate folders by backslashes.
const fn plain(byte: &u8) -> u8 {
    if *byte == b'\\' { b'/' } else { byte.to_ascii_lowercase() }
}

/// The kind of a compound file, as Office wrote them up to 2003.
pub(super) fn compound(content: &mut (impl Read + Seek)) -> Option<FileKind> {
    let file = CompoundFile::open(content).ok()?;
    if file.is_stream("/WordDocument") {
        Some(FileKind::Doc)
    } else if file.is_stream("/Workbook") || file.is_stream("/Book") {
        Some(FileKind::Xls)
    } else {
        None
    }
}
