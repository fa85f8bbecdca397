//! Bytes decoded to text, a block at a time, without replacement characters.

use std::io::{self, Read};
use std::ops::Range;

use super::FileFault;
use super::charset::Charset;
use encoding_rs::{Decoder, DecoderResult};

const BLOCK_BYTES: usize = 64 * 1024;

/// How workbooks begin: `.xlsx` and `.ods` as archives, `.xls` as a compound file.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"];

/// Why there is no more text.
#[derive(Debug)]
pub(super) enum DecodeError {
    /// The bytes after the text so far are not valid in this encoding.
    Malformed(&'static str),
    Io(io::Error),
}

impl DecodeError {
    /// The fault of a file whose text so far ends on this line.
    pub(super) fn on_line(self, line: u32) -> FileFault {
        match self {
            Self::Malformed(charset) => FileFault::Undecodable { line, charset },
            Self::Io(error) => FileFault::Io(error),
        }
    }
}

/// A file's text, without its byte order mark.
pub(super) struct TextReader<R> {
    reader: R,
    charset: Charset,
    decoder: Decoder,
    block: Vec<u8>,
    unread: Range<usize>,
    state: State,
    text: String,
    consumed: usize,
}

/// The state of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    Malformed,
    Ended,
}

impl<R: Read> TextReader<R> {
    /// Reads the first block and determines the encoding.
    ///
    /// # Errors
    /// [`FileFault::UnknownCharset`] or [`FileFault::Io`].
    pub(super) fn open(mut reader: R, label: Option<&str>) -> Result<Self, FileFault> {
        let mut block = vec![0; BLOCK_BYTES];
        let filled = read_full(&mut reader, &mut block).map_err(FileFault::Io)?;
        if WORKBOOKS.iter().any(|start| block.starts_with(start)) {
            return Err(FileFault::Workbook);
        }
        let charset = Charset::choose(label, block.get(..filled).unwrap_or_default())?;
        Ok(Self {
            reader,
            charset,
            decoder: charset.encoding.new_decoder_without_bom_handling(),
            block,
            unread: charset.bom_length..filled,
            state: State::Reading,
            text: String::new(),
            consumed: 0,
        })
    }

    /// The text that was read and not consumed yet.
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.consumed..).unwrap_or_default()
    }

    /// Drops this many bytes from the start of the rest.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.consumed = (self.consumed + bytes).min(self.text.len());
    }

    /// Adds text to the rest; false at the end of the file.
    ///
    /// # Errors
    /// A [`DecodeError`], once all text before it was returned.
    pub(super) fn fill(&mut self) -> Result<bool, DecodeError> {
        self.text.drain(..self.consumed);
        self.consumed = 0;
        let before = self.text.len();
        while self.text.len() == before {
            match self.state {
                State::Malformed => return Err(DecodeError::Malformed(self.charset.name())),
                State::Ended => return Ok(false),
                State::Reading => self.decode_block()?,
            }
        }
        Ok(true)
    }

    /// Decodes the rest of the block, or the next one.
    fn decode_block(&mut self) -> Result<(), DecodeError> {
        if self.unread.is_empty() {
            let filled = read_full(&mut self.reader, &mut self.block).map_err(DecodeError::Io)?;
            self.unread = 0..filled;
        }
        let bytes = self.block.get(self.unread.clone()).unwrap_or_default();
        let last = bytes.is_empty();
        let room = self.decoder.max_utf8_buffer_length_without_replacement(bytes.len());
        self.text.reserve(room.unwrap_or(4 * BLOCK_BYTES));
        let (result, read) = self.decoder.decode_to_string_without_replacement(bytes, &mut self.text, last);
        self.unread.start += read;
        match result {
            DecoderResult::Malformed(..) => self.state = State::Malformed,
            DecoderResult::InputEmpty if last => self.state = State::Ended,
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
        }
        Ok(())
    }
}

/// Reads until the block is full or the input ends.
fn read_full(reader: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(free) = block.get_mut(filled..).filter(|free| !free.is_empty()) {
        match reader.read(free) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8], label: Option<&str>) -> (String, bool) {
        let mut reader = TextReader::open(bytes, label).unwrap();
        let mut text = String::new();
        loop {
            match reader.fill() {
                Ok(true) => {
                    text.push_str(reader.rest());
                    reader.consume(usize::MAX / 2);
                }
                Ok(false) => return (text, true),
                Err(_) => return (text, false),
            }
        }
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let order = |unit: u16| {
            if big { unit.to_be_bytes() } else { unit.to_le_bytes() }
        };
        let marked = format!("\u{feff}{text}");
        marked.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn every_encoding_comes_out_as_the_same_text() {
        let text = "Größe;ʤ😀\n";
        let cases = [
            (text.as_bytes().to_vec(), None),
            (format!("\u{feff}{text}").into_bytes(), None),
            (format!("\u{feff}{text}").into_bytes(), Some("utf-8")),
            (utf16(text, false), None),
            (utf16(text, true), Some("utf-16le")),
        ];
        for (bytes, label) in cases {
            assert_eq!(read_all(&bytes, label), (text.to_owned(), true), "{bytes:?}");
        }
        let latin = read_all(b"Gr\xF6\xDFe \x80", Some("windows-1252"));
        assert_eq!(latin, ("Größe €".to_owned(), true));
    }

    #[test]
    fn characters_cut_by_the_block_end_are_whole() {
        for shift in 0..4 {
            let text = format!("{}{}", "x".repeat(shift), "😀".repeat(40_000));
            assert_eq!(read_all(text.as_bytes(), None), (text.clone(), true));
            assert_eq!(read_all(&utf16(&text, true), None), (text.clone(), true));
        }
    }

    #[test]
    fn text_before_a_faulty_byte_is_returned_and_then_the_fault() {
        let cases: [(&[u8], Option<&str>, &str); 6] = [
            (b"ab\xFFcd", None, "ab"),
            (b"ab\xC3", None, "ab"),
            (b"ab\xC0\xAF", Some("utf-8"), "ab"),
            (b"ab\xED\xA0\x80", None, "ab"),
            (b"\xFF\xFEa\0b", None, "a"),
            (b"\xFE\xFF\0a\xD8\0\0b", None, "a"),
        ];
        for (bytes, label, text) in cases {
            assert_eq!(read_all(bytes, label), (text.to_owned(), false), "{bytes:?}");
        }
    }

    #[test]
    fn a_reader_that_fails_is_no_end_of_file() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let reader = b"abc".chain(Failing);
        assert!(matches!(TextReader::open(reader, None), Err(FileFault::Io(_))));
    }
}
