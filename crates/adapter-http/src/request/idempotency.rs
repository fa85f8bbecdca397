//! `Idempotency-Key`: the first answer to a creating request answers every repetition (`docs/spec/common.md`,
//! "Idempotency").

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use kernel::error::Fault;
use kernel::write::{Claim, ClaimKey, Content, RenderResponse, StoredResponse, WriteContext, Written};
use sha2::{Digest, Sha256};

use crate::request::call::Call;
use crate::response::errors::ApiError;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The request's key, if it has one.
pub(crate) fn key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(key.to_owned()));
    }
    let message = "must have 1 to 255 visible ASCII characters";
    Err(ApiError::invalid(vec![Fault::new("Idempotency-Key", "INVALID_VALUE", message)]))
}

/// The key's claim: this method and path, with this query and content.
pub(crate) fn claim(request: &HttpRequest, key: Option<String>, content_hash: [u8; 32]) -> Option<ClaimKey> {
    let key = key?;
    let mut hash = Sha256::new();
    hash.update((request.query_string().len() as u64).to_be_bytes());
    hash.update(request.query_string());
    hash.update(content_hash);
    Some(ClaimKey {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        key,
        fingerprint: hash.finalize().into(),
    })
}

/// Does a creating request's work once: `render` is the answer that is stored, if one is. A refusal that would be the same
/// again is stored for the key too.
pub(crate) async fn once<O>(
    call: &Call,
    claim: Option<ClaimKey>,
    render: impl Fn(&O) -> Option<StoredResponse> + Send + Sync + 'static,
    work: impl AsyncFnOnce(WriteContext<O>) -> Result<Written<O>, ApiError>,
) -> Result<Written<O>, ApiError> {
    let render: RenderResponse<O> = Box::new(render);
    let context = call.context().claimed(claim.clone().map(|key| Claim { key, render }));
    match (work(context).await, claim) {
        (Err(error), Some(key)) if error.lasting => store_refusal(call, key, error).await,
        (done, _) => done,
    }
}

async fn store_refusal<O>(call: &Call, key: ClaimKey, error: ApiError) -> Result<Written<O>, ApiError> {
    // the answer that is sent is the one that is stored, its time included
    let error = ApiError { at: Some(call.at), ..error };
    let body = call.surface.render(&error, &call.request_id, call.at);
    let answer = StoredResponse { status: error.status.as_u16(), content: Content::Json(body) };
    let claim = Claim { key, render: Box::new(|answer: &StoredResponse| Some(answer.clone())) };
    match call.services.responses.store_response(call.context().claimed(Some(claim)), answer).await? {
        Written::Done(_) => Err(error),
        Written::Replayed(stored) => Ok(Written::Replayed(stored)),
    }
}

/// A JSON answer to be stored and sent.
pub(crate) fn json_answer(status: StatusCode, body: &impl serde::Serialize) -> StoredResponse {
    // response types hold strings, numbers and lists only, which always serialise
    let body = serde_json::to_string(body).unwrap_or_default();
    StoredResponse { status: status.as_u16(), content: Content::Json(body) }
}

/// Sends a change's outcome, or the stored answer of the first time.
pub(crate) fn send<O>(
    written: Written<O>,
    render: impl Fn(&O) -> StoredResponse,
) -> Result<HttpResponse, ApiError> {
    let (answer, replayed) = match written {
        Written::Done(outcome) => (render(&outcome), false),
        Written::Replayed(answer) => (answer, true),
    };
    let Content::Json(body) = answer.content else {
        return Err(ApiError::of_status(StatusCode::INTERNAL_SERVER_ERROR));
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    if replayed {
        response.insert_header(replayed_header());
    }
    Ok(response.content_type("application/json").body(body))
}

/// Marks an answer that holds a secret, so that nothing on its way stores it (RFC 6749, 5.1).
pub(crate) fn unstored(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The header of a repeated answer.
pub(crate) fn replayed_header() -> (HeaderName, &'static str) {
    (IDEMPOTENT_REPLAYED, "true")
}
