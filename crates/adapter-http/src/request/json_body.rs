//! Small JSON bodies: read whole, hashed for idempotency, then parsed.

use std::marker::PhantomData;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{FromRequest, HttpRequest, dev};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use kernel::error::{ErrorKind, Fault};
use kernel::write::{ClaimKey, StoredResponse, WriteContext, Written};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::request::body::{self, RequestBody};
use crate::request::call::Call;
use crate::request::faults::Faults;
use crate::request::idempotency::{self, once};
use crate::request::json_object::{self, MAX_VALUES, Unreadable};
use crate::response::errors::ApiError;

/// The most bytes of a small JSON body: 256 KiB.
pub(crate) const MAX: usize = 256 << 10;

/// The most bytes of a body that takes about a millisecond to parse: 64 KiB.
const SHORT: usize = 64 << 10;

/// The body of a request, to be read as a `B`.
pub(crate) struct JsonBody<B, const MAX_BYTES: usize = MAX> {
    text: JsonText,
    request: HttpRequest,
    body: PhantomData<fn() -> B>,
}

impl<B: RequestBody + 'static, const MAX_BYTES: usize> FromRequest for JsonBody<B, MAX_BYTES> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let (request, payload) = (request.clone(), Payload::from_request(request, payload));
        Box::pin(async move {
            let payload = payload.await.map_err(|_| malformed("the body broke off"))?;
            let text = match B::IS_OPTIONAL {
                true => JsonText::read_or_empty(&request, payload).await?,
                false => JsonText::read(MAX_BYTES, &request, payload).await?,
            };
            Ok(Self { text, request, body: PhantomData })
        })
    }
}

impl<B: RequestBody, const MAX_BYTES: usize> JsonBody<B, MAX_BYTES> {
    /// What the use case takes.
    ///
    /// # Errors
    /// Every fault at once, with what the first faulty field held.
    pub(crate) fn parse(&self) -> Result<B::Domain, ApiError> {
        self.text.parse::<B>()
    }

    /// The same of a body whose mapping depends on more than the body.
    ///
    /// # Errors
    /// Every fault at once, with what the first faulty field held.
    pub(crate) fn parse_as<T>(
        &self,
        into_domain: impl FnOnce(B, &mut Faults) -> Option<T>,
    ) -> Result<T, ApiError> {
        self.text.parse_as(into_domain)
    }

    /// Does the request's work, with the body as the use case takes it.
    ///
    /// # Errors
    /// Every fault of the body, or why the work fails, with what the first faulty field held.
    pub(crate) async fn run<O, E: Into<ApiError>>(
        &self,
        call: &Call,
        work: impl AsyncFnOnce(WriteContext<O>, B::Domain) -> Result<Written<O>, E>,
    ) -> Result<Written<O>, ApiError> {
        let body = self.parse()?;
        work(call.context(), body).await.map_err(|error| self.text.explain(error))
    }

    /// The same once for all requests with one idempotency key; `render` is the answer that is stored for them.
    ///
    /// # Errors
    /// As of [`run`](Self::run).
    pub(crate) async fn once<O, E: Into<ApiError>>(
        &self,
        call: &Call,
        render: impl Fn(&O) -> StoredResponse + Send + Sync + 'static,
        work: impl AsyncFnOnce(WriteContext<O>, B::Domain) -> Result<Written<O>, E>,
    ) -> Result<Written<O>, ApiError> {
        let work = async |context| {
            let body = self.parse()?;
            work(context, body).await.map_err(|error| self.text.explain(error))
        };
        once(call, self.text.claim(&self.request)?, move |outcome| Some(render(outcome)), work).await
    }
}

/// The text of a body that was read and not yet parsed.
pub(crate) struct JsonText(Bytes);

impl JsonText {
    /// Reads a body of at most `max` bytes whose content type is JSON.
    pub(crate) async fn read(max: usize, request: &HttpRequest, payload: Payload) -> Result<Self, ApiError> {
        check_type(request)?;
        read_all(max, payload).await.map(Self)
    }

    /// Reads a body that may be left out, which then is `{}`.
    pub(crate) async fn read_or_empty(request: &HttpRequest, payload: Payload) -> Result<Self, ApiError> {
        if request.headers().contains_key(CONTENT_TYPE) {
            return Self::read(MAX, request, payload).await;
        }
        let body = read_all(MAX, payload).await?;
        if body.is_empty() {
            Ok(Self(Bytes::from_static(b"{}")))
        } else {
            check_type(request).map(|()| Self(body))
        }
    }

    /// Whether it is small enough to be parsed on the thread that answers; larger ones are offloaded.
    pub(crate) fn is_short(&self) -> bool {
        self.0.len() <= SHORT
    }

    /// SHA-256 of the bytes, for the idempotency fingerprint.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// What the use case takes, read from the body as a `B`.
    ///
    /// # Errors
    /// Every fault at once, with what the first faulty field held.
    pub(crate) fn parse<B: RequestBody>(&self) -> Result<B::Domain, ApiError> {
        self.parse_as(B::into_domain)
    }

    /// The same of a body whose mapping depends on more than the body.
    ///
    /// # Errors
    /// Every fault at once, with what the first faulty field held.
    pub(crate) fn parse_as<B: RequestBody, T>(
        &self,
        into_domain: impl FnOnce(B, &mut Faults) -> Option<T>,
    ) -> Result<T, ApiError> {
        self.read_as(into_domain)?.map_err(|faults| self.explain(ApiError::invalid(faults)))
    }

    /// The same, with every fault of its fields.
    ///
    /// # Errors
    /// That it is no JSON object, or repeats a key.
    pub(crate) fn read_as<B: RequestBody, T>(
        &self,
        into_domain: impl FnOnce(B, &mut Faults) -> Option<T>,
    ) -> Result<Result<T, Vec<Fault>>, ApiError> {
        self.object()?;
        let text = str::from_utf8(self.text()).map_err(|error| malformed(&error.to_string()))?;
        Ok(body::read_text_as(text, into_domain))
    }

    /// What the request's idempotency key claims, if it has one.
    pub(crate) fn claim(&self, request: &HttpRequest) -> Result<Option<ClaimKey>, ApiError> {
        Ok(idempotency::claim(request, idempotency::key(request)?, self.hash()))
    }

    /// Parses the body: one JSON object, no key twice in any object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, ApiError> {
        let text = self.text();
        if text.trim_ascii().is_empty() {
            let message = "The body is empty; send a JSON object";
            return Err(ApiError::new(ErrorKind::Malformed, "INVALID_JSON", message));
        }
        if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
            return Err(malformed("it is UTF-16; send it as UTF-8"));
        }
        json_object::read(text, MAX_VALUES).map_err(|error| match error {
            Unreadable::Malformed(error) => malformed(&error.to_string()),
            Unreadable::TooMany => too_large(format!(
                "The body may have at most {MAX_VALUES} values and keys, of which an object counts as ten"
            )),
        })
    }

    /// Without the byte order mark that editors put there, which says nothing of UTF-8.
    fn text(&self) -> &[u8] {
        self.0.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.0)
    }

    /// The error, with the value that the first faulty field has in this body.
    pub(crate) fn explain(&self, error: impl Into<ApiError>) -> ApiError {
        let fields = self.object().unwrap_or_default();
        error.into().holding(|path| held(&fields, path))
    }
}

/// The value at a path such as `fields.0.type`.
fn held(fields: &Map<String, Value>, path: &str) -> Option<Value> {
    let mut steps = path.split('.');
    let first = fields.get(steps.next()?)?;
    let found = steps.try_fold(first, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    });
    found.cloned()
}

async fn read_all(max: usize, mut payload: Payload) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|_| malformed("the body broke off"))?;
        if body.len() + piece.len() > max {
            return Err(too_large(format!("The body may have at most {max} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

fn check_type(request: &HttpRequest) -> Result<(), ApiError> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = header(CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let message = "Send the body as application/json";
        return Err(ApiError::new(ErrorKind::UnsupportedMedia, "UNSUPPORTED_MEDIA_TYPE", message));
    }
    refuse_encoding(header(CONTENT_ENCODING))
}

/// Refuses compressed bodies: a small one could unfold into gigabytes.
pub(crate) fn refuse_encoding(encoding: &str) -> Result<(), ApiError> {
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return Ok(());
    }
    let message = "Send the body without content encoding";
    Err(ApiError::new(ErrorKind::UnsupportedMedia, "UNSUPPORTED_MEDIA_TYPE", message))
}

fn too_large(message: String) -> ApiError {
    ApiError::new(ErrorKind::TooLarge, "PAYLOAD_TOO_LARGE", message)
}

fn malformed(why: &str) -> ApiError {
    ApiError::new(ErrorKind::Malformed, "INVALID_JSON", format!("The body is not valid JSON: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::StatusCode;

    fn fields(body: &'static str) -> Result<Map<String, Value>, ApiError> {
        JsonText(Bytes::from_static(body.as_bytes())).object()
    }

    #[test]
    fn what_is_no_object_with_keys_that_differ_is_400() {
        for body in [
            "{\"name\":",
            "[]",
            "7",
            "{\"name\": 1, \"name\": 2}",
            "{\"items\": [{\"name\": 1, \"name\": 2}]}",
            "{} {}",
            "",
        ] {
            let error = fields(body).map(drop).unwrap_err();
            assert_eq!((error.status, error.code), (StatusCode::BAD_REQUEST, "INVALID_JSON"), "{body}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over_and_what_is_no_json_at_all_is_named() {
        let marked = fields("\u{feff}{\"name\": 7}").map(Value::Object).unwrap();
        assert_eq!(marked, serde_json::json!({"name": 7}));
        let message = |body: &'static [u8]| JsonText(Bytes::from_static(body)).object().unwrap_err().message;
        for body in [&b""[..], b" \r\n", b"\xef\xbb\xbf"] {
            assert_eq!(message(body), "The body is empty; send a JSON object");
        }
        let utf_16 = "The body is not valid JSON: it is UTF-16; send it as UTF-8";
        assert_eq!([message(b"\xff\xfe{\0}\0"), message(b"\xfe\xff\0{\0}")], [utf_16; 2]);
    }

    #[test]
    fn deep_json_is_refused_not_followed() {
        let deep = Box::leak(format!("{{\"x\":{}", "[".repeat(100_000)).into_boxed_str());
        assert_eq!(fields(deep).map(drop).unwrap_err().status, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn more_values_than_there_may_be_are_too_large() {
        let body = format!("{{\"x\":[0{}]}}", ",0".repeat(MAX_VALUES));
        let error = fields(body.leak()).map(drop).unwrap_err();
        assert_eq!((error.status, error.code), (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"));
        assert_eq!(
            error.message,
            "The body may have at most 1500000 values and keys, of which an object counts as ten"
        );
    }

    #[test]
    fn an_error_shows_what_the_first_faulty_field_held_however_deep() {
        let body = JsonText(Bytes::from_static(br#"{"fields": [{"type": "float"}, 7]}"#));
        for (path, held) in [
            ("fields.0.type", Some(Value::from("float"))),
            ("fields.1", Some(Value::from(7))),
            ("fields.1.type", None),
            ("fields.2", None),
            ("fields.x", None),
            ("name", None),
        ] {
            let error = ApiError::invalid(vec![Fault::new(path.to_owned(), "INVALID_VALUE", "x")]);
            assert_eq!(body.explain(error).value.map(|value| *value), held, "{path}");
        }
    }
}
