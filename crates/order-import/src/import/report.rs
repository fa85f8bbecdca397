//! What an import came to, row by row.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use kernel::access::UnknownWord;
use kernel::error::Fault;
use std::str::FromStr;

use super::policy::{self, Outcome, Skip};
use super::values::{ImportId, ImportedOrder, Mode, OnExisting, OrderImage};
use super::{ImportOptions, ImportRow, PreparedImport, Source};
use crate::files::RawCells;
use kernel::manufacturing::{OrderId, OrderNumber};

/// Rows by what became of them; they add up to the rows of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Orders created.
    pub created: u32,
    /// Orders updated, those that already were as the row says included.
    pub updated: u32,
    /// Rows left out.
    pub skipped: u32,
    /// Rows that are wrong.
    pub errors: u32,
    /// Of the updated ones, those that differed and were written.
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

    /// Every row.
    pub fn rows(&self) -> u32 {
        self.created + self.updated + self.skipped + self.errors
    }
}

/// Whether an import was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What could be imported was.
    Completed,
    /// All or nothing was asked for, and it is nothing.
    Rejected,
}

impl Verdict {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Completed, Self::Rejected];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Rejected => "rejected",
        }
    }
}

impl FromStr for Verdict {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|verdict| verdict.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The import's id.
    pub id: ImportId,
    /// How it was done.
    pub options: ImportOptions,
    /// Where its rows came from.
    pub source: Source,
    /// Whether it was kept.
    pub verdict: Verdict,
    /// What became of its rows.
    pub counts: Counts,
    rows: Vec<ImportRow>,
    outcomes: Vec<Outcome>,
}

impl ImportReport {
    pub(super) fn new(import: PreparedImport, mut outcomes: Vec<Outcome>) -> Self {
        let options = import.options;
        let refused = options.mode == Mode::AllOrNothing
            && outcomes.iter().any(|outcome| policy::refuses(outcome, options.on_existing));
        if refused {
            outcomes.iter_mut().for_each(leave_out);
        }
        Self {
            id: import.id,
            source: import.source,
            verdict: if refused { Verdict::Rejected } else { Verdict::Completed },
            counts: Counts::of(&outcomes),
            options,
            rows: import.rows,
            outcomes,
        }
    }

    /// Its rows in the file's order, each as it came and with what became of it.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (&ImportRow, &Outcome)> {
        self.rows.iter().zip(&self.outcomes)
    }

    /// What a caller is told of each row, in the file's order.
    pub fn answers(&self) -> impl Iterator<Item = RowAnswer<'_>> {
        self.answers_after(0)
    }

    /// What a caller is told of each row after the first `done`, in the file's order.
    pub fn answers_after(&self, done: usize) -> impl Iterator<Item = RowAnswer<'_>> {
        let rows = self.rows.get(done..).unwrap_or_default().iter();
        let outcomes = self.outcomes.get(done..).unwrap_or_default();
        let numbers = u32::try_from(done).unwrap_or(u32::MAX).saturating_add(1)..;
        rows.zip(outcomes).zip(numbers).map(|((row, outcome), number)| RowAnswer {
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

/// What a rejected import leaves of an outcome: nothing was created or updated.
fn leave_out(outcome: &mut Outcome) {
    if matches!(outcome, Outcome::Created | Outcome::Changed(_) | Outcome::Unchanged) {
        *outcome = Outcome::Skipped(Skip::AnotherRowFailed);
    }
}

/// What a caller is told of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowAnswer<'a> {
    /// The row, counted from 1 among the data rows.
    pub row: u32,
    /// The physical line it starts on; CSV only.
    pub line: Option<u32>,
    /// The order number it names, if that can be read.
    pub order_number: Option<Cow<'a, str>>,
    /// What became of it.
    pub outcome: RowOutcome<'a>,
}

impl RowAnswer<'_> {
    /// The same answer, standing on its own.
    pub fn into_owned(self) -> RowAnswer<'static> {
        RowAnswer {
            row: self.row,
            line: self.line,
            order_number: self.order_number.map(|number| Cow::Owned(number.into_owned())),
            outcome: match self.outcome {
                RowOutcome::Created => RowOutcome::Created,
                RowOutcome::Updated => RowOutcome::Updated,
                RowOutcome::Skipped(skip) => RowOutcome::Skipped(skip),
                RowOutcome::Failed(faults) => RowOutcome::Failed(Cow::Owned(faults.into_owned())),
            },
        }
    }
}

/// What became of a row, as a caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome<'a> {
    /// Its order was created.
    Created,
    /// Its order is as the row says.
    Updated,
    /// It was left out.
    Skipped(Skip),
    /// It is wrong.
    Failed(Cow<'a, [Fault]>),
}

impl<'a> From<&'a Outcome> for RowOutcome<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Created => Self::Created,
            Outcome::Changed(_) | Outcome::Unchanged => Self::Updated,
            Outcome::Skipped(skip) => Self::Skipped(*skip),
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
            Self::Skipped(skip) => skip.message(),
            Self::Failed(faults) => faults.first().map_or("Row is wrong", |fault| &fault.message),
        }
    }

    /// The faults of a faulty row.
    pub fn faults(&self) -> &[Fault] {
        if let Self::Failed(faults) = self { faults } else { &[] }
    }
}

/// What history tells of an import without its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSummary {
    /// The import's id.
    pub id: ImportId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it, such as `api_key:…`.
    pub actor: String,
    /// Whether it was kept.
    pub verdict: Verdict,
    /// Whether faulty rows kept the good ones out.
    pub mode: Mode,
    /// What became of rows whose orders existed.
    pub on_existing: OnExisting,
    /// The file's own name, where there was one.
    pub file_name: Option<Box<str>>,
    /// Where its rows came from.
    pub source: Source,
    /// What became of its rows.
    pub counts: Counts,
}

/// An import out of history, with its rows.
pub struct ImportRecord {
    /// The import without its rows.
    pub summary: ImportSummary,
    /// Its rows in the file's order, unfolded as they are read.
    pub rows: RecordedRows,
}

/// Rows out of history, unfolded as they are read.
pub type RecordedRows = Box<dyn Iterator<Item = Result<RecordedRow, kernel::error::StoreError>> + Send>;

/// A row out of history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRow {
    /// What the caller was told.
    pub answer: RowAnswer<'static>,
    /// A failed row's cells as they came.
    pub raw: Option<RawCells>,
    /// What the row did to its order.
    pub change: Option<OrderChange>,
}

/// What a row did to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    /// The order.
    pub id: OrderId,
    /// Its number.
    pub number: OrderNumber,
    /// What it was; `None` if the row created it.
    pub before: Option<OrderImage>,
    /// What it became.
    pub after: OrderImage,
}

impl OrderChange {
    /// What a row with this outcome did to its order, if anything.
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
