//! Forms (`multipart/form-data`): fields and at most one file, read to their end whatever stands in them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_multipart::{Field, MultipartError};
use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Payload;
use file_intake::{MAX_SIZE, ReceivedFile};
use futures_util::StreamExt;
use kernel::error::{ErrorKind, Fault};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::request::body::{self, RequestBody};
use crate::request::json_body::refuse_encoding;
use crate::request::parts::{PartNames, parts};
use crate::request::spool::{Spooled, spool_at_most};
use crate::response::errors::{ApiError, DomainError};

/// The most bytes of everything but the file: 64 KiB.
const REST: u64 = 64 << 10;
/// The part that holds the file.
const FILE: &str = "file";

/// A form that was read, and the faults met meanwhile. An empty field is as good as an absent one.
pub(crate) struct Form {
    fields: BTreeMap<&'static str, String>,
    file: Option<FormFile>,
    faults: Vec<Fault>,
}

struct FormFile {
    name: String,
    content: Spooled,
}

impl Form {
    /// Reads the form of a request: its file, and the fields of these names.
    pub(crate) async fn read(
        request: &HttpRequest,
        payload: Payload,
        names: &'static [&'static str],
    ) -> Result<Self, ApiError> {
        check(request)?;
        let mut parts = parts(request, payload);
        let mut form = Self { fields: BTreeMap::new(), file: None, faults: Vec::new() };
        let mut rest = REST;
        while let Some(part) = parts.next().await {
            let mut part = part.map_err(unreadable)?;
            let PartNames { name, file: file_name } = PartNames::of(&part)?;
            match names.iter().find(|known| **known == name) {
                _ if name == FILE && form.file.is_none() => {
                    let name = file_name.transpose().unwrap_or_else(|fault| {
                        form.fault(FILE, fault.to_string());
                        None
                    });
                    form.file = Some(file(&mut part, name.unwrap_or_default()).await?);
                }
                Some(known) => {
                    let text = text(&mut part, &mut rest).await?;
                    form.add_text(known, text);
                }
                None => {
                    text(&mut part, &mut rest).await?;
                    if name == FILE {
                        form.fault(FILE, "must be there once");
                    }
                }
            }
        }
        Ok(form)
    }

    fn add_text(&mut self, name: &'static str, text: Vec<u8>) {
        match String::from_utf8(text) {
            Ok(text) if text.is_empty() => {}
            Ok(text) => {
                if self.fields.insert(name, text).is_some() {
                    self.fault(name, "must be there once");
                }
            }
            Err(_) => self.fault(name, "must be text in UTF-8"),
        }
    }

    fn fault(&mut self, name: &'static str, why: impl Into<Cow<'static, str>>) {
        if !self.faults.iter().any(|fault| fault.field == name) {
            self.faults.push(Fault::new(name, "INVALID_VALUE", why));
        }
    }

    /// SHA-256 of the file's name and bytes and of the fields, for the idempotency fingerprint; never of the boundary.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        };
        for (name, text) in &self.fields {
            add(name.as_bytes());
            add(text.as_bytes());
        }
        if let Some(file) = &self.file {
            add(FILE.as_bytes());
            add(file.name.as_bytes());
            add(&file.content.hash);
        }
        hash.finalize().into()
    }

    /// The text of each field, and the name of the file.
    pub(crate) fn values(&self) -> Map<String, Value> {
        let file = self.file.as_ref().map(|file| (FILE, &file.name));
        let fields = self.fields.iter().map(|(name, text)| (*name, text));
        fields.chain(file).map(|(name, text)| (name.to_owned(), Value::from(text.as_str()))).collect()
    }

    /// What the use case takes: the fields, read as a `B`, and the file as `inspect` finds it. `B` must demand the file.
    ///
    /// # Errors
    /// Every fault of the form, its fields and its file at once; each field is blamed for the first alone.
    pub(crate) fn parse<B: RequestBody, F, E: DomainError>(
        self,
        inspect: impl FnOnce(ReceivedFile) -> Result<F, E>,
    ) -> Result<(B::Domain, F), ApiError> {
        let read = body::read::<B>(self.values());
        let file = self.file.map(|file| inspect(file.received())).transpose();
        let mut faults = self.faults;
        let mut blame = |found: Vec<Fault>| {
            let found =
                found.into_iter().filter(|fault| !faults.iter().any(|known| known.field == fault.field));
            faults.extend(found.collect::<Vec<_>>());
        };
        let fields = read.map_err(&mut blame).ok();
        let file = match file {
            Ok(file) => file,
            Err(error) => match error.wire_faults() {
                found if found.is_empty() => return Err(error.into()),
                found => {
                    blame(found);
                    None
                }
            },
        };
        match (fields, file) {
            (Some(fields), Some(file)) if faults.is_empty() => Ok((fields, file)),
            _ => Err(ApiError::invalid(faults)),
        }
    }
}

impl FormFile {
    fn received(self) -> ReceivedFile {
        let (size, sha256) = (self.content.size, self.content.hash);
        ReceivedFile { name: self.name, content: self.content.into_content(), size, sha256 }
    }
}

fn check(request: &HttpRequest) -> Result<(), ApiError> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = header(CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("multipart/form-data") {
        let message = "Send a form as multipart/form-data, with the file as its part `file`";
        return Err(ApiError::new(ErrorKind::UnsupportedMedia, "UNSUPPORTED_MEDIA_TYPE", message));
    }
    refuse_encoding(header(CONTENT_ENCODING))?;
    if header(CONTENT_LENGTH).parse().is_ok_and(|length: u64| length > MAX_SIZE + 2 * REST) {
        return Err(file_too_large());
    }
    Ok(())
}

async fn file(part: &mut Field, name: String) -> Result<FormFile, ApiError> {
    let content = spool_at_most(MAX_SIZE, file_too_large, part, true).await?;
    Ok(FormFile { name, content })
}

/// A part that is no file, whole; `rest` is what all of these together may yet have.
pub(crate) async fn text(part: &mut Field, rest: &mut u64) -> Result<Vec<u8>, ApiError> {
    let mut text = Vec::new();
    while let Some(piece) = part.next().await {
        let piece = piece.map_err(unreadable)?;
        *rest = rest.checked_sub(piece.len() as u64).ok_or_else(form_too_large)?;
        text.extend_from_slice(&piece);
    }
    Ok(text)
}

fn file_too_large() -> ApiError {
    ApiError::new(ErrorKind::TooLarge, "PAYLOAD_TOO_LARGE", "A file may have at most 10 MiB")
}

fn form_too_large() -> ApiError {
    let message = "The form's fields may have at most 64 KiB beside its file";
    ApiError::new(ErrorKind::TooLarge, "PAYLOAD_TOO_LARGE", message)
}

/// The refusal of a form that is none.
pub(crate) fn unreadable(error: MultipartError) -> ApiError {
    ApiError::new(ErrorKind::Malformed, "INVALID_MULTIPART", format!("The form can't be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::FromRequest;
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use attachments::AttachmentError;
    use file_intake::NoName;
    use serde::Deserialize;
    use serde_json::json;
    use utoipa::ToSchema;

    use crate::request::faults::{Faults, Wording};
    use crate::request::field::Field as BodyField;

    const NAMES: &[&str] = &["kind", "note"];

    #[derive(Deserialize, ToSchema)]
    struct Labelled {
        #[schema(value_type = Option<String>)]
        kind: BodyField<String>,
        #[schema(value_type = Option<String>)]
        note: BodyField<String>,
        #[schema(value_type = String)]
        file: BodyField<String>,
    }

    impl RequestBody for Labelled {
        type Domain = [Option<String>; 2];
        const WORDING: Wording = Wording::Plain;

        fn into_domain(self, faults: &mut Faults) -> Option<[Option<String>; 2]> {
            let known = |kind: &str| if kind == "odd" { Err("is odd") } else { Ok(kind.to_owned()) };
            let kind = faults.field("kind", self.kind).optional(known);
            let note = faults.field("note", self.note).given();
            faults.field("file", self.file).required_value()?;
            Some([kind, note])
        }
    }

    fn parsed(form: Form) -> Result<([Option<String>; 2], ReceivedFile), ApiError> {
        form.parse::<Labelled, _, AttachmentError>(Ok)
    }

    /// A part as it is sent: what its disposition says, and its bytes.
    type Sent<'a> = (&'a str, &'a [u8]);

    async fn read(parts: &[Sent<'_>]) -> Result<Form, ApiError> {
        let mut body = Vec::new();
        for (disposition, content) in parts {
            body.extend(format!("--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").as_bytes());
            body.extend_from_slice(content);
            body.extend(b"\r\n");
        }
        body.extend(b"--b--\r\n");
        let request = TestRequest::default().insert_header((CONTENT_TYPE, "multipart/form-data; boundary=b"));
        let (request, mut payload) = request.set_payload(body).to_http_parts();
        Form::read(&request, Payload::from_request(&request, &mut payload).await.unwrap(), NAMES).await
    }

    fn names(error: &ApiError) -> Vec<(&str, &str)> {
        error.faults.iter().map(|fault| (&*fault.field, &*fault.message)).collect()
    }

    #[actix_web::test]
    async fn fields_may_stand_before_and_after_the_file_and_unknown_parts_mean_nothing() {
        let parts: &[Sent<'_>] = &[
            ("name=\"kind\"", b"photo"),
            ("name=\"odd\"", b"\xff"),
            ("name=\"file\"; filename=\"a.txt\"", b"bytes"),
            ("name=\"note\"", b""),
        ];
        let form = read(parts).await.unwrap();
        assert_eq!(Value::from(form.values()), json!({"kind": "photo", "file": "a.txt"}));
        let (labels, file) = parsed(form).unwrap();
        assert_eq!(labels, [Some("photo".to_owned()), None]);
        assert_eq!((file.name.as_str(), file.size), ("a.txt", 5));
        assert_eq!(file.sha256, <[u8; 32]>::from(Sha256::digest(b"bytes")));
        let error = parsed(read(&[]).await.unwrap()).unwrap_err();
        assert_eq!(names(&error), [("file", "must be given")]);
    }

    #[actix_web::test]
    async fn what_stands_twice_or_is_no_text_is_named_with_the_other_faults() {
        let parts: &[Sent<'_>] = &[
            ("name=\"file\"; filename=\"a\"", b"1"),
            ("name=\"file\"; filename=\"b\"", b"2"),
            ("name=\"file\"", b"3"),
            ("name=\"note\"", b"\xff"),
            ("name=\"kind\"", b"odd"),
        ];
        let unnamed = |_| Err::<ReceivedFile, _>(AttachmentError::Unnamed(NoName));
        let error = read(parts).await.unwrap().parse::<Labelled, _, _>(unnamed).unwrap_err();
        let expected =
            [("file", "must be there once"), ("note", "must be text in UTF-8"), ("kind", "is odd")];
        assert_eq!(names(&error), expected);
        let error = read(&parts[4..]).await.unwrap().parse::<Labelled, _, _>(unnamed).unwrap_err();
        assert_eq!(names(&error), [("kind", "is odd"), ("file", "must be given")]);
        let faulty = [parts[0], parts[4]];
        let error = read(&faulty).await.unwrap().parse::<Labelled, _, _>(unnamed).unwrap_err();
        assert_eq!(
            names(&error),
            [("kind", "is odd"), ("file", "has no name; send it under the name it has")]
        );
    }

    #[actix_web::test]
    async fn names_come_as_browsers_and_as_rfc_5987_write_them() {
        for (sent, name) in [
            ("filename=\"Żółw 1.txt\"", "Żółw 1.txt"),
            ("filename=\"a \\\"b\\\".txt\"", "a \"b\".txt"),
            ("filename=\"old.txt\"; filename*=UTF-8''%C5%BB%C3%B3%C5%82w.txt", "Żółw.txt"),
            ("filename=\"../../x.txt\"", "../../x.txt"),
            ("filename=\"\"", ""),
        ] {
            let form = read(&[(&format!("name=\"file\"; {sent}"), b"x")]).await.unwrap();
            assert_eq!(parsed(form).unwrap().1.name, name, "{sent}");
        }
    }

    #[actix_web::test]
    async fn two_forms_are_the_same_by_file_name_and_fields_whatever_their_order() {
        let file: Sent<'_> = ("name=\"file\"; filename=\"a\"", b"1");
        let kind: Sent<'_> = ("name=\"kind\"", b"photo");
        let hash = read(&[file, kind]).await.unwrap().hash();
        assert_eq!(read(&[kind, file]).await.unwrap().hash(), hash);
        let others: [&[Sent<'_>]; 5] = [
            &[file],
            &[kind],
            &[file, ("name=\"kind\"", b"drawing")],
            &[file, ("name=\"note\"", b"photo")],
            &[("name=\"file\"; filename=\"b\"", b"1"), kind],
        ];
        for other in others {
            assert_ne!(read(other).await.unwrap().hash(), hash, "{other:?}");
        }
        let other = read(&[("name=\"file\"; filename=\"a\"", b"2"), kind]).await.unwrap();
        assert_ne!(other.hash(), hash);
    }

    #[actix_web::test]
    async fn a_file_past_ten_mebibytes_and_fields_past_64_kibibytes_are_too_large() {
        let file = "name=\"file\"; filename=\"a\"";
        let most = vec![b'x'; 10 << 20];
        assert_eq!(parsed(read(&[(file, &most)]).await.unwrap()).unwrap().1.size, 10 << 20);
        let (more, fields) = ([&most[..], b"x"].concat(), vec![b'x'; 40 << 10]);
        for parts in [
            &[(file, &more[..])][..],
            &[("name=\"note\"", &fields), ("name=\"odd\"", &fields)],
            &[(file, b"x"), (file, &more)],
        ] {
            let error = read(parts).await.map(drop).unwrap_err();
            assert_eq!((error.status, error.code), (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"));
        }
    }
}
