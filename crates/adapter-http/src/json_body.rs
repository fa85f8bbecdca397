//! Small JSON bodies: read whole, hashed for idempotency, parsed with every complaint in the caller's words.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt;
use kernel::error::{ErrorKind, Fault};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::errors::ApiError;

/// The most bytes of a small JSON body: 256 KiB.
pub(crate) const MAX: usize = 256 << 10;

/// A body that was read and not yet parsed.
pub(crate) struct JsonBody(Bytes);

impl JsonBody {
    /// Reads the body of a request that says it sends JSON.
    pub(crate) async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Self, ApiError> {
        check_type(request)?;
        let mut body = BytesMut::new();
        while let Some(piece) = payload.next().await {
            let piece = piece.map_err(|_| malformed("the body broke off"))?;
            if body.len() + piece.len() > MAX {
                let message = format!("The body may have at most {MAX} bytes");
                return Err(ApiError::new(ErrorKind::TooLarge, "PAYLOAD_TOO_LARGE", message));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Self(body.freeze()))
    }

    /// SHA-256 of the bytes, for the idempotency fingerprint.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// Parses the body. What doesn't parse is 400; a field of the wrong type is 422 and names it.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let wrong = match serde_json::from_slice(&self.0) {
            Ok(parsed) => return Ok(parsed),
            Err(error) => error,
        };
        if !wrong.is_data() {
            return Err(malformed(&wrong.to_string()));
        }
        let message = wrong.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Err(ApiError::invalid(vec![Fault::new(field_at(&self.0, &wrong), "INVALID_TYPE", message)]))
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

/// Request bodies are never decompressed: a small one could unfold into gigabytes.
pub(crate) fn refuse_encoding(encoding: &str) -> Result<(), ApiError> {
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return Ok(());
    }
    let message = "Send the body without content encoding";
    Err(ApiError::new(ErrorKind::UnsupportedMedia, "UNSUPPORTED_MEDIA_TYPE", message))
}

fn malformed(why: &str) -> ApiError {
    ApiError::new(ErrorKind::Malformed, "INVALID_JSON", format!("The body is not valid JSON: {why}"))
}

/// The last key before the place serde stopped at: serde tells the place, not the name.
fn field_at(body: &[u8], error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(body);
    let before: String = text
        .lines()
        .take(error.line())
        .enumerate()
        .map(|(line, text)| {
            if line + 1 == error.line() {
                text.chars().take(error.column()).collect()
            } else {
                text.to_owned() + "\n"
            }
        })
        .collect();
    let key = before.rfind("\":").and_then(|end| Some((end, before.get(..end)?.rfind('"')? + 1)));
    key.and_then(|(end, start)| before.get(start..end)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::StatusCode;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Request {
        #[expect(dead_code, reason = "only its type matters here")]
        name: Option<String>,
        #[expect(dead_code, reason = "only its type matters here")]
        number: Option<i64>,
    }

    fn parse(body: &'static str) -> ApiError {
        JsonBody(Bytes::from_static(body.as_bytes())).parse::<Request>().unwrap_err()
    }

    #[test]
    fn what_does_not_parse_is_400_and_what_has_the_wrong_type_is_422_and_named() {
        assert_eq!(parse("{\"name\":").status, StatusCode::BAD_REQUEST);
        let error = parse("{\"name\": \"x\",\n \"number\": \"seven\"}");
        assert_eq!(error.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(error.faults[0].field, "number");
    }

    #[test]
    fn deep_json_is_refused_not_followed() {
        let deep = Box::leak(format!("{{\"x\":{}", "[".repeat(100_000)).into_boxed_str());
        assert_eq!(parse(deep).status, StatusCode::BAD_REQUEST);
    }
}
