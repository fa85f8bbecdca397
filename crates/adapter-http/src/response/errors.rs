//! From errors to answers: the kind gives the status, the API the shape.

use std::fmt;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use chrono::{DateTime, Utc};
use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use serde_json::Value;

/// An error on its way to the caller; `request_context` renders it in the API's shape.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    /// For programs, listed in `docs/API.md`.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) faults: Vec<Fault>,
    /// The value of the first faulty field, if the caller sent one.
    pub(crate) value: Option<Box<Value>>,
    /// More for programs, by name.
    pub(crate) details: Option<Box<Value>>,
    /// Seconds after which the caller may come back, if known.
    pub(crate) retry_after: Option<u32>,
    /// Whether the same request would always be refused: then the answer is stored for its idempotency key.
    pub(crate) lasting: bool,
    /// The time it shows, if it is stored for an idempotency key; else the present.
    pub(crate) at: Option<DateTime<Utc>>,
    /// The chain of causes, for the log; never shown.
    pub(crate) cause: Option<Arc<str>>,
}

/// The table from kinds to statuses.
pub(crate) const fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Malformed => StatusCode::BAD_REQUEST,
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Stale => StatusCode::PRECONDITION_FAILED,
        ErrorKind::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl ApiError {
    /// An error of this crate.
    pub(crate) fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        let lasting = matches!(
            kind,
            ErrorKind::Malformed | ErrorKind::Invalid | ErrorKind::TooLarge | ErrorKind::UnsupportedMedia
        );
        Self {
            status: status(kind),
            code,
            message: message.into(),
            faults: Vec::new(),
            value: None,
            details: None,
            retry_after: (kind == ErrorKind::Unavailable).then_some(1),
            lasting,
            at: None,
            cause: None,
        }
    }

    /// Faulty fields.
    pub(crate) fn invalid(faults: Vec<Fault>) -> Self {
        let mut error = Self::new(ErrorKind::Invalid, "VALIDATION_ERROR", "Validation failed");
        error.faults = faults;
        error
    }

    /// The same error, with the value of the first faulty field.
    #[must_use]
    pub(crate) fn holding(mut self, value: impl FnOnce(&str) -> Option<Value>) -> Self {
        self.value = self.faults.first().and_then(|fault| value(&fault.field)).map(Box::new);
        self
    }

    /// No such thing in the caller's team, or no such route.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(ErrorKind::NotFound, "NOT_FOUND", format!("{what} not found"))
    }

    /// Missing or invalid credentials.
    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(ErrorKind::Unauthorized, "UNAUTHORIZED", message)
    }

    /// An internal error, with its cause for the log.
    pub(crate) fn failed(cause: impl Into<Arc<str>>) -> Self {
        Self { cause: Some(cause.into()), ..Self::of_status(StatusCode::INTERNAL_SERVER_ERROR) }
    }

    /// The error of a bare status, for answers that actix gives itself.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let (kind, code, message) = match status {
            StatusCode::NOT_FOUND => (ErrorKind::NotFound, "NOT_FOUND", "There is nothing at this address"),
            StatusCode::METHOD_NOT_ALLOWED => {
                (ErrorKind::Conflict, "METHOD_NOT_ALLOWED", "This address does not take this method")
            }
            StatusCode::PAYLOAD_TOO_LARGE => {
                (ErrorKind::TooLarge, "PAYLOAD_TOO_LARGE", "The body is too large")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                (ErrorKind::UnsupportedMedia, "UNSUPPORTED_MEDIA_TYPE", "This content type is not taken here")
            }
            status if status.is_client_error() => {
                (ErrorKind::Malformed, "BAD_REQUEST", "The request can't be read")
            }
            _ => (ErrorKind::Internal, "INTERNAL_ERROR", "Something went wrong on our side"),
        };
        Self { status, ..Self::new(kind, code, message) }
    }
}

/// A domain's error as an API shows it.
pub(crate) trait DomainError: Classified {
    /// The fields it blames, by their names in the API.
    fn wire_faults(&self) -> Vec<Fault> {
        Vec::new()
    }

    /// Whether no change of state can mend it, so that it is stored for the request's idempotency key.
    fn is_lasting(&self) -> bool {
        matches!(self.kind(), ErrorKind::Malformed | ErrorKind::TooLarge | ErrorKind::UnsupportedMedia)
    }
}

impl DomainError for StoreError {}

impl<E: DomainError> From<E> for ApiError {
    fn from(error: E) -> Self {
        let kind = error.kind();
        let mut answer = Self::new(kind, error.code(), sentence(&error.to_string()));
        answer.faults = error.wire_faults();
        let details = error.details();
        answer.details = (!details.is_empty())
            .then(|| Box::new(details.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()));
        if kind == ErrorKind::Invalid && !answer.faults.is_empty() {
            answer.message = "Validation failed".into();
        }
        answer.retry_after = error.retry_after().or(answer.retry_after);
        if matches!(kind, ErrorKind::Unavailable | ErrorKind::Internal) {
            answer.cause = Some(chain(&error).into());
            answer.message = match kind {
                ErrorKind::Unavailable => "The service can't do this right now; try again shortly".into(),
                _ => "Something went wrong on our side".into(),
            };
        }
        answer.lasting = error.is_lasting();
        answer
    }
}

/// Error texts are lower case in the code and sentences to callers.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.code)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Carries the error itself; `request_context` renders it.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status);
        response.extensions_mut().insert(self.clone());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_ours_hides_its_cause_and_keeps_it_for_the_log() {
        let error = ApiError::from(StoreError::Internal("relation \"orders\" does not exist".into()));
        assert_eq!(error.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(error.message, "Something went wrong on our side");
        assert_eq!(error.cause.as_deref(), Some("the store failed: relation \"orders\" does not exist"));
    }

    #[test]
    fn only_refusals_that_would_come_again_are_lasting() {
        assert!(ApiError::invalid(Vec::new()).lasting);
        assert!(ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE).lasting);
        for status in [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED] {
            assert!(!ApiError::of_status(status).lasting, "{status}");
        }
        assert!(!ApiError::from(StoreError::ClaimInFlight).lasting);
        assert!(!ApiError::from(StoreError::ClaimReused).lasting);
        assert!(!ApiError::unauthorized("no").lasting);
        assert!(!ApiError::from(StoreError::Unavailable("busy".into())).lasting);
    }
}
