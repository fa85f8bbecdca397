//! The outermost layer: the request id, one log line and one measurement a request, and errors in their shape.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};
use futures_util::FutureExt;
use tracing::Instrument;

use crate::errors::ApiError;
use crate::services::Services;
use crate::surface::Surface;

/// The header that every answer of every surface carries.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's id: the caller's own if it is short and plain, else a new one.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

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
}

pub(crate) async fn wrap(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = RequestId::of(&request, &services);
    let surface = Surface::of(request.path());
    let route = request.match_pattern().unwrap_or_else(|| "unknown".into());
    let method = request.method().clone();
    let span = tracing::info_span!("request", id = %id.0, %method, %route);
    request.extensions_mut().insert(id.clone());
    let started = Instant::now();
    let respond_to = request.request().clone();
    let answered = AssertUnwindSafe(next.call(request).instrument(span.clone())).catch_unwind().await;
    let response = match answered {
        Ok(response) => response?.map_into_boxed_body(),
        Err(panic) => ServiceResponse::new(respond_to, panicked(&*panic).error_response()),
    };
    let _entered = span.entered();
    let mut response = shaped(response, surface, &id, &services);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(X_REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    measure(surface, &route, method.as_str(), response.status(), started);
    Ok(response)
}

/// A panic ends its request, not the service, and is a failure like any other to the caller.
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

/// Gives an error the surface's shape; other answers pass.
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
    log(&error);
    let body = surface.render(&error, &id.0, services.clock.now());
    let (request, bare) = response.into_parts();
    let mut answer = HttpResponse::build(error.status);
    for name in [ALLOW, RETRY_AFTER, WWW_AUTHENTICATE] {
        if let Some(value) = bare.headers().get(&name) {
            answer.insert_header((name, value.clone()));
        }
    }
    if let Some(seconds) = error.retry_after {
        answer.insert_header((RETRY_AFTER, seconds));
    }
    if error.status == StatusCode::UNAUTHORIZED {
        answer.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
    }
    ServiceResponse::new(request, answer.content_type("application/json").body(body))
}

fn log(error: &ApiError) {
    match &error.cause {
        Some(cause) if error.status.is_server_error() => {
            tracing::error!(code = error.code, %cause, "request failed")
        }
        _ => tracing::debug!(code = error.code, message = error.message, "request refused"),
    }
}
