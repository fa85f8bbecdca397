use std::io::{Cursor, Write};

use proptest::prelude::*;
use rawzip::ZipArchiveWriter;

use super::*;

/// An archive with these entries, whose bytes are stored as they are.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut output = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut output);
    for (name, bytes) in entries {
        let (mut entry, config) = archive.new_file(name).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(bytes).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    output
}

/// A compound file with this stream.
fn compound(stream: &str) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream(stream).unwrap().write_all(b"content").unwrap();
    file.flush().unwrap();
    file.into_inner().into_inner()
}

const DOCUMENT: &[(&str, &[u8])] =
    &[("_rels/.rels", b"<"), ("[Content_Types].xml", b"<"), ("word/document.xml", b"<")];
const WORKBOOK: &[(&str, &[u8])] = &[("[Content_Types].xml", b"<"), ("xl/workbook.xml", b"<")];

fn sample(kind: FileKind) -> Vec<u8> {
    match kind {
        FileKind::Pdf => b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n".to_vec(),
        FileKind::Png => b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(),
        FileKind::Jpeg => b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec(),
        FileKind::Tiff => b"II*\0\x08\0\0\0".to_vec(),
        FileKind::WebP => b"RIFF\x24\0\0\0WEBPVP8 ".to_vec(),
        FileKind::Doc => compound("WordDocument"),
        FileKind::Docx => zip(DOCUMENT),
        FileKind::Xls => compound("Workbook"),
        FileKind::Xlsx => zip(WORKBOOK),
        FileKind::Odt => {
            zip(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<")])
        }
        FileKind::Csv => b"number;name\r\n1;Lathe\r\n".to_vec(),
        FileKind::Txt => "Drehmoment 45 Nm ± 2\n".as_bytes().to_vec(),
        FileKind::Dxf => b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n".to_vec(),
        FileKind::Dwg => b"AC1027\0\0\0\0\0\x03".to_vec(),
        FileKind::Step => b"ISO-10303-21;\nHEADER;\n".to_vec(),
    }
}

fn identified(bytes: &[u8]) -> Found {
    identify(&mut Content::new(Cursor::new(bytes.to_vec()))).unwrap()
}

fn recognised(name: &str, bytes: &[u8]) -> Result<FileKind, FileFault> {
    let name = FileName::try_new(name).unwrap();
    recognise(&name, &mut Content::new(Cursor::new(bytes.to_vec())), FileKind::ALL).unwrap()
}

#[test]
fn a_file_is_taken_where_its_name_and_content_agree_and_nowhere_else() {
    let is_text = |kind| matches!(kind, FileKind::Csv | FileKind::Txt);
    for content in FileKind::ALL {
        let bytes = sample(*content);
        for named in FileKind::ALL {
            for extension in named.extensions() {
                let found = recognised(&format!("drawing.of.{extension}"), &bytes);
                let upper = recognised(&format!("A.{}", extension.to_uppercase()), &bytes);
                if named == content || is_text(*named) && is_text(*content) {
                    assert_eq!((found, upper), (Ok(*named), Ok(*named)), "{content:?} named .{extension}");
                    continue;
                }
                let expected = if is_text(*content) { Found::Text } else { Found::Kind(*content) };
                assert!(
                    matches!(&found, Err(FileFault::Mismatch { found, .. }) if *found == expected),
                    "{content:?} named .{extension}: {found:?}"
                );
                assert_eq!(upper.unwrap_err().code(), "FILE_TYPE_MISMATCH");
            }
        }
    }
}

#[test]
fn a_fault_says_what_is_taken() {
    let taken = "PDF, PNG, JPEG, TIFF, WEBP, DOC, DOCX, XLS, XLSX, ODT, CSV, TXT, DXF, DWG, STEP";
    for (name, found) in [
        ("setup.exe", ".exe"),
        ("README", "no extension"),
        ("a.", "no extension"),
        ("a.docm", ".docm"),
        (".gitignore", ".gitignore"),
    ] {
        let fault = recognised(name, &sample(FileKind::Pdf)).unwrap_err();
        assert_eq!(fault.to_string(), format!("ends in {found}, which is not taken; send {taken}"), "{name}");
        assert_eq!(fault.code(), "FILE_TYPE_NOT_TAKEN");
    }
    let fault = recognised("plan.pdf", &sample(FileKind::Png)).unwrap_err();
    let expected = format!("is named .pdf but holds PNG; name and content must be of one kind: {taken}");
    assert_eq!(fault.to_string(), expected);
    let fault = recognised("plan.pdf", b"").unwrap_err();
    assert_eq!(
        (fault.to_string().as_str(), fault.code()),
        ("is empty; send a file that holds something", "FILE_EMPTY")
    );
}

#[test]
fn a_pdf_may_begin_after_white_space_or_lines_of_text() {
    let pdf = sample(FileKind::Pdf);
    let after = |before: &[u8]| recognised("invoice.pdf", &[before, &pdf].concat());
    for before in [
        &b"\xef\xbb\xbf"[..],
        b"\r\n \t\n",
        b"Content-Type: application/pdf\r\n\r\n",
        "Grüße\n".as_bytes(),
        &[b' '; 1_019],
    ] {
        assert_eq!(after(before), Ok(FileKind::Pdf), "{:?}", String::from_utf8_lossy(before));
    }
    for before in
        [&b"<html>\n"[..], b"text <script>\n", b"MZ\x90\n", b"MZ\n", b"#!/bin/sh\n", b"\0", &[b' '; 1_020]]
    {
        assert!(after(before).is_err(), "{:?}", String::from_utf8_lossy(before));
    }
    let note = b"A PDF begins with\n%PDF-1.7\n";
    assert_eq!(recognised("note.txt", note), Ok(FileKind::Txt), "what is named text stays text");
    assert!(recognised("note.docx", &[b"\n", &pdf[..]].concat()).is_err());
}

#[test]
fn only_the_kinds_that_are_asked_for_are_taken() {
    let name = FileName::try_new("plan.dwg").unwrap();
    let mut content = Content::new(Cursor::new(sample(FileKind::Dwg)));
    let found = recognise(&name, &mut content, &[FileKind::Pdf, FileKind::Png]).unwrap().unwrap_err();
    assert_eq!(found.to_string(), "ends in .dwg, which is not taken; send PDF, PNG");
}

#[test]
fn each_form_of_a_kind_is_known() {
    for (bytes, kind) in [
        (b"MM\0*\0\0\0\x08".to_vec(), FileKind::Tiff),
        (b"II+\0\x08\0\0\0".to_vec(), FileKind::Tiff),
        (compound("Book"), FileKind::Xls),
        (b"AutoCAD Binary DXF\r\n\x1a\0\0SECTION\0".to_vec(), FileKind::Dxf),
        (
            b"999\nmade by a program\n999\nand another\n0\nSECTION\n2\nHEADER\n1\nWei\xdf\n".to_vec(),
            FileKind::Dxf,
        ),
        (b"\xef\xbb\xbf\r\n ISO-10303-21;\r\n".to_vec(), FileKind::Step),
        (b"/* made by\na program **/ /**/\nISO-10303-21;\n".to_vec(), FileKind::Step),
        (zip(&[("[Content_Types].xml", b""), ("word\\document.xml", b"")]), FileKind::Docx),
        (zip(&[("[content_types].XML", b""), ("XL\\Workbook.xml", b"")]), FileKind::Xlsx),
        (zip(&[("word/document2.xml", b""), ("[Content_Types].xml", b"")]), FileKind::Docx),
    ] {
        assert_eq!(
            identified(&bytes),
            Found::Kind(kind),
            "{:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(40)])
        );
    }
}

#[test]
fn what_only_looks_like_a_kind_is_none() {
    let pdf_inside = zip(&[("a.pdf", &sample(FileKind::Pdf))]);
    let with_macros = zip(&[DOCUMENT, &[("word/vbaProject.bin", b"x")]].concat());
    let hidden_macros = zip(&[DOCUMENT, &[("word\\VBAPROJECT.BIN", b"x")]].concat());
    let both = zip(&[DOCUMENT, WORKBOOK].concat());
    let binary_workbook = zip(&[("[Content_Types].xml", b""), ("xl/workbook.bin", b"")]);
    let template = zip(&[("mimetype", b"application/vnd.oasis.opendocument.text-template")]);
    let spreadsheet = zip(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")]);
    let named_within = zip(&[("word/document.xml", b"[Content_Types].xml")]);
    let docx = sample(FileKind::Docx);
    let doc = sample(FileKind::Doc);
    for bytes in [
        &pdf_inside[..],
        &with_macros,
        &hidden_macros,
        &both,
        &binary_workbook,
        &template,
        &spreadsheet,
        &named_within,
        &docx[..docx.len() - 10],
        &compound("PowerPoint Document"),
        &doc[..600],
        b"MZ\x90\0\x03",
        b"\x7fELF\x02\x01\x01\0",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"0\nSECTION\n\0",
        b"ISO-10303-21;\0",
        b"\0",
    ] {
        assert_eq!(
            identified(bytes),
            Found::Unknown,
            "{:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(60)])
        );
    }
    for text in
        ["AC1012;Motor", "0\nSECTIONS\n", "999\n", "ISO-10303-21", "PK", "%PDF", "MZ is a text too", "<html>"]
    {
        assert_eq!(identified(text.as_bytes()), Found::Text, "{text}");
    }
}

#[test]
fn a_bomb_is_looked_at_and_never_unpacked() {
    // ten thousand entries that all say they unfold into 4 GiB
    let entry = |directory: bool, at: u32| -> Vec<u8> {
        let name = b"word/document.xml";
        let sizes = [[0, 4, 0, 0], [0xfe, 0xff, 0xff, 0xff]].concat();
        let mut header: Vec<u8> =
            if directory { b"PK\x01\x02\x14\0".to_vec() } else { b"PK\x03\x04".to_vec() };
        header.extend(b"\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0");
        header.extend(sizes);
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0, 0]);
        if directory {
            header.extend([0; 10]);
            header.extend(at.to_le_bytes());
        }
        header.extend(name);
        header
    };
    let mut bytes = entry(false, 0);
    bytes.extend([0; 1024]);
    let start = bytes.len() as u32;
    for _ in 0..10_000 {
        bytes.extend(entry(true, 0));
    }
    let size = bytes.len() as u32 - start;
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(10_000_u16.to_le_bytes().repeat(2));
    bytes.extend(size.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    assert_eq!(identified(&bytes), Found::Unknown, "its directory has no [Content_Types].xml");
}

proptest! {
    #[test]
    fn whatever_is_sent_is_judged(
        kind in prop::sample::select(FileKind::ALL),
        cut in 0_usize..64,
        changes in prop::collection::vec((0_usize..4_000, any::<u8>()), 0..20),
    ) {
        let mut bytes = sample(kind);
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        let judged = identify(&mut Content::new(Cursor::new(bytes)));
        prop_assert!(judged.is_ok(), "{judged:?}");
    }
}
