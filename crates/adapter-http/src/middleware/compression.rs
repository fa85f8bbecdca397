//! Compresses JSON and CSV answers for callers that accept it (`docs/spec/common.md`, "Compression").

use actix_http::encoding::Encoder;
use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_TYPE, ContentEncoding, ETAG, Encoding, Header,
    HeaderMap, HeaderValue, VARY,
};
use actix_web::middleware::Next;

/// The fewest bytes that are compressed.
const LEAST: u64 = 1 << 10;

/// Compresses an answer. A stream, whose size nobody knows, is sent as it is; so is what nothing may store, as its length
/// would tell of the secret in it.
pub(crate) async fn compress(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_head = request.method() == Method::HEAD;
    let encoding = accepted(&request);
    let response = next.call(request).await?;
    let is_large = matches!(response.response().body().size(), BodySize::Sized(size) if size >= LEAST);
    if is_head || !is_large || !is_compressible(response.headers()) {
        return Ok(response.map_into_boxed_body());
    }
    if encoding == ContentEncoding::Identity {
        let mut response = response.map_into_boxed_body();
        // a cache may not give it to callers that take it compressed
        response.headers_mut().append(VARY, HeaderValue::from_name(ACCEPT_ENCODING));
        return Ok(response);
    }
    let mut response = response.map_body(|head, body| Encoder::response(encoding, head, body));
    weaken(response.headers_mut());
    Ok(response.map_into_boxed_body())
}

/// The best encoding that the caller takes.
fn accepted(request: &ServiceRequest) -> ContentEncoding {
    let offered = [Encoding::zstd(), Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request).ok().filter(|accepted| !accepted.is_empty());
    match accepted.and_then(|accepted| accepted.negotiate(offered.iter())) {
        Some(Encoding::Known(encoding)) => encoding,
        _ => ContentEncoding::Identity,
    }
}

fn is_compressible(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    matches!(kind, "application/json" | "text/csv") && !headers.contains_key(CACHE_CONTROL)
}

/// Compressed bytes are not those that a strong tag names.
fn weaken(headers: &mut HeaderMap) {
    let strong = headers.get(ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| !tag.starts_with("W/"));
    if let Some(weak) = strong.and_then(|tag| HeaderValue::try_from(format!("W/{tag}")).ok()) {
        headers.insert(ETAG, weak);
    }
}
