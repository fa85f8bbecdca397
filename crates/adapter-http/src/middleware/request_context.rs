//! Assigns each request its id, logs and measures it once, and renders errors in the API's shape.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use futures_util::FutureExt;
use tracing::Instrument;

use crate::middleware::limits;
use crate::response::errors::ApiError;
use crate::response::surface::Surface;
use crate::services::Services;

/// The header of every answer.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's id: the caller's own if it is short and plain ASCII, else a new one.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// The registered path that a request matched. Looked up once: it is a search through every route.
#[derive(Debug, Clone)]
pub(crate) struct MatchedPath(pub(crate) Arc<str>);

impl RequestId {
    fn of(request: &ServiceRequest, services: &Services) -> Self {
        let sent = request.headers().get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        let plain = |id: &&str| {
            (1..=64).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        let id = sent.filter(plain).map(str::to_owned);
        Self(id.unwrap_or_else(|| format!("req_{}", services.ids.uuid().simple())))
    }

    /// Writes what every answer carries.
    fn write(&self, headers: &mut HeaderMap) {
        headers.insert(X_REQUEST_ID, HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("")));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
}

pub(crate) async fn wrap(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = RequestId::of(&request, &services);
    let surface = Surface::of(request.path());
    let route: Option<Arc<str>> = request.match_pattern().map(Arc::from);
    if let Some(route) = &route {
        request.extensions_mut().insert(MatchedPath(route.clone()));
    }
    let route = route.unwrap_or_else(|| "unknown".into());
    let method = request.method().clone();
    let span = tracing::info_span!("request", id = %id.0, %method, %route);
    request.extensions_mut().insert(id.clone());
    let started = Instant::now();
    let answered = AssertUnwindSafe(next.call(request).instrument(span.clone())).catch_unwind().await;
    let _entered = span.entered();
    let sealed = |headers: &mut HeaderMap, status| {
        id.write(headers);
        measure(surface, &route, method.as_str(), status, started);
    };
    match answered {
        Ok(response) => {
            let mut response = shaped(response?.map_into_boxed_body(), surface, &id, &services);
            limits::write_headers(&mut response);
            let status = response.status();
            sealed(response.headers_mut(), status);
            Ok(response)
        }
        Err(panic) => {
            let error = panicked(&*panic);
            let mut answer = rendered(&error, surface, &id, &services);
            sealed(answer.headers_mut(), error.status);
            // the panic took the request, which a service response would need
            Err(InternalError::from_response("panicked", answer).into())
        }
    }
}

/// Gives an id to what is answered before [`wrap`]: preflight requests.
pub(crate) async fn identify(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = RequestId::of(&request, &services);
    let mut response = next.call(request).await?.map_into_boxed_body();
    if !response.headers().contains_key(X_REQUEST_ID) {
        id.write(response.headers_mut());
    }
    Ok(response)
}

/// A panic ends its request, not the service; to the caller it is an internal error.
fn panicked(panic: &(dyn Any + Send)) -> ApiError {
    let said =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let mut error = ApiError::of_status(StatusCode::INTERNAL_SERVER_ERROR);
    error.cause = Some(format!("panicked: {}", said.unwrap_or("without a word")).into());
    error
}

fn measure(surface: Surface, route: &str, method: &str, status: StatusCode, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    let labels = [
        ("surface", surface.name().to_owned()),
        ("route", route.to_owned()),
        ("method", method.to_owned()),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("throughline_http_requests_total", &labels).increment(1);
    metrics::histogram!("throughline_http_request_seconds", &labels).record(seconds);
    tracing::info!(status = status.as_u16(), milliseconds = seconds * 1_000.0, "answered");
}

/// Renders an error in the API's shape; other answers pass.
fn shaped(
    response: ServiceResponse,
    surface: Surface,
    id: &RequestId,
    services: &Services,
) -> ServiceResponse {
    let status = response.status();
    let carried = response.response().extensions().get::<ApiError>().cloned();
    let own_error = status.is_client_error() || status.is_server_error();
    let has_body = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let error = match carried {
        Some(error) => error,
        None if own_error && !has_body => ApiError::of_status(status),
        None => return response,
    };
    let (request, bare) = response.into_parts();
    let mut answer = rendered(&error, surface, id, services);
    for name in [ALLOW, RETRY_AFTER, WWW_AUTHENTICATE] {
        if let Some(value) = bare.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    ServiceResponse::new(request, answer)
}

/// The error as an answer in the API's shape; logs it once.
fn rendered(error: &ApiError, surface: Surface, id: &RequestId, services: &Services) -> HttpResponse {
    log(error);
    let body = surface.render(error, &id.0, services.clock.now());
    let mut answer = HttpResponse::build(error.status);
    if let Some(seconds) = error.retry_after {
        answer.insert_header((RETRY_AFTER, seconds));
    }
    if error.status == StatusCode::UNAUTHORIZED {
        answer.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
    }
    answer.content_type("application/json").body(body)
}

fn log(error: &ApiError) {
    match &error.cause {
        Some(cause) if error.status.is_server_error() => {
            tracing::error!(code = error.code, %cause, "request failed")
        }
        _ => tracing::debug!(code = error.code, message = error.message, "request refused"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::middleware::authorisation::tests::services;
    use actix_web::App;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service};
    use serde_json::{Value, json};

    async fn panics() -> HttpResponse {
        panic!("the sky fell");
    }

    #[actix_web::test]
    async fn a_panic_is_a_500_in_the_surfaces_shape_with_the_requests_id() {
        let route = |path| web::resource(path).route(web::get().to(panics));
        let app = App::new()
            .app_data(services())
            .service(route("/api/v1/departments"))
            .service(route("/api/orders/imports"))
            .service(route("/api/users"))
            .wrap(from_fn(wrap));
        let app = init_service(app).await;
        for (path, expected) in [
            ("/api/v1/departments", json!({"error": {"code": "INTERNAL_ERROR", "requestId": "req-7"}})),
            ("/api/orders/imports", json!({"success": false, "error": "INTERNAL_ERROR"})),
            ("/api/users", json!({"success": false, "error": "Something went wrong on our side"})),
        ] {
            let request = TestRequest::get().uri(path).insert_header(("x-request-id", "req-7")).to_request();
            // as the server does with what its services fail with
            let response = match actix_web::test::try_call_service(&app, request).await {
                Ok(response) => panic!("a panic is no answer: {response:?}"),
                Err(error) => error.error_response(),
            };
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(response.headers().get("x-request-id").unwrap(), "req-7");
            let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert!(holds(&body, &expected) && !body.to_string().contains("sky"), "{body}");
        }
    }

    /// Whether a value has every field of another, however deep.
    fn holds(found: &Value, expected: &Value) -> bool {
        match expected.as_object() {
            Some(fields) => {
                fields.iter().all(|(name, value)| found.get(name).is_some_and(|found| holds(found, value)))
            }
            None => found == expected,
        }
    }
}
