//! Versions over HTTP: `ETag` says which one is shown, `If-Match` which one a change is meant for (RFC 9110, 13.1.1).

use actix_web::http::header::{ETAG, HeaderValue, IF_MATCH};
use actix_web::{HttpRequest, HttpResponse};
use kernel::write::{Content, StoredResponse, Written};
use serde_json::Value;

use crate::request::idempotency;
use crate::response::errors::ApiError;

/// The versions that `If-Match` names; `None` where any will do. A tag this service never issued matches no version. A bare
/// number is read as a tag, and a weak tag as the strong one: proxies that compress answers make them weak.
pub(crate) fn seen(request: &HttpRequest) -> Option<Vec<i64>> {
    let lines: Vec<_> = request.headers().get_all(IF_MATCH).collect();
    if lines.is_empty() || matches!(&*lines, [line] if line.as_bytes().trim_ascii() == b"*") {
        return None;
    }
    Some(lines.into_iter().filter_map(|line| line.to_str().ok()).flat_map(versions).collect())
}

/// The versions that a line names.
fn versions(line: &str) -> Vec<i64> {
    let (mut found, mut rest) = (Vec::new(), line);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let tagged = rest.strip_prefix("W/").unwrap_or(rest);
        let (tag, after) = match tagged.strip_prefix('"') {
            // a quoted tag may hold commas
            Some(quoted) => quoted.split_once('"').unwrap_or_default(),
            None => {
                let (bare, after) = tagged.split_at(tagged.find(',').unwrap_or(tagged.len()));
                (bare.trim_end(), after)
            }
        };
        found.extend(version(tag));
        if after.is_empty() {
            return found;
        }
        rest = after;
    }
}

/// The version of a tag, whatever digest of an answer follows it; a version is written in one way only.
fn version(tag: &str) -> Option<i64> {
    let version = tag.split_once('-').map_or(tag, |(version, _)| version);
    version.parse().ok().filter(|parsed: &i64| parsed.to_string() == version)
}

/// Adds the `ETag` of the version that an answer shows.
pub(crate) fn tagged(mut response: HttpResponse, version: i64) -> HttpResponse {
    if let Ok(value) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(ETAG, value);
    }
    response
}

/// [`idempotency::send`] with the `ETag`; a repeated answer has the version of the first time.
pub(crate) fn send<O>(
    written: Written<O>,
    version: impl Fn(&O) -> i64,
    render: impl Fn(&O) -> StoredResponse,
) -> Result<HttpResponse, ApiError> {
    let version = match &written {
        Written::Done(outcome) => Some(version(outcome)),
        Written::Replayed(answer) => shown(answer),
    };
    let response = idempotency::send(written, render)?;
    Ok(match version {
        Some(version) => tagged(response, version),
        None => response,
    })
}

/// The version in a stored answer; a refusal has none.
fn shown(answer: &StoredResponse) -> Option<i64> {
    let Content::Json(body) = &answer.content else { return None };
    let body: Value = serde_json::from_str(body).ok()?;
    body.pointer("/data/version").or_else(|| body.get("version"))?.as_i64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn sent(lines: &[&str]) -> Option<Vec<i64>> {
        let mut request = TestRequest::default();
        for line in lines {
            request = request.append_header((IF_MATCH, *line));
        }
        seen(&request.to_http_request())
    }

    #[test]
    fn nothing_and_a_star_are_any_version() {
        assert_eq!((sent(&[]), sent(&["*"]), sent(&[" * "])), (None, None, None));
    }

    #[test]
    fn tags_are_versions_if_they_are_numbers() {
        for (line, expected) in [
            ("\"3\"", &[3][..]),
            ("3", &[3]),
            ("\"3\", \"4\",5", &[3, 4, 5]),
            (",, \"3\" ,", &[3]),
            ("W/\"3\"", &[3]),
            ("W/\"3\", \"4\"", &[3, 4]),
            ("W/3", &[3]),
            ("W/W/\"3\"", &[]),
            ("\"x\"", &[]),
            ("\"03\"", &[]),
            ("\"+3\"", &[]),
            ("\" 3\"", &[]),
            ("\"3 \"", &[]),
            ("3 , 4", &[3, 4]),
            ("\"3-0a1b2c3d4e5f6071\"", &[3]),
            ("W/\"3-0a1b2c3d4e5f6071\"", &[3]),
            ("\"0a1b2c3d4e5f6071\"", &[]),
            ("\"-3\"", &[]),
            ("\"3", &[]),
            ("\"1,3,2\"", &[]),
            ("\"99999999999999999999\"", &[]),
            ("\"3\", *", &[3]),
            ("", &[]),
        ] {
            assert_eq!(sent(&[line]), Some(expected.to_vec()), "{line}");
        }
        assert_eq!(sent(&["\"3\"", "\"4\""]), Some(vec![3, 4]));
    }

    #[test]
    fn an_answer_given_again_shows_the_version_it_did_then() {
        let kept = |body: &str| {
            Written::Replayed::<()>(StoredResponse { status: 201, content: Content::Json(body.into()) })
        };
        let tag = |written| {
            let render = |(): &()| StoredResponse { status: 200, content: Content::Json("{}".into()) };
            let response = send(written, |()| 7, render).unwrap();
            response.headers().get(ETAG).map(|tag| tag.to_str().unwrap().to_owned())
        };
        assert_eq!(tag(Written::Done(())).as_deref(), Some("\"7\""));
        assert_eq!(tag(kept(r#"{"data": {"version": 1}}"#)).as_deref(), Some("\"1\""));
        assert_eq!(tag(kept(r#"{"success": false, "data": null}"#)), None);
    }
}
