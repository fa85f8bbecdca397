//! Chunks of a thousand rows of an import: JSON lines, compressed by LZ4. Format 1.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use kernel::error::{Cause, Fault, StoreError};
use kernel::id::Id;
use kernel::manufacturing::{OrderNumber, OrderStatus, Priority, Sku};
use kernel::quantity::Quantity;
use order_import::files::RawCells;
use order_import::import::ImportRow;
use order_import::import::policy::{Outcome, SkipReason};
use order_import::import::report::{OrderChange, RecordedRow, RowOutcome, RowResult};
use order_import::import::values::{OrderImage, RoutingRef, WorkCentreNumber};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Rows in a chunk.
pub(super) const ROWS: usize = 1_000;
/// The format that [`compress`] writes.
pub(super) const FORMAT: i16 = 1;

/// Compresses rows and their outcomes into a chunk.
pub(super) fn compress<'a>(
    rows: impl Iterator<Item = (&'a ImportRow, &'a Outcome)>,
) -> Result<Vec<u8>, StoreError> {
    let mut text = Vec::with_capacity(256 * ROWS);
    for (row, outcome) in rows {
        serde_json::to_writer(&mut text, &FoldedRow::new(row, outcome)).map_err(unfit)?;
        text.push(b'\n');
    }
    Ok(lz4_flex::block::compress_prepend_size(&text))
}

/// Reads a chunk whose first row is row `first` of the import, counted from 1.
pub(super) fn decompress(format: i16, content: &[u8], first: u32) -> Result<Vec<RecordedRow>, StoreError> {
    if format != FORMAT {
        return Err(unfit(format!(
            "an import's record has format {format}, which this version does not know"
        )));
    }
    let text = lz4_flex::block::decompress_size_prepended(content).map_err(unfit)?;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .zip(first..)
        .map(|(line, row)| serde_json::from_slice::<FoldedRow<'_>>(line).map_err(unfit)?.recorded(row))
        .collect()
}

fn unfit(cause: impl Into<Cause>) -> StoreError {
    StoreError::Internal(cause.into())
}

#[derive(Serialize, Deserialize)]
struct FoldedRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    number: Option<Cow<'a, str>>,
    result: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<FoldedOrder<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<FoldedOrder<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    faults: Vec<FoldedFault<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<Vec<(u16, Cow<'a, str>)>>,
}

impl<'a> FoldedRow<'a> {
    fn new(row: &'a ImportRow, outcome: &'a Outcome) -> Self {
        let change = row.order().and_then(|order| OrderChange::of(order, outcome));
        let (id, before, after) = match change {
            Some(change) => (
                Some(change.id.uuid()),
                change.before.map(FoldedOrder::new),
                Some(FoldedOrder::new(change.after)),
            ),
            None => (None, None, None),
        };
        let faults = if let Outcome::Failed(faults) = outcome { faults.as_slice() } else { &[] };
        let raw = row.raw.as_ref().filter(|_| !faults.is_empty());
        Self {
            line: row.line.map(Into::into),
            number: row.order_number().map(Cow::Borrowed),
            result: Cow::Borrowed(result(outcome)),
            id,
            before,
            after,
            faults: faults.iter().map(FoldedFault::new).collect(),
            raw: raw.map(|raw| raw.iter().map(|(column, text)| (column, Cow::Borrowed(text))).collect()),
        }
    }

    fn recorded(self, row: u32) -> Result<RecordedRow, StoreError> {
        let change = match (self.id, self.after) {
            (Some(id), Some(after)) => Some(OrderChange {
                id: Id::new(id),
                number: OrderNumber::try_new(self.number.as_deref().unwrap_or_default()).map_err(unfit)?,
                before: self.before.map(FoldedOrder::image).transpose()?,
                after: after.image()?,
            }),
            _ => None,
        };
        Ok(RecordedRow {
            change,
            raw: self.raw.map(RawCells::from_pairs),
            result: RowResult {
                row,
                line: self.line,
                order_number: self.number.map(|number| Cow::Owned(number.into_owned())),
                outcome: outcome(&self.result, self.faults)?,
            },
        })
    }
}

fn result(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "created",
        Outcome::Changed(_) => "changed",
        Outcome::Unchanged => "unchanged",
        Outcome::Skipped(SkipReason::Exists) => "exists",
        Outcome::Skipped(SkipReason::AnotherRowFailed) => "another_row_failed",
        Outcome::Skipped(SkipReason::Started(status)) => status.as_str(),
        Outcome::Failed(_) => "failed",
    }
}

fn outcome(result: &str, faults: Vec<FoldedFault<'_>>) -> Result<RowOutcome<'static>, StoreError> {
    Ok(match result {
        "created" => RowOutcome::Created,
        "changed" | "unchanged" => RowOutcome::Updated,
        "exists" => RowOutcome::Skipped(SkipReason::Exists),
        "another_row_failed" => RowOutcome::Skipped(SkipReason::AnotherRowFailed),
        "failed" => RowOutcome::Failed(faults.into_iter().map(FoldedFault::fault).collect()),
        status => RowOutcome::Skipped(SkipReason::Started(status.parse::<OrderStatus>().map_err(unfit)?)),
    })
}

#[derive(Serialize, Deserialize)]
struct FoldedFault<'a> {
    #[serde(borrow)]
    field: Cow<'a, str>,
    code: Cow<'a, str>,
    message: Cow<'a, str>,
}

impl<'a> FoldedFault<'a> {
    fn new(fault: &'a Fault) -> Self {
        Self {
            field: Cow::Borrowed(&fault.field),
            code: Cow::Borrowed(&fault.code),
            message: Cow::Borrowed(&fault.message),
        }
    }

    fn fault(self) -> Fault {
        Fault {
            field: Cow::Owned(self.field.into_owned()),
            code: Cow::Owned(self.code.into_owned()),
            message: Cow::Owned(self.message.into_owned()),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct FoldedOrder<'a> {
    version: i64,
    #[serde(borrow)]
    sku: Cow<'a, str>,
    description: Cow<'a, str>,
    quantity: Decimal,
    priority: u8,
    status: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_centre: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scheduled_end: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    routing: Option<FoldedRouting>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notes: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
struct FoldedRouting {
    id: Uuid,
    version: u32,
}

impl FoldedOrder<'_> {
    fn new(image: OrderImage) -> Self {
        Self {
            version: image.version,
            sku: Cow::Owned(image.sku.as_str().to_owned()),
            description: Cow::Owned(image.description.into()),
            quantity: image.quantity.value(),
            priority: image.priority.value(),
            status: Cow::Borrowed(image.status.as_str()),
            work_centre: image.work_centre.map(WorkCentreNumber::get),
            scheduled_end: image.scheduled_end,
            routing: image
                .routing
                .map(|routing| FoldedRouting { id: routing.id.uuid(), version: routing.version }),
            notes: image.notes.map(|notes| Cow::Owned(notes.into())),
        }
    }

    fn image(self) -> Result<OrderImage, StoreError> {
        Ok(OrderImage {
            version: self.version,
            sku: Sku::try_new(&self.sku).map_err(unfit)?,
            description: self.description.into(),
            quantity: Quantity::try_new(self.quantity).map_err(unfit)?,
            priority: Priority::try_new(self.priority).map_err(unfit)?,
            status: self.status.parse().map_err(unfit)?,
            work_centre: self
                .work_centre
                .map(|number| WorkCentreNumber::try_new(number.into()))
                .transpose()
                .map_err(unfit)?,
            scheduled_end: self.scheduled_end,
            routing: self
                .routing
                .map(|routing| RoutingRef { id: Id::new(routing.id), version: routing.version }),
            notes: self.notes.map(Into::into),
        })
    }
}
