//! Pages of other origins that may call (`docs/spec/common.md`, "Other origins").

use actix_cors::Cors;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::http::{Method, Uri};

/// How long browsers remember that a request is allowed.
const REMEMBERED_SECONDS: usize = 3_600;

/// The headers that pages may read beside those that every page may.
const READABLE: [&str; 14] = [
    "content-disposition",
    "etag",
    "idempotent-replayed",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-content-type-options",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
];

/// The origins whose pages may call; by default none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorsOrigins {
    any: bool,
    origins: Vec<String>,
}

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no origin; write it as browsers do, such as https://app.example.com or http://localhost:5173, or * for all"
)]
pub struct CorsOriginsFault(String);

impl CorsOrigins {
    /// Reads origins, separated by commas.
    ///
    /// # Errors
    /// When one has no scheme or no host, or a path.
    pub fn parse(list: &str) -> Result<Self, CorsOriginsFault> {
        let mut parsed = Self::default();
        for text in list.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            if text == "*" {
                parsed.any = true;
                continue;
            }
            let uri: Option<Uri> = text.parse().ok();
            let origin = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?)));
            match origin {
                Some((scheme @ ("http" | "https"), authority))
                    if text.eq_ignore_ascii_case(&format!("{scheme}://{authority}")) =>
                {
                    parsed.origins.push(text.to_ascii_lowercase());
                }
                _ => return Err(CorsOriginsFault(text.to_owned())),
            }
        }
        Ok(parsed)
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.any && self.origins.is_empty()
    }

    /// What answers preflight requests, and tells browsers whose pages may read an answer. Credentials of browsers go with
    /// named origins alone.
    pub(crate) fn middleware(&self) -> Cors {
        let mut sent = vec![AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH];
        sent.extend(
            ["idempotency-key", "x-api-key", "x-mes-team-id", "x-request-id"].map(HeaderName::from_static),
        );
        let cors = Cors::default()
            .block_on_origin_mismatch(false)
            .allowed_methods([
                Method::GET,
                Method::HEAD,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ])
            .allowed_headers(sent)
            .expose_headers(READABLE)
            .max_age(REMEMBERED_SECONDS);
        if self.any {
            return cors.allow_any_origin().send_wildcard();
        }
        self.origins.iter().fold(cors.supports_credentials(), |cors, origin| cors.allowed_origin(origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        let parsed = CorsOrigins::parse(" https://App.example.com, http://localhost:5173,").unwrap();
        assert_eq!(parsed.origins, ["https://app.example.com", "http://localhost:5173"]);
        assert!(CorsOrigins::parse("").unwrap().is_empty() && !CorsOrigins::parse("*").unwrap().is_empty());
        for text in
            ["app.example.com", "https://app.example.com/", "https://", "ftp://x", "https://x/y", "null"]
        {
            assert_eq!(CorsOrigins::parse(text), Err(CorsOriginsFault(text.to_owned())));
        }
    }
}
