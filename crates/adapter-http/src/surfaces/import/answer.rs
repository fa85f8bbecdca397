//! The answer to an import, written in pieces: the first time from its report, later from its record.

use actix_web::web::Bytes;
use futures_util::stream;
use kernel::error::StoreError;
use order_import::import::report::{Counts, ImportRecord, ImportReport, RecordedRows, RowResult, Verdict};

use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::one_of;
use crate::prelude::*;
use crate::request::idempotency::replayed_header;
use crate::response::error_bodies::ImportErrorResponse;

/// The outcome of an import; `details` has one entry a row, in the order of the rows.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "created": 1, "updated": 1, "skipped": 1, "errors": 1,
    "details": [
        {"order_number": "ORD001", "status": "created", "message": "Order created", "row": 1, "line": 2},
        {"order_number": "ORD002", "status": "updated", "message": "Order updated", "row": 2, "line": 3},
        {"order_number": "ORD003", "status": "skipped", "message": "Order already in progress, not updated", "row": 3, "line": 4},
        {"order_number": "ORD004", "status": "error", "message": "Missing required field: stock_code", "row": 4, "line": 5,
         "errors": [{"field": "stock_code", "code": "MISSING_FIELD", "message": "Missing required field: stock_code"}]}
    ],
    "import_id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "dry_run": false, "ignored_columns": []
}))]
pub(super) struct ImportResponse {
    created: u32,
    /// Includes orders that already were as the row says.
    updated: u32,
    skipped: u32,
    errors: u32,
    details: Vec<ImportDetail<'static>>,
    /// The import in history; null for a dry run.
    #[schema(required, value_type = Option<Uuid>)]
    import_id: Option<String>,
    dry_run: bool,
    /// CSV columns that name no field.
    ignored_columns: Vec<String>,
}

one_of!(
    /// Nothing was stored.
    ImportRefusal:
    ImportResponse, "Rows were faulty under `all_or_nothing`.";
    ImportErrorResponse, "The request was faulty as a whole."
);

/// The outcome of one row.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportDetail<'a> {
    /// The order number the row names, if that can be read.
    #[schema(required)]
    order_number: Option<&'a str>,
    /// `created`, `updated`, `skipped` or `error`.
    #[schema(value_type = sets::RowStatus)]
    status: &'static str,
    /// For people; of a faulty row, its first fault.
    message: &'a str,
    /// The row, counted from 1 among the data rows.
    row: u32,
    /// The physical line the row starts on; CSV only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u32, required = false)]
    line: Option<u32>,
    /// Every fault of a faulty row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<RowFault<'a>>,
}

/// One fault of a row.
#[derive(Serialize, ToSchema)]
pub(super) struct RowFault<'a> {
    /// The field; empty if the row as a whole is wrong.
    field: &'a str,
    /// For programs.
    code: &'a str,
    /// For people.
    message: &'a str,
}

impl<'a> RowFault<'a> {
    fn new(fault: &'a Fault) -> Self {
        Self { field: &fault.field, code: &fault.code, message: &fault.message }
    }
}

/// The answer around its details.
struct Frame {
    counts: Counts,
    import_id: Option<String>,
    dry_run: bool,
    ignored_columns: Vec<String>,
}

impl Frame {
    fn opening(&self) -> Vec<u8> {
        let Counts { created, updated, skipped, errors, .. } = self.counts;
        format!(
            "{{\"created\":{created},\"updated\":{updated},\"skipped\":{skipped},\"errors\":{errors},\"details\":["
        )
        .into_bytes()
    }

    fn closing(&self) -> String {
        let tail = serde_json::json!({
            "import_id": self.import_id,
            "dry_run": self.dry_run,
            "ignored_columns": self.ignored_columns,
        });
        let tail = tail.to_string();
        format!("],{}", tail.strip_prefix('{').unwrap_or_default())
    }
}

/// The status of an import: 422 if `all_or_nothing` was asked for and nothing was stored.
pub(super) fn status(verdict: Verdict) -> StatusCode {
    match verdict {
        Verdict::Completed => StatusCode::OK,
        Verdict::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The answer to an import just made.
pub(super) fn of_report(report: ImportReport) -> HttpResponse {
    let frame = Frame {
        counts: report.counts,
        import_id: (!report.options.dry_run).then(|| report.id.to_string()),
        dry_run: report.options.dry_run,
        ignored_columns: report.source.ignored_columns.clone(),
    };
    send(HttpResponse::build(status(report.verdict)), frame, Rows::Report { report, at: 0 })
}

/// The same answer, from history.
pub(super) fn of_record(record: ImportRecord, replayed: bool) -> HttpResponse {
    let summary = record.summary;
    let frame = Frame {
        counts: summary.counts,
        import_id: Some(summary.id.to_string()),
        dry_run: false,
        ignored_columns: summary.source.ignored_columns,
    };
    let mut response = HttpResponse::build(if replayed { status(summary.verdict) } else { StatusCode::OK });
    if replayed {
        response.insert_header(replayed_header());
    }
    send(response, frame, Rows::Record(record.rows))
}

/// Up to this many rows an answer is sent in one piece, with its length.
const ROWS_A_PIECE: usize = 1_000;

fn send(mut response: actix_web::HttpResponseBuilder, frame: Frame, rows: Rows) -> HttpResponse {
    response.content_type("application/json");
    let small = frame.counts.rows() as usize <= ROWS_A_PIECE;
    let pieces = Pieces { frame, rows, begun: false, ended: false, first: true };
    if !small {
        return response.streaming(stream::iter(pieces));
    }
    match pieces.collect::<Result<Vec<_>, _>>() {
        Ok(pieces) => response.body(pieces.concat()),
        Err(error) => {
            actix_web::ResponseError::error_response(&crate::response::errors::ApiError::from(error))
        }
    }
}

/// The source of rows: each piece takes the next thousand.
enum Rows {
    Report { report: ImportReport, at: usize },
    Record(RecordedRows),
}

impl Rows {
    fn write_piece(&mut self, piece: &mut Vec<u8>, first: &mut bool) -> Result<usize, StoreError> {
        match self {
            Self::Report { report, at } => {
                let mut written = 0;
                for answer in report.row_results_from(*at).take(ROWS_A_PIECE) {
                    write_detail(piece, &answer, first)?;
                    written += 1;
                }
                *at += written;
                Ok(written)
            }
            Self::Record(rows) => {
                let mut written = 0;
                for row in rows.by_ref().take(ROWS_A_PIECE) {
                    write_detail(piece, &row?.result, first)?;
                    written += 1;
                }
                Ok(written)
            }
        }
    }
}

fn write_detail(piece: &mut Vec<u8>, answer: &RowResult<'_>, first: &mut bool) -> Result<(), StoreError> {
    if !std::mem::take(first) {
        piece.push(b',');
    }
    let detail = ImportDetail {
        order_number: answer.order_number.as_deref(),
        status: answer.outcome.status(),
        message: answer.outcome.message(),
        row: answer.row,
        line: answer.line,
        errors: answer.outcome.faults().iter().map(RowFault::new).collect(),
    };
    serde_json::to_writer(piece, &detail).map_err(|error| StoreError::Internal(Box::new(error)))
}

/// The pieces of an answer.
struct Pieces {
    frame: Frame,
    rows: Rows,
    begun: bool,
    ended: bool,
    first: bool,
}

impl Iterator for Pieces {
    type Item = Result<Bytes, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut piece = if self.begun { Vec::new() } else { self.frame.opening() };
        self.begun = true;
        match self.rows.write_piece(&mut piece, &mut self.first) {
            Ok(ROWS_A_PIECE) => {}
            Ok(_) => {
                self.ended = true;
                piece.extend_from_slice(self.frame.closing().as_bytes());
            }
            Err(error) => {
                self.ended = true;
                tracing::error!(%error, "an import's record could not be unfolded");
                return Some(Err(error));
            }
        }
        Some(Ok(Bytes::from(piece)))
    }
}
