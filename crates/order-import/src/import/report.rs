//! The report of an import, row by row.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use kernel::error::Fault;

use super::policy::{self, Outcome, SkipReason};
pub use super::values::Verdict;
use super::values::{ImportId, ImportedOrder, Mode, OnExisting, OrderImage};
use super::{ImportOptions, ImportRow, PreparedImport, Source};
use crate::files::RawCells;
use kernel::manufacturing::{OrderId, OrderNumber};

/// The rows of a file, counted by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Orders created.
    pub created: u32,
    /// Orders updated, those that needed no change included.
    pub updated: u32,
    /// Rows skipped.
    pub skipped: u32,
    /// Faulty rows.
    pub errors: u32,
    /// Of the updated orders, those that were written.
    pub changed: u32,
}

impl Counts {
    /// Counts outcomes.
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            match outcome {
                Outcome::Created => counts.created += 1,
                Outcome::Changed(_) => {
                    counts.updated += 1;
                    counts.changed += 1;
                }
                Outcome::Unchanged => counts.updated += 1,
                Outcome::Skipped(_) => counts.skipped += 1,
                Outcome::Failed(_) => counts.errors += 1,
            }
        }
        counts
    }

    /// The number of rows.
    pub fn rows(&self) -> u32 {
        self.created + self.updated + self.skipped + self.errors
    }
}

/// The report of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    pub id: ImportId,
    pub options: ImportOptions,
    pub source: Source,
    pub verdict: Verdict,
    pub counts: Counts,
    rows: Vec<ImportRow>,
    outcomes: Vec<Outcome>,
}

impl ImportReport {
    pub(super) fn new(import: PreparedImport, mut outcomes: Vec<Outcome>) -> Self {
        let options = import.options;
        let rejected = options.mode == Mode::AllOrNothing
            && outcomes.iter().any(|outcome| policy::rejects_import(outcome, options.on_existing));
        if rejected {
            outcomes.iter_mut().for_each(skip_for_rejection);
        }
        Self {
            id: import.id,
            source: import.source,
            verdict: if rejected { Verdict::Rejected } else { Verdict::Completed },
            counts: Counts::of(&outcomes),
            options,
            rows: import.rows,
            outcomes,
        }
    }

    /// Whether a row is faulty whatever becomes of work centres, routings and orders beside it.
    pub fn is_faulty_in_itself(&self) -> bool {
        const OF_STATE: [&str; 3] = ["UNKNOWN_WORK_CENTRE", "UNKNOWN_ROUTING", "ORDER_EXISTS"];
        let mut outcomes = self.outcomes.iter();
        outcomes.any(|outcome| match outcome {
            Outcome::Failed(faults) => faults.iter().any(|fault| !OF_STATE.contains(&&*fault.code)),
            _ => false,
        })
    }

    /// Its rows in the file's order, each with its outcome.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (&ImportRow, &Outcome)> {
        self.rows.iter().zip(&self.outcomes)
    }

    /// The result of each row, in the file's order.
    pub fn row_results(&self) -> impl Iterator<Item = RowResult<'_>> {
        self.row_results_from(0)
    }

    /// The result of each row from this index on, in the file's order.
    pub fn row_results_from(&self, index: usize) -> impl Iterator<Item = RowResult<'_>> {
        let rows = self.rows.get(index..).unwrap_or_default().iter();
        let outcomes = self.outcomes.get(index..).unwrap_or_default();
        let numbers = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)..;
        rows.zip(outcomes).zip(numbers).map(|((row, outcome), number)| RowResult {
            row: number,
            line: row.line.map(Into::into),
            order_number: row.order_number().map(Cow::Borrowed),
            outcome: RowOutcome::from(outcome),
        })
    }

    /// Whether orders were written; a dry run writes none.
    pub fn wrote_orders(&self) -> bool {
        !self.options.dry_run && self.counts.created + self.counts.changed > 0
    }
}

/// Replaces the outcome of a row that would have been imported, had the import not been rejected.
fn skip_for_rejection(outcome: &mut Outcome) {
    if matches!(outcome, Outcome::Created | Outcome::Changed(_) | Outcome::Unchanged) {
        *outcome = Outcome::Skipped(SkipReason::AnotherRowFailed);
    }
}

/// The result of one row, as it is reported to callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowResult<'a> {
    /// The row, counted from 1 among the data rows.
    pub row: u32,
    /// The physical line on which it starts; CSV only.
    pub line: Option<u32>,
    /// Its order number, if that can be read.
    pub order_number: Option<Cow<'a, str>>,
    pub outcome: RowOutcome<'a>,
}

impl RowResult<'_> {
    /// The same result without borrowed parts.
    pub fn into_owned(self) -> RowResult<'static> {
        RowResult {
            row: self.row,
            line: self.line,
            order_number: self.order_number.map(|number| Cow::Owned(number.into_owned())),
            outcome: match self.outcome {
                RowOutcome::Created => RowOutcome::Created,
                RowOutcome::Updated => RowOutcome::Updated,
                RowOutcome::Skipped(reason) => RowOutcome::Skipped(reason),
                RowOutcome::Failed(faults) => RowOutcome::Failed(Cow::Owned(faults.into_owned())),
            },
        }
    }
}

/// The outcome of a row, as it is reported to callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome<'a> {
    /// Its order was created.
    Created,
    /// Its order was updated, or needed no change.
    Updated,
    Skipped(SkipReason),
    /// It is faulty.
    Failed(Cow<'a, [Fault]>),
}

impl<'a> From<&'a Outcome> for RowOutcome<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Created => Self::Created,
            Outcome::Changed(_) | Outcome::Unchanged => Self::Updated,
            Outcome::Skipped(reason) => Self::Skipped(*reason),
            Outcome::Failed(faults) => Self::Failed(Cow::Borrowed(faults)),
        }
    }
}

impl RowOutcome<'_> {
    /// The documented status.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "error",
        }
    }

    /// The documented message; of a faulty row, its first fault's.
    pub fn message(&self) -> &str {
        match self {
            Self::Created => "Order created",
            Self::Updated => "Order updated",
            Self::Skipped(reason) => reason.message(),
            Self::Failed(faults) => faults.first().map_or("Row is wrong", |fault| &fault.message),
        }
    }

    /// The faults of a faulty row.
    pub fn faults(&self) -> &[Fault] {
        if let Self::Failed(faults) = self { faults } else { &[] }
    }
}

/// An import from history, without its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSummary {
    pub id: ImportId,
    pub created_at: DateTime<Utc>,
    /// Who made it, such as `api_key:…`.
    pub actor: String,
    pub verdict: Verdict,
    pub mode: Mode,
    pub on_existing: OnExisting,
    pub file_name: Option<Box<str>>,
    pub source: Source,
    pub counts: Counts,
}

/// An import from history, with its rows.
pub struct ImportRecord {
    /// The import without its rows.
    pub summary: ImportSummary,
    /// Its rows, in the file's order.
    pub rows: RecordedRows,
}

/// Rows from history, decoded as they are read.
pub type RecordedRows = Box<dyn Iterator<Item = Result<RecordedRow, kernel::error::StoreError>> + Send>;

/// A row from history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRow {
    /// The result that was reported.
    pub result: RowResult<'static>,
    /// The cells of a failed row, unchanged.
    pub raw: Option<RawCells>,
    pub change: Option<OrderChange>,
}

/// The change of an order by a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    pub id: OrderId,
    pub number: OrderNumber,
    /// `None` if the row created the order.
    pub before: Option<OrderImage>,
    pub after: OrderImage,
}

impl OrderChange {
    /// The change that a row with this outcome made to its order, if any.
    pub fn of(order: &ImportedOrder, outcome: &Outcome) -> Option<Self> {
        let number = order.number.clone();
        match outcome {
            Outcome::Created => {
                Some(Self { id: order.id, number, before: None, after: policy::create(order) })
            }
            Outcome::Changed(before) => policy::merge(&before.image, order).map(|after| Self {
                id: before.id,
                number,
                before: Some(before.image.clone()),
                after,
            }),
            Outcome::Unchanged | Outcome::Skipped(_) | Outcome::Failed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
