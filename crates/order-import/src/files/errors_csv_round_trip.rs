//! Tests that an import reads back what `errors.csv` holds.

use super::errors_csv::ErrorsCsv;
use super::{CsvOptions, CsvSource, Field, JsonSource, RawCells, RowSource, SourceRow};
use proptest::prelude::*;

type Cells = Vec<(u16, String)>;

/// Columns and rows of a whole source, its cells in terms of fields.
struct ReadSource {
    columns: Vec<String>,
    separator: Option<char>,
    rows: Vec<(RawCells, SourceRow)>,
}

fn read(mut source: impl RowSource) -> ReadSource {
    let mut row = SourceRow::default();
    let mut rows = Vec::new();
    while source.next_row(&mut row).unwrap() {
        rows.push((row.raw(), row.clone()));
    }
    let columns = source.columns().iter().map(|column| column.name.clone());
    ReadSource { columns: columns.collect(), separator: source.separator(), rows }
}

fn write(source: &ReadSource) -> Vec<u8> {
    let writer = ErrorsCsv::new(&source.columns, source.separator);
    let mut out = Vec::new();
    writer.header(&mut out);
    for (cells, row) in &source.rows {
        writer.row(&mut out, row.line().unwrap_or(1), "=bad, \"very\"", cells);
    }
    out
}

fn read_csv(bytes: &[u8]) -> ReadSource {
    read(CsvSource::open(bytes, CsvOptions::default()).unwrap())
}

/// The cells behind the two error columns.
fn without_error_columns(cells: &RawCells) -> Cells {
    let cells = cells.iter().filter(|(column, _)| *column > 1);
    cells.map(|(column, text)| (column - 2, text.to_owned())).collect()
}

fn owned(cells: &RawCells) -> Cells {
    cells.iter().map(|(column, text)| (column, text.to_owned())).collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn csv_of(names: &[String], rows: &[Vec<String>], separator: char) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        cells.join(&separator.to_string())
    };
    let header = ["order_number", "stock_code", "description", "quantity_to_make"];
    let mut header: Vec<String> = header.map(str::to_owned).to_vec();
    header.extend(names.iter().map(|name| format!("x{name}")));
    let mut text = line(&header) + "\n";
    for row in rows {
        text += &(line(row) + "\r\n");
    }
    text
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-'=+@\t\r\n,;|\" 0-9aä😀]{0,5}",
        "-?[0-9]{1,4}([.,][0-9]{1,3})?",
        "'{0,2} ?=\"[-=0-9a]{0,3}\"",
        "\\PC{0,8}",
    ]
}

proptest! {
    #[test]
    fn a_csv_comes_back_with_the_same_cells_and_shapes(
        names in proptest::collection::vec("[-=+@,;|\t a-z]{0,6}", 0..4),
        rows in proptest::collection::vec(proptest::collection::vec(cell(), 1..9), 0..8),
        separator in prop_oneof![Just(','), Just(';'), Just('\t'), Just('|')],
    ) {
        let first = read_csv(csv_of(&names, &rows, separator).as_bytes());
        prop_assert_eq!(first.separator, Some(separator));
        let again = read_csv(&write(&first));
        prop_assert_eq!(again.separator, Some(separator));
        prop_assert_eq!(&again.columns[2..], &first.columns[..]);
        prop_assert_eq!(again.rows.len(), first.rows.len());
        for ((cells, row), (back, row_back)) in first.rows.iter().zip(&again.rows) {
            prop_assert_eq!(owned(cells), without_error_columns(back));
            prop_assert_eq!(row.fault().is_some(), row_back.fault().is_some());
            for field in Field::ALL {
                prop_assert_eq!(row.cell(field), row_back.cell(field));
            }
        }
        // The error columns are dropped and written again: a second round changes nothing.
        let once_more = read_csv(&write(&again));
        prop_assert_eq!(once_more.columns, again.columns);
    }

    #[test]
    fn json_comes_back_with_the_same_text(
        orders in proptest::collection::vec(
            proptest::collection::btree_map("notes|status|Remark|_line|order_number|x[,\"=]", cell(), 0..5),
            1..6,
        )
    ) {
        let json = serde_json::to_string(&orders).unwrap();
        let first = read(JsonSource::open(json.as_bytes()).unwrap());
        let again = read_csv(&write(&first));
        prop_assert_eq!(again.rows.len(), first.rows.len());
        for (order, (_, row)) in orders.iter().zip(&again.rows) {
            prop_assert_eq!(row.fault(), None);
            for field in Field::ALL {
                let expected = order.get(field.name()).filter(|text| !text.trim().is_empty());
                let found = match row.cell(field) {
                    super::Cell::Text(text) => Some(text),
                    _ => None,
                };
                prop_assert_eq!(found, expected.map(String::as_str));
            }
        }
    }
}
