//! `POST /api/orders/import`.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Payload;
use identity::limits::Class;
use kernel::error::ErrorKind;
use kernel::write::{ClaimKey, Content, WriteContext, Written};
use order_import::ImportError;
use order_import::events::RECORD;
use order_import::files::{CsvOptions, CsvSource, Delimiter, FileFaultKind, JsonSource, RowSource};
use order_import::import::ImportOptions;
use order_import::import::dates::DateFormat;
use order_import::import::report::{ImportReport, Verdict};
use order_import::import::values::ImportId;
use sha2::{Digest, Sha256};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::Parameter;

use super::dto::ImportForm;
use super::{answer, multipart};
use crate::middleware::limits::RateLimit;
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::request::idempotency::{claim, key, once};
use crate::request::json_body::refuse_encoding;
use crate::request::spool::{self, Spooled, spool};
use crate::response::error_bodies::ImportErrorResponse;

const ROUTE: &str = "/api/orders/import";

pub(crate) const ROUTES: &[Route] = &[route!(
    POST ROUTE => import_orders,
    RoutePolicy::granted(Scope::OrdersImport, &[Role::Admin, Role::Ops])
        .limited(RateLimit::to(Class::Bulk).by_key(Class::ImportByKey))
)];

impl DomainError for ImportError {
    fn is_lasting(&self) -> bool {
        matches!(self, Self::File(fault) if fault.kind() != FileFaultKind::Io)
    }
}

/// A body and its declared format.
pub(super) struct Body {
    pub(super) format: Format,
    pub(super) file_name: Option<Box<str>>,
    pub(super) content: Spooled,
}

/// The formats of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv { charset: Option<String> },
}

impl Format {
    /// The format a content type declares.
    fn declared(content_type: &str) -> Option<Self> {
        let mut parts = content_type.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        match kind.as_str() {
            "application/json" => Some(Self::Json),
            "text/csv" | "application/csv" => {
                let charset = parts.find_map(|part| {
                    let (name, value) = part.split_once('=')?;
                    name.trim()
                        .eq_ignore_ascii_case("charset")
                        .then(|| value.trim().trim_matches('"').to_owned())
                });
                Some(Self::Csv { charset })
            }
            _ => None,
        }
    }

    /// The format of a form's file: what its part declares, else what its name ends in, else CSV.
    pub(super) fn of_file(content_type: Option<&str>, name: Option<&str>) -> Self {
        let by_name = || match name {
            Some(name) if name.to_ascii_lowercase().ends_with(".json") => Self::Json,
            _ => Self::Csv { charset: None },
        };
        content_type.and_then(Self::declared).unwrap_or_else(by_name)
    }

    fn open(
        self,
        content: Spooled,
        delimiter: Option<Delimiter>,
    ) -> Result<Box<dyn RowSource + Send>, ImportError> {
        let reader = content.into_reader();
        Ok(match self {
            Self::Json => Box::new(JsonSource::open(reader)?),
            Self::Csv { charset } => Box::new(CsvSource::open(reader, CsvOptions { delimiter, charset })?),
        })
    }
}

/// Import manufacturing orders
///
/// Creates orders that don't exist, updates those not started, skips the others, and answers with the outcome of each
/// row. The body is a JSON array of orders, a CSV with a header row (`text/csv`), or a form whose part `file` is
/// either. One import is one transaction. The answer is 200 even when rows failed; under `mode=all_or_nothing` it is
/// 422, with the same shape, if nothing was stored. At most 100,000 rows or 64 MiB.
#[utoipa::path(
    post, path = ROUTE, operation_id = "importOrders", tag = "Order import",
    params(
        ("mode" = inline(Option<sets::ImportMode>), Query, description = "`per_row` (default) or `all_or_nothing`"),
        ("on_existing" = inline(Option<sets::OnExisting>), Query, description = "What to do with rows whose orders exist: `update` (default; only those not started), `skip` or `error`"),
        ("dry_run" = Option<bool>, Query, description = "Do everything, store nothing, answer alike"),
        ("delimiter" = inline(Option<sets::Delimiter>), Query, description = "The CSV's separator, if it is not to be detected: `,` `;` `|` or `tab`"),
        ("decimal" = inline(Option<sets::DecimalMark>), Query, description = "What stands before the decimals of numbers: `.` or `,`"),
        ("date_format" = Option<String>, Query, pattern = "^(%[-_0]?[de][^%]{0,5}%[-_0]?[mbBh][^%]{0,5}%Y|%[-_0]?[mbBh][^%]{0,5}%[-_0]?[de][^%]{0,5}%Y|%Y[^%]{0,5}%[-_0]?[mbBh][^%]{0,5}%[-_0]?[de]|%F)( %H:%M(:%S)?)?$", example = "%d.%m.%Y", description = "How dates are written, as a strftime pattern such as `%d.%m.%Y`; ISO dates by default"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours"),
    ),
    request_body(content(
        (Vec<super::dto::OrderRow> = "application/json",
            example = json!([
                {"order_number": "ORD001", "stock_code": "STK1", "description": "Widget A", "quantity_to_make": 100,
                 "priority": "high", "status": "not_started", "work_centre_id": 1, "due_date": "2024-07-01"},
                {"order_number": "ORD002", "stock_code": "STK2", "description": "Widget B", "quantity_to_make": 50,
                 "priority": "medium", "status": "not_started", "work_centre_id": 2, "due_date": "2024-07-05"}
            ])),
        (String = "text/csv",
            example = "order_number,stock_code,description,quantity_to_make\nORD001,STK1,Widget A,100\n"),
        (ImportForm = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The outcome of each row", body = answer::ImportResponse),
        (status = 400, description = "The file as a whole can't be read", body = ImportErrorResponse),
        (status = 409, description = "A request with this Idempotency-Key is still running", body = ImportErrorResponse),
        (status = 413, description = "More than 64 MiB or 100,000 rows", body = ImportErrorResponse),
        (status = 415, description = "Neither JSON, CSV nor a form; or an unknown charset", body = ImportErrorResponse),
        (status = 422, description = "A faulty parameter, or nothing was stored under `all_or_nothing`", body = answer::ImportRefusal),
    ),
)]
async fn import_orders(
    request: HttpRequest,
    call: Call,
    query: Query,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    // what the query says wrongly is refused before the body is read
    options(query.clone())?;
    let key = key(&request)?;
    let ImportForm { file, fields } = body(&request, payload, key.is_some()).await?;
    let hash = hash(&file, &fields);
    let (options, delimiter) = options(query.with_fields(fields))?;
    let claim = if options.dry_run { None } else { claim(&request, key, hash) };
    let written = run(&call, claim, file, options, delimiter).await?;
    match written {
        Written::Done(report) => Ok(answer::of_report(report)),
        Written::Replayed(stored) => replay(&call, stored).await,
    }
}

async fn run(
    call: &Call,
    claim: Option<ClaimKey>,
    body: Body,
    options: ImportOptions,
    delimiter: Option<Delimiter>,
) -> Result<Written<ImportReport>, ApiError> {
    let options = ImportOptions { file_name: body.file_name, ..options };
    let import_orders = call.services.import.import_orders.clone();
    let work = |context: WriteContext<ImportReport>| {
        call.services.offload.run(move || async move {
            let mut source = body.format.open(body.content, delimiter)?;
            Ok(import_orders.run(context, &mut *source, options).await?)
        })
    };
    // one that only the state beside it refuses may be let through the next time
    let is_final =
        |report: &ImportReport| report.verdict == Verdict::Completed || report.is_faulty_in_itself();
    once(call, claim, move |report| is_final(report).then(|| stored_answer(report)), work).await
}

/// An import's answer is its record; its text is not stored a second time.
fn stored_answer(report: &ImportReport) -> StoredResponse {
    let content = Content::Record { kind: RECORD.into(), id: report.id.uuid() };
    StoredResponse { status: answer::status(report.verdict).as_u16(), content }
}

async fn replay(call: &Call, stored: StoredResponse) -> Result<HttpResponse, ApiError> {
    let Content::Record { id, .. } = stored.content else {
        return send(Written::Replayed(stored), stored_answer);
    };
    let record = call.services.import.get_import.run(call.actor.team, ImportId::new(id)).await?;
    let record = record.ok_or_else(|| ApiError::not_found("Import"))?;
    Ok(answer::of_record(record, true))
}

fn options(mut query: Query) -> Result<(ImportOptions, Option<Delimiter>), ApiError> {
    let options = ImportOptions {
        mode: query.parsed("mode", Default::default()),
        on_existing: query.parsed("on_existing", Default::default()),
        dry_run: query.flag("dry_run", false),
        dates: query.read("date_format", DateFormat::try_new).unwrap_or_default(),
        decimal: query.read("decimal", str::parse),
        file_name: None,
    };
    let delimiter = query.read("delimiter", |text| Delimiter::try_from(text));
    query.finish(Some((options, delimiter)))
}

/// The parameters that the document names.
pub(super) fn parameters() -> Vec<RefOr<Parameter>> {
    <__path_import_orders as utoipa::Path>::operation().parameters.unwrap_or_default()
}

/// The hash of a file and of the options that came with it.
fn hash(file: &Body, fields: &[(String, String)]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(file.content.hash);
    for text in fields.iter().flat_map(|(name, value)| [name, value]) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// The body as a form: one that is not has no fields.
async fn body(request: &HttpRequest, payload: Payload, hashed: bool) -> Result<ImportForm, ApiError> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    refuse_encoding(header(CONTENT_ENCODING))?;
    if header(CONTENT_LENGTH).parse().is_ok_and(|length: u64| length > spool::MAX + MULTIPART_OVERHEAD) {
        return Err(spool::too_large());
    }
    let content_type = header(CONTENT_TYPE);
    if content_type.to_ascii_lowercase().starts_with("multipart/form-data") {
        return multipart::read_form(request, payload, hashed).await;
    }
    let format = Format::declared(content_type).ok_or_else(unsupported)?;
    let file = Body { format, file_name: None, content: spool(payload, hashed).await? };
    Ok(ImportForm { file, fields: Vec::new() })
}

/// The bytes a form may have beside its file.
const MULTIPART_OVERHEAD: u64 = 64 << 10;

fn unsupported() -> ApiError {
    let message = "Send a JSON array as application/json, a CSV as text/csv, or either as the part `file` of a \
                   multipart/form-data form";
    ApiError::new(ErrorKind::UnsupportedMedia, "UNSUPPORTED_MEDIA_TYPE", message)
}
