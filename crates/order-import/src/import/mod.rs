//! One bulk import: from rows, through what the store found, to the outcome of each row.

pub mod dates;
pub mod numbers;
pub mod policy;
pub mod report;
pub mod row_parser;
pub mod values;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZeroU32;

use kernel::clock::IdSource;
use kernel::error::Fault;

use crate::files::{FileFault, RawCells, RowSource, SourceRow};
use numbers::{DecimalMark, NumberStyle};
use policy::{Fact, Outcome};
use report::ImportReport;
use row_parser::{RowParser, order_number, written_order_number};
use values::{ImportId, ImportedOrder, Mode, OnExisting};

/// The options of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// What faulty rows do to the valid ones.
    pub mode: Mode,
    /// What to do with rows whose orders exist.
    pub on_existing: OnExisting,
    /// Whether to report everything and store nothing.
    pub dry_run: bool,
    /// The file's date format.
    pub dates: dates::DateFormat,
    /// The mark before the decimals of its numbers, if the request declares one.
    pub decimal: Option<DecimalMark>,
    /// The file's own name, if any; never used as a path.
    pub file_name: Option<Box<str>>,
}

/// The file of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The separator of a CSV; `None` for JSON.
    pub separator: Option<char>,
    /// The columns as in the file, for `errors.csv`.
    pub columns: Vec<Box<str>>,
    /// Columns that hold no field.
    pub ignored_columns: Vec<String>,
}

impl Source {
    /// The name of the format.
    pub fn format(&self) -> &'static str {
        if self.separator.is_some() { "csv" } else { "json" }
    }
}

/// An import that is read and validated, for a store to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedImport {
    pub id: ImportId,
    pub options: ImportOptions,
    pub source: Source,
    /// The rows in the file's order.
    pub rows: Vec<ImportRow>,
}

/// One row of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// The physical line on which it starts; CSV only.
    pub line: Option<NonZeroU32>,
    /// Its order, or its faults.
    pub content: RowContent,
    /// Its cells, unchanged, if `errors.csv` may need them.
    pub raw: Option<Box<RawCells>>,
}

/// The content of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowContent {
    Valid(ImportedOrder),
    /// Faults.
    Faulty(Box<FaultyRow>),
}

/// A row with faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultyRow {
    /// Its order number, if that can be read.
    pub order_number: Option<Box<str>>,
    /// Every fault, until the report is made: then the row's outcome has them.
    pub faults: Vec<Fault>,
}

impl ImportRow {
    /// The order of a valid row.
    pub fn order(&self) -> Option<&ImportedOrder> {
        if let RowContent::Valid(order) = &self.content { Some(order) } else { None }
    }

    /// Its order number, if that can be read.
    pub fn order_number(&self) -> Option<&str> {
        match &self.content {
            RowContent::Valid(order) => Some(order.number.as_str()),
            RowContent::Faulty(faulty) => faulty.order_number.as_deref(),
        }
    }
}

/// A store gave no fact for a valid row, or one for a faulty row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store's facts do not fit the import's rows (row {row})")]
pub struct FactMismatch {
    /// The first row that does not fit, counted from 1.
    pub row: usize,
}

impl PreparedImport {
    /// Reads and validates every row of a source.
    ///
    /// # Errors
    /// When the file as a whole can't be read.
    pub fn read(
        source: &mut dyn RowSource,
        options: ImportOptions,
        parser: &RowParser,
        ids: &dyn IdSource,
    ) -> Result<Self, FileFault> {
        let store_all_cells = options.on_existing == OnExisting::Error;
        let mut reader =
            RowReader { parser, ids, store_all_cells, first_rows: HashMap::new(), rows: Vec::new() };
        let mut row = SourceRow::default();
        while source.next_row(&mut row)? {
            reader.read(&row);
        }
        let mut rows = reader.rows;
        rows.shrink_to_fit();
        let columns = source.columns().iter().map(|column| column.name.as_str().into()).collect();
        let source =
            Source { separator: source.separator(), columns, ignored_columns: source.ignored_columns() };
        Ok(Self { id: ids.id(), options, source, rows })
    }

    /// The valid rows that the store merges, each with its index. Their order numbers differ.
    pub fn candidates(&self) -> impl Iterator<Item = (usize, &ImportedOrder)> {
        self.rows.iter().enumerate().filter_map(|(index, row)| row.order().map(|order| (index, order)))
    }

    /// Decides the outcome of each row, given the store's fact for each valid row, by index.
    ///
    /// # Errors
    /// When a valid row has no fact: a fault of the store.
    pub fn into_report(mut self, facts: Vec<Option<Fact>>) -> Result<ImportReport, FactMismatch> {
        if facts.len() != self.rows.len() {
            return Err(FactMismatch { row: facts.len().min(self.rows.len()) + 1 });
        }
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for (index, (row, fact)) in self.rows.iter_mut().zip(facts).enumerate() {
            outcomes.push(match (&mut row.content, fact) {
                (RowContent::Valid(order), Some(fact)) => {
                    policy::decide(fact, self.options.on_existing, order.number.as_str())
                }
                // moved, not copied: where every row fails, faults are most of what is in memory
                (RowContent::Faulty(faulty), None) => Outcome::Failed(std::mem::take(&mut faulty.faults)),
                _ => return Err(FactMismatch { row: index + 1 }),
            });
        }
        Ok(ImportReport::new(self, outcomes))
    }
}

/// The number format of a file: the declared one, or else what its separator tells.
pub fn number_style(separator: Option<char>, declared: Option<DecimalMark>) -> NumberStyle {
    match (declared, separator) {
        (Some(mark), _) => NumberStyle::Declared(mark),
        (None, Some(';')) => NumberStyle::PointOrComma,
        (None, Some('\t' | '|')) => NumberStyle::PointOrGroup,
        (None, _) => NumberStyle::Point,
    }
}

/// The rows read so far, and the first row of each order number.
struct RowReader<'a> {
    parser: &'a RowParser,
    ids: &'a dyn IdSource,
    store_all_cells: bool,
    first_rows: HashMap<Box<str>, u32>,
    rows: Vec<ImportRow>,
}

impl RowReader<'_> {
    fn read(&mut self, row: &SourceRow) {
        let mut parsed = self.parser.parse(row, self.ids);
        let number: Option<Box<str>> = match &parsed {
            Ok(order) => Some(order.number.as_str().into()),
            Err(_) => order_number(row).map(|number| number.as_str().into()),
        };
        if let Some(fault) = number.as_deref().and_then(|number| self.duplicate(number)) {
            // the order number is the first field, so its fault comes first, as the documented message
            let mut faults = parsed.err().unwrap_or_default();
            faults.insert(0, fault);
            parsed = Err(faults);
        }
        let content = match parsed {
            Ok(order) => RowContent::Valid(order),
            Err(faults) => {
                let order_number = number.or_else(|| written_order_number(row));
                RowContent::Faulty(Box::new(FaultyRow { order_number, faults }))
            }
        };
        let stores_cells = self.store_all_cells || matches!(content, RowContent::Faulty(_));
        let raw = stores_cells.then(|| Box::new(row.raw()));
        self.rows.push(ImportRow { line: row.line().and_then(NonZeroU32::new), content, raw });
    }

    fn duplicate(&mut self, number: &str) -> Option<Fault> {
        if let Some(first) = self.first_rows.get(number) {
            return Some(policy::duplicate(number, *first));
        }
        let row = u32::try_from(self.rows.len() + 1).unwrap_or(u32::MAX);
        self.first_rows.insert(number.into(), row);
        None
    }
}
