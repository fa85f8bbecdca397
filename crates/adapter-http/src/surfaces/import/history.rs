//! `GET /api/orders/imports`, `…/{import_id}` and `…/{import_id}/errors.csv`.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Path};
use futures_util::stream;
use kernel::error::StoreError;
use order_import::ListImports;
use order_import::files::RawCells;
use order_import::files::errors_csv::ErrorsCsv;
use order_import::import::report::{ImportRecord, ImportSummary, RecordedRow, RowOutcome, Verdict};

use super::answer;
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::response::error_bodies::ImportErrorResponse;

const LIST: &str = "/api/orders/imports";
const ONE: &str = "/api/orders/imports/{import_id}";
const ERRORS: &str = "/api/orders/imports/{import_id}/errors.csv";

const READERS: &[Role] = &[Role::Admin, Role::Ops];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET LIST => list_imports, RoutePolicy::granted(Scope::OrdersImport, READERS)),
    route!(GET ERRORS => get_import_errors, RoutePolicy::granted(Scope::OrdersImport, READERS)),
    route!(GET ONE => get_import, RoutePolicy::granted(Scope::OrdersImport, READERS)),
];

/// An import of the list.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportListEntry {
    #[schema(value_type = Uuid)]
    import_id: String,
    created_at: DateTime<Utc>,
    /// Who made it: `api_key:…` or `user:…`.
    actor: String,
    /// `completed`, or `rejected` if `all_or_nothing` was asked for and nothing was stored.
    #[schema(value_type = sets::ImportOutcome)]
    outcome: &'static str,
    /// `csv` or `json`.
    #[schema(value_type = sets::ImportFormat)]
    format: &'static str,
    #[schema(required)]
    file_name: Option<String>,
    #[schema(value_type = sets::ImportMode)]
    mode: &'static str,
    #[schema(value_type = sets::OnExisting)]
    on_existing: &'static str,
    rows: u32,
    created: u32,
    updated: u32,
    skipped: u32,
    errors: u32,
}

impl From<ImportSummary> for ImportListEntry {
    fn from(summary: ImportSummary) -> Self {
        Self {
            import_id: summary.id.to_string(),
            created_at: summary.created_at,
            actor: summary.actor,
            outcome: summary.verdict.as_str(),
            format: summary.source.format(),
            file_name: summary.file_name.map(Into::into),
            mode: summary.mode.as_str(),
            on_existing: summary.on_existing.as_str(),
            rows: summary.counts.rows(),
            created: summary.counts.created,
            updated: summary.counts.updated,
            skipped: summary.counts.skipped,
            errors: summary.counts.errors,
        }
    }
}

/// A page of imports.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportListResponse {
    imports: Vec<ImportListEntry>,
    pagination: Pages,
}

/// The position of a page in its list.
#[derive(Serialize, ToSchema)]
pub(super) struct Pages {
    page: u32,
    limit: u32,
    total: u64,
    total_pages: u64,
}

/// List imports
///
/// The team's imports, newest first. Dry runs leave none.
#[utoipa::path(
    get, path = LIST, operation_id = "listImports", tag = "Import history",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Imports a page: 1 to 100, 20 by default"),
        ("outcome" = inline(Option<sets::ImportOutcome>), Query, description = "Only `completed` or only `rejected` ones"),
    ),
    responses(
        (status = 200, description = "A page of imports", body = ImportListResponse),
        (status = 422, description = "A faulty parameter", body = ImportErrorResponse),
    ),
)]
async fn list_imports(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let verdict = query.read("outcome", str::parse::<Verdict>);
    let page = query.page(ListImports::MAX_PAGE);
    let (page, window) = query.finish(page)?;
    let listing = call.services.import.list_imports.run(call.actor.team, verdict, window).await?;
    let pagination = Pages {
        page,
        limit: window.limit(),
        total: listing.total,
        total_pages: listing.total.div_ceil(window.limit().into()),
    };
    let imports = listing.items.into_iter().map(ImportListEntry::from).collect();
    Ok(HttpResponse::Ok().json(ImportListResponse { imports, pagination }))
}

/// Get an import
///
/// The import's answer again.
#[utoipa::path(
    get, path = ONE, operation_id = "getImport", tag = "Import history",
    params(("import_id" = Uuid, Path, description = "From the import's answer")),
    responses(
        (status = 200, description = "The import's answer", body = answer::ImportResponse),
        (status = 404, description = "The team has no such import", body = ImportErrorResponse),
    ),
)]
async fn get_import(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    Ok(answer::of_record(record(&call, &id).await?, false))
}

/// Get an import's failed rows
///
/// As they came, with `_line` and `_error` in front, ready to be mended and sent again: an import ignores those two.
/// The source's separator is kept; cells a spreadsheet would run as a formula have a leading `'`, which an import
/// takes off again.
#[utoipa::path(
    get, path = ERRORS, operation_id = "getImportErrors", tag = "Import history",
    params(("import_id" = Uuid, Path, description = "From the import's answer")),
    responses(
        (status = 200, description = "A CSV with a header, also when no row failed", body = String, content_type = "text/csv",
            headers(("Content-Disposition" = String, description = "`attachment`, with a name for the file")),
            example = "_line,_error,order_number,stock_code\n5,Missing required field: stock_code,ORD004,\n"),
        (status = 404, description = "The team has no such import", body = ImportErrorResponse),
    ),
)]
async fn get_import_errors(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let record = record(&call, &id).await?;
    let name = format!("attachment; filename=\"import-{}-errors.csv\"", record.summary.id);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(stream::iter(failed_rows(record))))
}

async fn record(call: &Call, id: &str) -> Result<ImportRecord, ApiError> {
    let not_found = || ApiError::not_found("Import");
    let id = id.parse().map_err(|_| not_found())?;
    call.services.import.get_import.run(call.actor.team, id).await?.ok_or_else(not_found)
}

/// The header, then a piece for each failed row.
fn failed_rows(record: ImportRecord) -> impl Iterator<Item = Result<Bytes, StoreError>> {
    let source = record.summary.source;
    let csv = ErrorsCsv::new(source.columns.iter().map(AsRef::as_ref), source.separator);
    let mut header = Vec::new();
    csv.header(&mut header);
    let failed = record.rows.filter_map(move |row| match row {
        Ok(row) => failed_row(&csv, &row).map(Ok),
        Err(error) => Some(Err(error)),
    });
    std::iter::once(Ok(Bytes::from(header))).chain(failed)
}

fn failed_row(csv: &ErrorsCsv, row: &RecordedRow) -> Option<Bytes> {
    let RowOutcome::Failed(faults) = &row.result.outcome else { return None };
    let messages: Vec<&str> = faults.iter().map(|fault| fault.message.as_ref()).collect();
    let nothing = RawCells::default();
    let mut line = Vec::new();
    let number = row.result.line.unwrap_or(row.result.row);
    csv.row(&mut line, number, &messages.join("; "), row.raw.as_ref().unwrap_or(&nothing));
    Some(Bytes::from(line))
}
