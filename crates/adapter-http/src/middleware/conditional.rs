//! `ETag` and `If-None-Match` of what is read by id (RFC 9110, 13.1.2; `docs/spec/common.md`, "Versions").

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, EntityTag, Header, HeaderMap, HeaderValue, IfNoneMatch,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};
use sha2::{Digest, Sha256};

/// Gives the JSON that is read by id a tag that changes with every byte of it: the version that the handler named, if it
/// named one, and a digest. A caller who has that answer gets 304.
pub(crate) async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_read = [Method::GET, Method::HEAD].contains(request.method())
        && request.match_pattern().is_some_and(|path| path.contains('{'));
    let response = next.call(request).await?;
    if !is_read || response.status() != StatusCode::OK || !is_json(response.headers()) {
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) => body,
        // a stream is sent as it comes
        Err(body) => return Ok(ServiceResponse::new(request, head.set_body(body).map_into_boxed_body())),
    };
    let tag = tag(head.headers(), &body);
    let is_known = has_it(&request, &tag);
    let mut response = head.set_body(body).map_into_boxed_body();
    if is_known {
        response = actix_web::HttpResponse::NotModified().finish();
    }
    if let Ok(tag) = HeaderValue::try_from(tag.to_string()) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(ServiceResponse::new(request, response))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json")
        && !headers.contains_key(CONTENT_DISPOSITION)
}

fn tag(headers: &HeaderMap, body: &[u8]) -> EntityTag {
    let digest: String = Sha256::digest(body).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let version = headers.get(ETAG).and_then(|tag| tag.to_str().ok()).map(|tag| tag.trim_matches('"'));
    EntityTag::new_strong(version.map(|version| format!("{version}-{digest}")).unwrap_or(digest))
}

/// Whether the caller's `If-None-Match` names the tag; compressing made it weak.
pub(crate) fn has_it(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}
