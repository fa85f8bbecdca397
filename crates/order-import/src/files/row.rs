//! One row of an import file, uninterpreted.

use std::borrow::Cow;

use super::field::FieldSlots;
use super::formula::{is_text_formula_behind_quotes, literal, text_formula, unguarded};
use super::{Field, RawCells};

/// A field's value in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// No such key or column, a row that ends before it, or a CSV cell of nothing but white space.
    Absent,
    /// JSON `null`.
    Null,
    /// A CSV cell, untrimmed, or a JSON string, which may be empty.
    Text(&'a str),
    /// A JSON number, exactly as written.
    Number(&'a str),
    /// A JSON boolean.
    Bool(bool),
    /// The JSON text of an array or object.
    Nested(&'a str),
}

/// A fault of a row as a whole; its cells are still available for `errors.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFault {
    /// A CSV row with fewer cells than the header has columns.
    TooShort { found: usize, expected: usize },
    /// A CSV row with more cells than the header has columns, be the further ones empty or not.
    TooLong { found: usize, expected: usize },
    /// A CSV row with a quote that opens on this line and closes before anything but a separator or a line end; the row ends
    /// with that line.
    StrayQuote { line: u32 },
    /// An element of a JSON array that is no object; it has no cells.
    NotAnObject,
}

/// A row that is reused: [`RowSource::next_row`](super::RowSource::next_row) overwrites it.
///
/// To store a row, use [`SourceRow::raw`]; a clone costs more memory.
#[derive(Debug, Clone, Default)]
pub struct SourceRow {
    text: String,
    cells: Vec<Span>,
    slots: FieldSlots,
    line: Option<u32>,
    fault: Option<RowFault>,
}

/// A cell that ends here in the row's text and begins where the one before it ends.
#[derive(Debug, Clone, Copy)]
struct Span {
    end: u32,
    column: u16,
    kind: CellKind,
}

/// How to interpret a cell's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellKind {
    Csv,
    Null,
    Text,
    Number,
    Bool,
    Nested,
}

impl SourceRow {
    /// The physical line on which the row starts, 1-based; `None` for JSON.
    pub fn line(&self) -> Option<u32> {
        self.line
    }

    /// The fault of the row as a whole, if any.
    pub fn fault(&self) -> Option<RowFault> {
        self.fault
    }

    /// The field's value; a CSV cell without the `'` that an `errors.csv` put before it.
    pub fn cell(&self, field: Field) -> Cell<'_> {
        let found = self.slots.get(field).and_then(|slot| self.at(slot.into()));
        let Some((span, text)) = found else {
            return Cell::Absent;
        };
        match span.kind {
            CellKind::Csv => csv_cell(text),
            CellKind::Null => Cell::Null,
            CellKind::Text => Cell::Text(text),
            CellKind::Number => Cell::Number(text),
            CellKind::Bool => Cell::Bool(text == "true"),
            CellKind::Nested => Cell::Nested(text),
        }
    }

    /// The row's cells by column, for `errors.csv`.
    ///
    /// Strings are bare, JSON numbers, booleans and nested values are their JSON text, `null` is empty. A formula that only
    /// holds a text stays as it is written in a CSV, and gets a `'` where it is meant as it stands. Empty cells are left
    /// out, save a CSV row's last, which shows how long the row was.
    pub fn raw(&self) -> RawCells {
        let last = self.cells.len().wrapping_sub(1);
        let all = (0..self.cells.len()).filter_map(|index| Some((index, self.at(index)?)));
        RawCells::from_pairs(all.filter_map(|(index, (span, text))| {
            let is_csv = span.kind == CellKind::Csv;
            let text = match is_csv {
                true if is_text_formula_behind_quotes(text) => Cow::from(text),
                true => Cow::from(unguarded(text)),
                false => literal(text),
            };
            let is_stored = !text.is_empty() || (is_csv && index == last);
            is_stored.then_some((span.column, text))
        }))
    }

    /// Clears the row for a CSV record on this line, whose cells hold the fields of these slots.
    pub(super) fn reset_csv(&mut self, line: u32, slots: FieldSlots, fault: Option<RowFault>) {
        self.reset(Some(line), slots, fault);
    }

    /// Clears the row for an element of a JSON array.
    pub(super) fn reset_json(&mut self, fault: Option<RowFault>) {
        self.reset(None, FieldSlots::default(), fault);
    }

    fn reset(&mut self, line: Option<u32>, slots: FieldSlots, fault: Option<RowFault>) {
        self.text.clear();
        self.cells.clear();
        (self.line, self.slots, self.fault) = (line, slots, fault);
    }

    /// Sets a CSV record's cells; those past the 65,535th are dropped.
    pub(super) fn set_csv_cells(&mut self, text: &str, ends: &[usize]) {
        let columns = 0..u16::MAX;
        let spans = ends.iter().zip(columns).map(|(&end, column)| Span {
            end: u32::try_from(end).unwrap_or(u32::MAX),
            column,
            kind: CellKind::Csv,
        });
        self.cells.extend(spans);
        self.text.push_str(text);
    }

    /// Adds the value of a JSON key.
    pub(super) fn push(&mut self, column: u16, field: Option<Field>, kind: CellKind, text: &str) {
        if let (Some(field), Ok(slot)) = (field, u16::try_from(self.cells.len())) {
            self.slots.set(field, slot);
        }
        self.text.push_str(text);
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.cells.push(Span { end, column, kind });
    }

    fn at(&self, index: usize) -> Option<(Span, &str)> {
        let span = *self.cells.get(index)?;
        let before = index.checked_sub(1).and_then(|before| self.cells.get(before));
        let start = before.map_or(0, |before| before.end);
        Some((span, self.text.get(start as usize..span.end as usize)?))
    }
}

fn csv_cell(text: &str) -> Cell<'_> {
    let bare = unguarded(text);
    let is_guarded = bare.len() < text.len();
    let text = text_formula(text).filter(|_| !is_guarded).unwrap_or(bare);
    if text.trim_start().is_empty() {
        return Cell::Absent;
    }
    Cell::Text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(row: &SourceRow) -> Vec<(u16, String)> {
        let raw = row.raw();
        raw.iter().map(|(column, text)| (column, text.to_owned())).collect()
    }

    #[test]
    fn a_csv_cell_is_text_or_absent() {
        let mut slots = FieldSlots::default();
        for (field, slot) in Field::ALL.into_iter().zip(0..5) {
            slots.set(field, slot);
        }
        let mut row = SourceRow::default();
        row.reset_csv(9, slots, None);
        row.set_csv_cells("A1  '=1 x ", &[2, 4, 7, 10]);
        assert_eq!(row.line(), Some(9));
        assert_eq!(row.cell(Field::OrderNumber), Cell::Text("A1"));
        assert_eq!(row.cell(Field::StockCode), Cell::Absent);
        assert_eq!(row.cell(Field::Description), Cell::Text("=1"));
        assert_eq!(row.cell(Field::QuantityToMake), Cell::Text(" x "));
        assert_eq!(row.cell(Field::Priority), Cell::Absent);
        assert_eq!(row.cell(Field::Notes), Cell::Absent);
    }

    #[test]
    fn raw_keeps_cells_by_column_and_the_length_of_a_csv_row() {
        let mut row = SourceRow::default();
        row.reset_csv(2, FieldSlots::default(), None);
        row.set_csv_cells("a'=1", &[0, 1, 4, 4, 4]);
        let stored = [(1, "a"), (2, "=1"), (4, "")].map(|(column, text)| (column, text.to_owned()));
        assert_eq!(pairs(&row), stored);
    }

    #[test]
    fn raw_of_json_is_ordered_by_column_and_leaves_null_out() {
        let mut row = SourceRow::default();
        row.reset_json(None);
        row.push(3, Some(Field::Notes), CellKind::Text, "n");
        row.push(0, Some(Field::QuantityToMake), CellKind::Number, "1.50");
        row.push(1, Some(Field::Routing), CellKind::Null, "");
        row.push(2, None, CellKind::Bool, "true");
        assert_eq!(row.cell(Field::QuantityToMake), Cell::Number("1.50"));
        assert_eq!(row.cell(Field::Routing), Cell::Null);
        let stored = [(0, "1.50"), (2, "true"), (3, "n")].map(|(at, text)| (at, text.to_owned()));
        assert_eq!(pairs(&row), stored);
    }

    #[test]
    fn a_row_is_cleared_before_it_is_reused() {
        let mut row = SourceRow::default();
        row.reset_csv(2, FieldSlots::default(), Some(RowFault::NotAnObject));
        row.set_csv_cells("ab", &[1, 2]);
        row.reset_json(None);
        assert_eq!((row.line(), row.fault()), (None, None));
        assert_eq!(row.raw(), RawCells::default());
    }
}
