//! Malformed input files: no reader may panic, hang or grow without bound.

use std::io::{self, Read};

use super::source::MAX_ROW_BYTES;
use super::{CsvOptions, CsvSource, Field, FileFault, FileFaultKind, JsonSource, RowSource, SourceRow};
use proptest::prelude::*;

const CSV: &str = "order_number,stock_code,description,quantity_to_make,due_date\r\n\
                   O1,S1,\"a \"\"b\"\",\nc\",5,2024-07-01\r\n\r\nO2,S2,d,1.5,\n";
const JSON: &str = "[{\"order_number\":\"O1\",\"quantity_to_make\":1.50,\"x\":[{\"y\":\"\\ud83d\\ude00\"}]},\n\
                    {\"order_number\":null,\"notes\":\"\\\"\",\"status\":true}]";

fn drain(source: Result<impl RowSource, FileFault>) -> Result<usize, FileFault> {
    let mut source = source?;
    let mut row = SourceRow::default();
    let mut rows = 0;
    while source.next_row(&mut row)? {
        rows += 1;
        for field in Field::ALL {
            let _ = row.cell(field);
        }
        let _ = row.raw();
    }
    Ok(rows)
}

fn drain_csv(bytes: impl Read, charset: Option<&str>) -> Result<usize, FileFault> {
    let options = CsvOptions { delimiter: None, charset: charset.map(str::to_owned) };
    drain(CsvSource::open(bytes, options))
}

fn drain_json(bytes: impl Read) -> Result<usize, FileFault> {
    drain(JsonSource::open(bytes))
}

/// A reader that returns one byte at a time.
struct OneByteReader<'a>(&'a [u8]);

impl Read for OneByteReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let one = out.len().min(1);
        self.0.read(&mut out[..one])
    }
}

/// Replaces, removes or doubles bytes of a valid file.
fn mutate(text: &str, changes: &[(usize, u8, u8)]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for &(at, byte, how) in changes {
        let at = at % bytes.len().max(1);
        match how % 3 {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

fn byte() -> impl Strategy<Value = u8> {
    let significant = b"\",;\t|\r\n'=\\{}[]:u\0\xFF\xC3\xEF 0e.-";
    prop_oneof![proptest::sample::select(significant.to_vec()), any::<u8>()]
}

fn changes() -> impl Strategy<Value = Vec<(usize, u8, u8)>> {
    proptest::collection::vec((any::<usize>(), byte(), any::<u8>()), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes in proptest::collection::vec(byte(), 0..200),
        charset in prop_oneof![Just(None), Just(Some("utf-16")), Just(Some("shift_jis"))],
    ) {
        let _ = drain_csv(bytes.as_slice(), charset);
        let _ = drain_json(bytes.as_slice());
        let _ = drain_json([b"[", bytes.as_slice()].concat().as_slice());
    }

    #[test]
    fn a_valid_file_with_bytes_changed_makes_no_reader_panic(changes in changes()) {
        let _ = drain_csv(mutate(CSV, &changes).as_slice(), None);
        let _ = drain_json(mutate(JSON, &changes).as_slice());
    }

    #[test]
    fn what_is_read_as_json_is_json(changes in changes()) {
        let bytes = mutate(JSON, &changes);
        let rows = drain_json(bytes.as_slice());
        let values = serde_json::from_slice::<Vec<serde_json::Value>>(&bytes);
        match (rows, values) {
            (Ok(rows), Ok(values)) => prop_assert_eq!(rows, values.len()),
            (Ok(_), Err(error)) => {
                // Numbers out of a float's range and the tolerated mark are the only differences.
                let is_tolerated = error.to_string().contains("out of range") || bytes[0] == 0xEF;
                prop_assert!(is_tolerated, "{error}");
            }
            (Err(fault), Ok(_)) => prop_assert_eq!(fault.code(), "DUPLICATE_KEY"),
            (Err(_), Err(_)) => {}
        }
    }
}

#[test]
fn the_files_that_are_changed_are_valid() {
    assert_eq!(drain_csv(CSV.as_bytes(), None).unwrap(), 2);
    assert_eq!(drain_json(JSON.as_bytes()).unwrap(), 2);
}

#[test]
fn a_reader_of_single_bytes_reads_the_same() {
    assert_eq!(drain_csv(OneByteReader(CSV.as_bytes()), None).unwrap(), 2);
    assert_eq!(drain_json(OneByteReader(JSON.as_bytes())).unwrap(), 2);
}

/// A body without end, and the number of bytes read of it.
struct EndlessReader {
    head: &'static [u8],
    byte: u8,
    bytes_read: usize,
}

impl Read for &mut EndlessReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.bytes_read += out.len();
        if !self.head.is_empty() {
            return self.head.read(out);
        }
        out.fill(self.byte);
        Ok(out.len())
    }
}

#[test]
fn a_row_without_end_is_refused_at_the_limit() {
    let header = b"order_number,stock_code,description,quantity_to_make\n1,2,";
    let cases: [(&'static [u8], u8, bool); 8] = [
        (b"", b'x', true),
        (b"\"", b'\n', true),
        (b"", b',', true),
        (header, b'x', true),
        (header, b',', true),
        (b"[", b'1', false),
        (b"[\"", b'x', false),
        (b"[{\"a\":\"", b'{', false),
    ];
    for (head, byte, is_csv) in cases {
        let mut body = EndlessReader { head, byte, bytes_read: 0 };
        let read = if is_csv { drain_csv(&mut body, None) } else { drain_json(&mut body) };
        let fault = read.unwrap_err();
        assert_eq!(fault.kind(), FileFaultKind::TooLarge, "{head:?} {fault}");
        assert!(body.bytes_read < 2 * MAX_ROW_BYTES, "{head:?} {}", body.bytes_read);
    }
}

#[test]
fn deep_json_is_refused_before_it_is_read() {
    for head in [b"[[".as_slice(), b"[{\"a\":["] {
        let mut body = EndlessReader { head, byte: b'[', bytes_read: 0 };
        assert_eq!(drain_json(&mut body).unwrap_err().code(), "JSON_TOO_DEEP");
        assert!(body.bytes_read < 1 << 18);
    }
}

#[test]
fn nul_and_control_characters_in_cells_are_no_file_fault() {
    let text = "order_number,stock_code,description,quantity_to_make\n\0,\u{1},\u{202e},NaN\n";
    assert_eq!(drain_csv(text.as_bytes(), None).unwrap(), 1);
    assert_eq!(drain_json(r#"[{"order_number":"\u0000"}]"#.as_bytes()).unwrap(), 1);
}
