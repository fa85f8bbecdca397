//! Small JSON bodies: read whole, hashed for idempotency, then parsed.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt;
use kernel::change::Change;
use kernel::error::{ErrorKind, Fault};
use kernel::write::ClaimKey;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::request::body::{self, RequestBody};
use crate::request::faults::Faults;
use crate::request::field::decimal;
use crate::request::idempotency;
use crate::request::json_object::{self, MAX_VALUES, Unreadable};
use crate::response::errors::ApiError;

/// The most bytes of a small JSON body: 256 KiB.
pub(crate) const MAX: usize = 256 << 10;

/// The most bytes of a body that takes about a millisecond to parse: 64 KiB.
const SHORT: usize = 64 << 10;

/// A body that was read and not yet parsed.
pub(crate) struct JsonBody(Bytes);

impl JsonBody {
    /// Reads a body of at most [`MAX`] bytes whose content type is JSON.
    pub(crate) async fn read(request: &HttpRequest, payload: Payload) -> Result<Self, ApiError> {
        Self::read_within(MAX, request, payload).await
    }

    /// The same, of at most `max` bytes.
    pub(crate) async fn read_within(
        max: usize,
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<Self, ApiError> {
        check_type(request)?;
        read_all(max, payload).await.map(Self)
    }

    /// Reads a body that may be left out, which then is `{}`.
    pub(crate) async fn read_or_empty(request: &HttpRequest, payload: Payload) -> Result<Self, ApiError> {
        if request.headers().contains_key(CONTENT_TYPE) {
            return Self::read(request, payload).await;
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

    /// Parses the body into its fields: one JSON object, no key twice in any object.
    pub(crate) fn fields(&self) -> Result<Fields, ApiError> {
        let values = json_object::read(&self.0, MAX_VALUES).map_err(|error| match error {
            Unreadable::Malformed(error) => malformed(&error.to_string()),
            Unreadable::TooMany => too_large(format!(
                "The body may have at most {MAX_VALUES} values and keys, of which an object counts as ten"
            )),
        })?;
        Ok(Fields { values, faults: Vec::new() })
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
        body::read_as(self.object()?, into_domain).map_err(|faults| self.explain(ApiError::invalid(faults)))
    }

    /// What the request's idempotency key claims, if it has one.
    pub(crate) fn claim(&self, request: &HttpRequest) -> Result<Option<ClaimKey>, ApiError> {
        Ok(idempotency::claim(request, idempotency::key(request)?, self.hash()))
    }

    /// Parses the body into its object, to be read by a domain.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, ApiError> {
        Ok(self.fields()?.values)
    }

    /// The error, with the value that the first faulty field has in this body.
    pub(crate) fn explain(&self, error: impl Into<ApiError>) -> ApiError {
        let fields = self.fields().map(|fields| fields.values).unwrap_or_default();
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

/// The fields of a JSON object, and the faults met while reading them. `null` is as good as absent, but where a
/// field can be cleared.
pub(crate) struct Fields {
    values: Map<String, Value>,
    faults: Vec<Fault>,
}

impl Fields {
    /// A text.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.read(name, "must be text", |value| value.as_str().map(str::to_owned))
    }

    /// A text that `null` clears.
    pub(crate) fn clearable_text(&mut self, name: &'static str) -> Change<String> {
        if self.values.get(name).is_some_and(Value::is_null) {
            return Change::Clear;
        }
        self.text(name).map_or(Change::Keep, Change::Set)
    }

    /// A whole number.
    pub(crate) fn integer(&mut self, name: &'static str) -> Option<i64> {
        self.read(name, "must be a whole number", Value::as_i64)
    }

    /// True or false.
    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, "must be true or false", Value::as_bool)
    }

    /// An object, whatever its fields.
    pub(crate) fn object(&mut self, name: &'static str) -> Option<Map<String, Value>> {
        self.read(name, "must be an object", |value| value.as_object().cloned())
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        self.read(name, "must be a list of texts", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    /// A decimal number, as a number or as text.
    pub(crate) fn decimal(&mut self, name: &'static str) -> Option<Decimal> {
        self.read(name, "must be a decimal number", decimal)
    }

    /// A list of objects, each read by `read`.
    pub(crate) fn list<T>(
        &mut self,
        name: &'static str,
        demand: &'static str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.read(name, demand, |value| value.as_array()?.iter().map(read).collect())
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        demand: &'static str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.values.get(name).filter(|value| !value.is_null())?;
        let found = read(value);
        if found.is_none() {
            self.faults.push(Fault::new(name, "INVALID_TYPE", demand));
        }
        found
    }

    /// Every fault at once: those of the types, then what `validate` finds in the other fields.
    pub(crate) fn finish<T>(self, validate: impl FnOnce() -> Result<T, Vec<Fault>>) -> Result<(), ApiError> {
        let mut faults = self.faults;
        if faults.is_empty() {
            return Ok(());
        }
        let others = validate().err().unwrap_or_default();
        // who sent something of the wrong type has not sent nothing, which is the fault of `body`
        let told = |field: &str| field == "body" || faults.iter().any(|fault| fault.field == field);
        let others = others.into_iter().filter(|other| !told(&other.field));
        let others: Vec<_> = others.collect();
        faults.extend(others);
        Err(ApiError::invalid(faults))
    }
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

    fn fields(body: &'static str) -> Result<Fields, ApiError> {
        JsonBody(Bytes::from_static(body.as_bytes())).fields()
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
    fn faulty_types_and_other_faults_are_named_together_each_field_once() {
        let mut fields = fields("{\"name\": 7, \"number\": 1.5, \"isActive\": null}").unwrap();
        assert_eq!(
            (fields.text("name"), fields.integer("number"), fields.flag("isActive")),
            (None, None, None)
        );
        let others = || {
            Err::<(), _>(
                ["name", "departmentId"].map(|field| Fault::new(field, "MISSING_FIELD", "x")).to_vec(),
            )
        };
        let faults = fields.finish(others).unwrap_err().faults;
        let named: Vec<_> = faults.iter().map(|fault| (fault.field.as_ref(), fault.code.as_ref())).collect();
        let expected =
            [("name", "INVALID_TYPE"), ("number", "INVALID_TYPE"), ("departmentId", "MISSING_FIELD")];
        assert_eq!(named, expected);
    }

    #[test]
    fn a_body_of_faulty_types_alone_is_not_called_empty() {
        let mut fields = fields("{\"name\": 7}").unwrap();
        assert_eq!(fields.text("name"), None);
        let empty = || Err::<(), _>(vec![Fault::new("body", "MISSING_FIELD", "must have name")]);
        let faults = fields.finish(empty).unwrap_err().faults;
        assert_eq!(faults, [Fault::new("name", "INVALID_TYPE", "must be text")]);
    }

    #[test]
    fn null_clears_what_can_be_cleared_and_absence_keeps_it() {
        let mut fields = fields(r#"{"email": null, "address": "", "notes": 7, "name": null}"#).unwrap();
        let found = ["email", "address", "notes", "phone"].map(|name| fields.clearable_text(name));
        assert_eq!(found, [Change::Clear, Change::Set(String::new()), Change::Keep, Change::Keep]);
        assert_eq!(fields.text("name"), None);
        let faults = fields.finish(|| Ok(())).unwrap_err().faults;
        assert_eq!(faults, [Fault::new("notes", "INVALID_TYPE", "must be text")]);
    }

    #[test]
    fn a_decimal_is_a_number_or_a_text_of_digits() {
        let body = r#"{"a": 1.5, "b": " 1.50 ", "c": "1_000", "d": "+5", "e": ".5", "f": "5.", "g": "1e3", "h": true}"#;
        let mut fields = fields(body).unwrap();
        let found = ["a", "b"].map(|name| fields.decimal(name).map(|number| number.to_string()));
        assert_eq!(found, [Some("1.5".to_owned()), Some("1.50".to_owned())]);
        let refused = ["c", "d", "e", "f", "g", "h"];
        assert_eq!(refused.map(|name| fields.decimal(name)), [None; 6]);
        let faults = fields.finish(|| Ok(())).unwrap_err().faults;
        assert_eq!(faults, refused.map(|name| Fault::new(name, "INVALID_TYPE", "must be a decimal number")));
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
        let body = JsonBody(Bytes::from_static(br#"{"fields": [{"type": "float"}, 7]}"#));
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
