//! The `file` part of a form.

use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::web::Payload;
use futures_util::StreamExt;
use kernel::error::Fault;

use super::dto::ImportForm;
use super::orders::{Body, Format};
use crate::request::form::unreadable;
use crate::request::spool::{self, spool};
use crate::response::errors::ApiError;

/// Reads a form to its end.
pub(super) async fn read_form(
    request: &HttpRequest,
    payload: Payload,
    hashed: bool,
) -> Result<ImportForm, ApiError> {
    let mut form = Multipart::new(request.headers(), payload);
    let mut file = None;
    while let Some(part) = form.next().await {
        let mut part = part.map_err(unreadable)?;
        if part.name() != Some("file") {
            drain(&mut part).await?;
        } else if file.is_some() {
            return Err(faulty("must be there once"));
        } else {
            file = Some(read(&mut part, hashed).await?);
        }
    }
    let file = file.ok_or_else(|| faulty("is missing: send the CSV or JSON as the form's part `file`"))?;
    Ok(ImportForm { file })
}

async fn read(part: &mut Field, hashed: bool) -> Result<Body, ApiError> {
    let name =
        part.content_disposition().and_then(|disposition| disposition.get_filename()).map(str::to_owned);
    let kind = part.content_type().map(ToString::to_string);
    let format = Format::of_file(kind.as_deref(), name.as_deref());
    Ok(Body { format, file_name: name.as_deref().and_then(plain), content: spool(part, hashed).await? })
}

/// Reads another part to its end, since the form goes on after it.
async fn drain(part: &mut Field) -> Result<(), ApiError> {
    let mut length = 0;
    while let Some(piece) = part.next().await {
        length += piece.map_err(unreadable)?.len() as u64;
        if length > spool::MAX {
            return Err(spool::too_large());
        }
    }
    Ok(())
}

/// The file's own name, fit to be stored and shown.
fn plain(name: &str) -> Option<Box<str>> {
    let plain: String = name.chars().filter(|letter| !letter.is_control()).take(255).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.into())
}

fn faulty(why: &'static str) -> ApiError {
    ApiError::invalid(vec![Fault::new("file", "MISSING_FIELD", why)])
}
