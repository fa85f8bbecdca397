//! A form with a file of rows and options as fields.

use std::borrow::Cow;

use actix_multipart::Field;
use actix_web::HttpRequest;
use actix_web::web::Payload;
use futures_util::StreamExt;
use kernel::error::Fault;

use super::dto::ImportForm;
use super::orders::{Body, Format};
use crate::request::form::{text, unreadable};
use crate::request::parts::{PartNames, parts};
use crate::request::spool::spool;
use crate::response::errors::ApiError;

/// The most bytes of the fields beside the file, together: 64 KiB.
const MAX_FIELDS: u64 = 64 << 10;

/// Reads a form to its end.
pub(super) async fn read_form(
    request: &HttpRequest,
    payload: Payload,
    hashed: bool,
) -> Result<ImportForm, ApiError> {
    let mut form = parts(request, payload);
    let (mut file, mut fields, mut rest) = (None, Vec::new(), MAX_FIELDS);
    while let Some(part) = form.next().await {
        let mut part = part.map_err(unreadable)?;
        let PartNames { name, file: file_name } = PartNames::of(&part)?;
        if name != "file" {
            fields.push((name, text(&mut part, &mut rest).await?));
        } else if file.is_some() {
            return Err(faulty("MISSING_FIELD", "must be there once"));
        } else {
            let name = file_name.transpose().map_err(|fault| faulty("INVALID_VALUE", fault.to_string()))?;
            file = Some(read(&mut part, name, hashed).await?);
        }
    }
    let file = file.ok_or_else(|| {
        faulty("MISSING_FIELD", "is missing: send the CSV or JSON as the form's part `file`")
    })?;
    let fields = fields.into_iter().map(|(name, text)| (name, String::from_utf8_lossy(&text).into_owned()));
    Ok(ImportForm { file, fields: fields.collect() })
}

async fn read(part: &mut Field, name: Option<String>, hashed: bool) -> Result<Body, ApiError> {
    let kind = part.content_type().map(ToString::to_string);
    let format = Format::of_file(kind.as_deref(), name.as_deref());
    Ok(Body { format, file_name: name.as_deref().and_then(plain), content: spool(part, hashed).await? })
}

/// The file's own name, without the path that some browsers send, fit to be stored and shown.
fn plain(name: &str) -> Option<Box<str>> {
    let own = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = own.chars().filter(|letter| !letter.is_control()).take(255).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.into())
}

fn faulty(code: &'static str, why: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::invalid(vec![Fault::new("file", code, why)])
}
