//! One bulk import: from rows as they came, through what the store found, to what became of each row.

pub mod dates;
pub mod numbers;
pub mod policy;
pub mod read;
pub mod report;
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

use crate::files::{Column, FileFault, RawCells, RowSource, SourceRow};
use numbers::NumberStyle;
use policy::{Fact, Outcome};
use read::{Rules, order_number};
use report::ImportReport;
use values::{ImportId, ImportedOrder, Mode, OnExisting};

/// How an import is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// Whether faulty rows keep the good ones out.
    pub mode: Mode,
    /// What becomes of rows whose orders exist.
    pub on_existing: OnExisting,
    /// Whether everything is done but nothing kept.
    pub dry_run: bool,
    /// How the file writes dates.
    pub dates: dates::DateFormat,
    /// The file's own name, where there is one; only ever data.
    pub file_name: Option<Box<str>>,
}

/// Where the rows came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The separator of a CSV; `None` for JSON.
    pub separator: Option<char>,
    /// The columns as they came, for `errors.csv`.
    pub columns: Vec<Box<str>>,
    /// Columns that no field stands for, named in the answer.
    pub ignored_columns: Vec<String>,
}

impl Source {
    /// The format's word.
    pub fn format(&self) -> &'static str {
        if self.separator.is_some() { "csv" } else { "json" }
    }
}

/// An import that is read and checked, and waits for the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedImport {
    /// The import's id.
    pub id: ImportId,
    /// How it is to be done.
    pub options: ImportOptions,
    /// Where its rows came from.
    pub source: Source,
    /// Its rows, in the file's order.
    pub rows: Vec<ImportRow>,
}

/// One row of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// The physical line it starts on; CSV only.
    pub line: Option<NonZeroU32>,
    /// What it holds.
    pub content: RowContent,
    /// Its cells as they came, where `errors.csv` may need them.
    pub raw: Option<Box<RawCells>>,
}

/// What a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowContent {
    /// An order.
    Good(ImportedOrder),
    /// Faults.
    Faulty(Box<FaultyRow>),
}

/// A row that is no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultyRow {
    /// The order number it names, if that can be read.
    pub order_number: Option<Box<str>>,
    /// Every fault, until the import is settled: then its outcome has them.
    pub faults: Vec<Fault>,
}

impl ImportRow {
    /// The order of a good row.
    pub fn order(&self) -> Option<&ImportedOrder> {
        if let RowContent::Good(order) = &self.content { Some(order) } else { None }
    }

    /// The order number it names.
    pub fn order_number(&self) -> Option<&str> {
        match &self.content {
            RowContent::Good(order) => Some(order.number.as_str()),
            RowContent::Faulty(faulty) => faulty.order_number.as_deref(),
        }
    }
}

/// A store gave no fact for a good row, or one for a row it should not have seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store's facts do not fit the import's rows (row {row})")]
pub struct FactsDoNotFit {
    /// The first row, counted from 1, that doesn't fit.
    pub row: usize,
}

impl PreparedImport {
    /// Reads and checks every row of a source.
    ///
    /// # Errors
    /// When the file as a whole can't be read.
    pub fn read(
        source: &mut dyn RowSource,
        options: ImportOptions,
        rules: &Rules,
        ids: &dyn IdSource,
    ) -> Result<Self, FileFault> {
        let keep_good = options.on_existing == OnExisting::Error;
        let mut reading = Reading { rules, ids, keep_good, first_rows: HashMap::new(), rows: Vec::new() };
        let mut row = SourceRow::default();
        while source.next_row(&mut row)? {
            reading.take(&row);
        }
        let mut rows = reading.rows;
        rows.shrink_to_fit();
        let columns = source.columns().iter().map(column_name).collect();
        let source =
            Source { separator: source.separator(), columns, ignored_columns: source.ignored_columns() };
        Ok(Self { id: ids.id(), options, source, rows })
    }

    /// The good rows, each with its index: what the store merges. Their order numbers differ.
    pub fn candidates(&self) -> impl Iterator<Item = (usize, &ImportedOrder)> {
        self.rows.iter().enumerate().filter_map(|(index, row)| row.order().map(|order| (index, order)))
    }

    /// Decides what became of each row, given the store's fact for each good row, by index.
    ///
    /// # Errors
    /// When a good row has no fact: a fault of the store.
    pub fn settle(mut self, facts: Vec<Option<Fact>>) -> Result<ImportReport, FactsDoNotFit> {
        if facts.len() != self.rows.len() {
            return Err(FactsDoNotFit { row: facts.len().min(self.rows.len()) + 1 });
        }
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for (index, (row, fact)) in self.rows.iter_mut().zip(facts).enumerate() {
            outcomes.push(match (&mut row.content, fact) {
                (RowContent::Good(order), Some(fact)) => {
                    policy::decide(fact, self.options.on_existing, order.number.as_str())
                }
                // moved, not copied: where every row fails, faults are most of what is in memory
                (RowContent::Faulty(faulty), None) => Outcome::Failed(std::mem::take(&mut faulty.faults)),
                _ => return Err(FactsDoNotFit { row: index + 1 }),
            });
        }
        Ok(ImportReport::new(self, outcomes))
    }
}

/// A column's name without NUL, which a JSON key may hold and text is refused for everywhere.
fn column_name(column: &Column) -> Box<str> {
    column.name.replace('\0', "\u{fffd}").into()
}

/// How the numbers of a file are written, told by its separator.
pub fn number_style(separator: Option<char>) -> NumberStyle {
    if separator == Some(';') { NumberStyle::PointOrComma } else { NumberStyle::Point }
}

/// The rows read so far, and where each order number stood first.
struct Reading<'a> {
    rules: &'a Rules,
    ids: &'a dyn IdSource,
    keep_good: bool,
    first_rows: HashMap<Box<str>, u32>,
    rows: Vec<ImportRow>,
}

impl Reading<'_> {
    fn take(&mut self, row: &SourceRow) {
        let mut read = self.rules.read(row, self.ids);
        let number: Option<Box<str>> = match &read {
            Ok(order) => Some(order.number.as_str().into()),
            Err(_) => order_number(row).map(|number| number.as_str().into()),
        };
        if let Some(fault) = number.as_deref().and_then(|number| self.duplicate(number)) {
            read = Err(with_duplicate(read, fault));
        }
        let content = match read {
            Ok(order) => RowContent::Good(order),
            Err(faults) => RowContent::Faulty(Box::new(FaultyRow { order_number: number, faults })),
        };
        let keep = self.keep_good || matches!(content, RowContent::Faulty(_));
        let raw = keep.then(|| Box::new(row.raw()));
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

/// The order number is the first field, so its fault comes first, as the documented message.
fn with_duplicate(read: Result<ImportedOrder, Vec<Fault>>, fault: Fault) -> Vec<Fault> {
    let mut faults = read.err().unwrap_or_default();
    faults.insert(0, fault);
    faults
}
