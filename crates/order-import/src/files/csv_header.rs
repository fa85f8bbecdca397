//! The header of a CSV: which column holds which field.

use super::fault::quoted_excerpt;
use super::field::FieldSlots;
use super::formula::unguarded;
use super::record::Record;
use super::source::MAX_COLUMNS;
use super::{Column, Delimiter, Field, FileFault};

/// The columns of a CSV.
pub(super) struct CsvHeader {
    pub(super) columns: Vec<Column>,
    /// Which column holds which field.
    pub(super) slots: FieldSlots,
    /// How many cells a row has: more than columns, where the last ones have no name.
    pub(super) cells: usize,
}

impl CsvHeader {
    /// Reads the header from the first record.
    ///
    /// # Errors
    /// No text, too many columns, two columns for one field, or a required one missing.
    pub(super) fn read(record: &Record, delimiter: Delimiter) -> Result<Self, FileFault> {
        let line = record.line();
        if record.text().contains('\0') {
            return Err(FileFault::NotText { line });
        }
        // spreadsheets write hundreds of columns that have nothing, not even a name
        let named = record.cells().enumerate().filter(|(_, name)| !name.trim().is_empty());
        let last = named.last().map_or(0, |(index, _)| index + 1);
        let found = if record.count() > MAX_COLUMNS { last } else { record.count() };
        if found > MAX_COLUMNS {
            return Err(FileFault::TooManyColumns { line, found });
        }
        let names = record.cells().take(found).map(unguarded);
        let columns: Vec<Column> = names.map(Column::named).collect();
        let slots = slots_of(&columns)?;
        require_all(&slots, line, delimiter)?;
        Ok(Self { columns, slots, cells: record.count() })
    }
}

fn slots_of(columns: &[Column]) -> Result<FieldSlots, FileFault> {
    let mut slots = FieldSlots::default();
    for (index, column) in columns.iter().enumerate() {
        let Some(field) = column.field else { continue };
        if let Some(first) = slots.get(field) {
            return Err(duplicate(columns, field, first.into(), index));
        }
        slots.set(field, u16::try_from(index).unwrap_or(u16::MAX));
    }
    Ok(slots)
}

fn duplicate(columns: &[Column], field: Field, first: usize, second: usize) -> FileFault {
    let name = |index: usize| columns.get(index).map(|column| quoted_excerpt(&column.name));
    FileFault::DuplicateColumn {
        field: field.name(),
        first: name(first).unwrap_or_default(),
        first_column: first + 1,
        second: name(second).unwrap_or_default(),
        second_column: second + 1,
    }
}

fn require_all(slots: &FieldSlots, line: u32, delimiter: Delimiter) -> Result<(), FileFault> {
    let missing = Field::REQUIRED.into_iter().filter(|&field| slots.get(field).is_none());
    let names: Vec<&'static str> = missing.map(Field::name).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(FileFault::MissingColumns { names, line, separator: delimiter.plural() })
}
