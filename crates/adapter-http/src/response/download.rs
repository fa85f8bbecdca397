//! A file as the answer to a request that reads it.

use std::collections::BTreeMap;

use actix_web::body::SizedStream;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETag, EntityTag};
use actix_web::{HttpRequest, HttpResponse};
use attachments::{Attachment, AttachmentError};
use file_intake::{FileKind, Object};

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema};

use crate::middleware::conditional::has_it;
use crate::openapi::schemas::Binary;
use crate::response::errors::ApiError;

/// The bytes of a file, of any kind that is taken.
pub(crate) struct Download;

impl IntoResponses for Download {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let disposition = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String)));
        let disposition = disposition.description(Some("`attachment`, with the name as it was sent")).build();
        let response =
            ResponseBuilder::new().description("Its bytes").header("Content-Disposition", disposition);
        // generators of clients take the first type that they know: bytes, not text
        let kinds = FileKind::ALL.iter().map(|kind| kind.media_type());
        let response =
            ["application/octet-stream"].into_iter().chain(kinds).fold(response, |response, kind| {
                response.content(kind, ContentBuilder::new().schema(Some(Binary::schema())).build())
            });
        BTreeMap::from([("200".to_owned(), response.build().into())])
    }
}

/// Sends a file as an attachment, opened only if the caller has not its bytes already.
pub(crate) async fn download(
    request: &HttpRequest,
    attachment: &Attachment,
    open: impl Future<Output = Result<Object, AttachmentError>>,
) -> Result<HttpResponse, ApiError> {
    let tag = EntityTag::new_strong(attachment.sha256_hex());
    let unchanged = has_it(request, &tag);
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    // what was deleted must not be had from a cache
    response.insert_header(ETag(tag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    if unchanged {
        return Ok(response.finish());
    }
    let object = open.await?;
    response
        .insert_header((CONTENT_TYPE, attachment.kind.media_type()))
        .insert_header((CONTENT_DISPOSITION, disposition(attachment.original_name.as_str())));
    Ok(response.body(SizedStream::new(object.size, object.content)))
}

/// The name in ASCII for old programs (RFC 6266), and as it is for all others (RFC 8187).
fn disposition(name: &str) -> String {
    let plain = |letter: char| matches!(letter, ' '..='~') && !matches!(letter, '"' | '\\' | '%');
    let ascii: String = name.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    let exact: String = name.bytes().map(encoded).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{exact}")
}

fn encoded(byte: u8) -> String {
    match byte {
        b'!' | b'#' | b'$' | b'&' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~' => {
            char::from(byte).to_string()
        }
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_sent_in_ascii_and_as_it_is() {
        for (name, expected) in [
            ("plan.pdf", r#"attachment; filename="plan.pdf"; filename*=UTF-8''plan.pdf"#),
            (
                r#"a "b"; x=\%41.txt"#,
                r#"attachment; filename="a _b_; x=__41.txt"; filename*=UTF-8''a%20%22b%22%3B%20x%3D%5C%2541.txt"#,
            ),
            ("Żółw.pdf", "attachment; filename=\"___w.pdf\"; filename*=UTF-8''%C5%BB%C3%B3%C5%82w.pdf"),
        ] {
            assert_eq!(disposition(name), expected);
        }
    }
}
