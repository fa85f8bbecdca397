use std::io::{self, Read};

/// What reading a file as text came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextScan {
    /// Whether there is a zero byte.
    pub(super) has_nul: bool,
    /// Whether it is text: UTF-8, or UTF-16 with its byte order mark, without control characters but those of layout.
    pub(super) is_text: bool,
}

/// Reads to the end.
pub(super) fn scan(content: &mut dyn Read) -> io::Result<TextScan> {
    let mut buffer = vec![0; 64 << 10];
    let mut text = Decoder::Unknown;
    let mut found = TextScan { has_nul: false, is_text: true };
    loop {
        let length = fill(content, &mut buffer)?;
        let Some(piece) = buffer.get(..length).filter(|piece| !piece.is_empty()) else { break };
        found.has_nul |= piece.contains(&0);
        if matches!(text, Decoder::Unknown) {
            text = Decoder::of(piece);
        }
        found.is_text = found.is_text && text.takes(piece);
    }
    found.is_text &= text.ends_well();
    Ok(found)
}

/// Reads until the buffer is full or the content ends, so that no pair of bytes is torn apart.
pub(super) fn fill(content: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match content.read(rest) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

enum Decoder {
    Unknown,
    /// The bytes of a character that began in the piece before.
    Utf8(Vec<u8>),
    /// How two bytes make a unit, and whether the first half of a character stood last.
    Utf16(fn([u8; 2]) -> u16, bool),
    Odd,
}

impl Decoder {
    fn of(start: &[u8]) -> Self {
        match start {
            [0xff, 0xfe, ..] => Self::Utf16(u16::from_le_bytes, false),
            [0xfe, 0xff, ..] => Self::Utf16(u16::from_be_bytes, false),
            _ => Self::Utf8(Vec::new()),
        }
    }

    fn takes(&mut self, piece: &[u8]) -> bool {
        match self {
            Self::Utf8(begun) => utf8(begun, piece),
            Self::Utf16(unit, half) => {
                let pairs = piece.chunks_exact(2);
                let whole = pairs.remainder().is_empty();
                let mut units = pairs.filter_map(|pair| pair.try_into().ok()).map(*unit);
                let good = units.all(|unit| utf16(half, unit));
                if !whole {
                    *self = Self::Odd;
                }
                good
            }
            Self::Unknown | Self::Odd => false,
        }
    }

    fn ends_well(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Utf8(begun) => begun.is_empty(),
            Self::Utf16(_, half) => !half,
            Self::Odd => false,
        }
    }
}

fn utf8(begun: &mut Vec<u8>, piece: &[u8]) -> bool {
    begun.extend_from_slice(piece);
    let (good, rest) = match std::str::from_utf8(begun) {
        Ok(text) => (text.bytes().all(is_layout_or_letter), Vec::new()),
        Err(error) if error.error_len().is_none() => {
            let (text, rest) = begun.split_at(error.valid_up_to());
            (text.iter().copied().all(is_layout_or_letter), rest.to_vec())
        }
        Err(_) => return false,
    };
    *begun = rest;
    good
}

/// One unit of UTF-16 after the first half of a character, or not.
fn utf16(half: &mut bool, unit: u16) -> bool {
    match (*half, unit) {
        (false, 0xd800..0xdc00) => *half = true,
        (true, 0xdc00..0xe000) => *half = false,
        (true, _) | (false, 0xdc00..0xe000) => return false,
        (false, 0..0x80) => return u8::try_from(unit).is_ok_and(is_layout_or_letter),
        (false, _) => {}
    }
    true
}

/// Whether a byte is no control character, or one of the few that lay a text out.
fn is_layout_or_letter(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c) || byte >= b' ' && byte != 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn scanned(content: &[u8]) -> (bool, bool) {
        let found = scan(&mut Cursor::new(content)).unwrap();
        (found.is_text, found.has_nul)
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect()
    }

    #[test]
    fn text_is_utf8_or_marked_utf16_without_odd_control_characters() {
        let padding = "x".repeat((64 << 10) - 1);
        for (content, expected) in [
            (b"a;b\r\n1;2\n\t\x0c".to_vec(), (true, false)),
            ("\u{feff}Łódź 👩".as_bytes().to_vec(), (true, false)),
            (format!("{padding}👩{padding}é").into_bytes(), (true, false)),
            (utf16("Łódź 👩\r\n", u16::to_le_bytes), (true, true)),
            (utf16("Łódź 👩\r\n", u16::to_be_bytes), (true, true)),
            (b"a\0b".to_vec(), (false, true)),
            (b"a\x1bb".to_vec(), (false, false)),
            (b"a\x7f".to_vec(), (false, false)),
            (b"\xa3 \xb1".to_vec(), (false, false)),
            (b"cut \xf0\x9f".to_vec(), (false, false)),
            (format!("{padding}\u{e9}").as_bytes()[..64 << 10].to_vec(), (false, false)),
            (utf16("a\0", u16::to_le_bytes), (false, true)),
            (b"\xff\xfea\0b".to_vec(), (false, true)),
            (b"\xff\xfe\x3d\xd8".to_vec(), (false, false)),
            (b"\xff\xfe\x3d\xd8\x61\0".to_vec(), (false, true)),
            (b"\xff\xfe\x00\xdc".to_vec(), (false, true)),
        ] {
            assert_eq!(scanned(&content), expected, "{:?}", &content[..content.len().min(20)]);
        }
    }
}
