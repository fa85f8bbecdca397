//! The parts of a form with their names, as real clients send them: a backslash before anything but a quote or another
//! backslash is part of a path, browsers write a quote in the name of a file as `%22`, and a name that is not UTF-8 is the
//! fault of the file, not of the form (`docs/spec/common.md`, "File names").

use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::web::Payload;
use encoding_rs::Encoding;
use kernel::error::ErrorKind;
use percent_encoding::percent_decode;

use crate::response::errors::ApiError;

/// The parts of a request's form.
pub(crate) fn parts(request: &HttpRequest, payload: Payload) -> Multipart {
    let mut headers = HeaderMap::new();
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // of a form the library reads the names itself, and refuses those that are not UTF-8
    let as_sent = kind.split_once(';').map_or("", |(_, parameters)| parameters);
    if let Ok(mixed) = HeaderValue::try_from(format!("multipart/mixed;{as_sent}")) {
        headers.insert(CONTENT_TYPE, mixed);
    }
    Multipart::new(&headers, payload)
}

/// What a part is called, and the file in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PartNames {
    pub(crate) name: String,
    pub(crate) file: Option<Result<String, UnknownEncoding>>,
}

/// A file's name in an encoding that nothing tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has a name that is not in UTF-8; send the name in UTF-8, or as filename* with its encoding")]
pub(crate) struct UnknownEncoding;

impl PartNames {
    /// # Errors
    /// When it has no name.
    pub(crate) fn of(part: &Field) -> Result<Self, ApiError> {
        let sent = part.headers().get(CONTENT_DISPOSITION).map(HeaderValue::as_bytes);
        sent.and_then(Self::parse).ok_or_else(|| {
            let message = "The form can't be read: each part needs a header `Content-Disposition: form-data; name=\"…\"`";
            ApiError::new(ErrorKind::Malformed, "INVALID_MULTIPART", message)
        })
    }

    /// Reads `form-data; name="…"; filename="…"`; of a file that is named in two ways, `filename*` counts.
    fn parse(disposition: &[u8]) -> Option<Self> {
        let mut rest = disposition.trim_ascii();
        let kind = take_until(&mut rest, b';');
        if !kind.trim_ascii().eq_ignore_ascii_case(b"form-data") {
            return None;
        }
        let (mut name, mut plain, mut encoded) = (None, None, None);
        while !rest.is_empty() {
            let parameter = take_until(&mut rest, b'=').trim_ascii().to_ascii_lowercase();
            let value = take_value(&mut rest);
            match &*parameter {
                b"name" => name = name.or_else(|| Some(String::from_utf8_lossy(&value).into_owned())),
                b"filename" => plain = plain.or_else(|| Some(unquoted(&value))),
                b"filename*" => encoded = encoded.or_else(|| decoded(&value)),
                _ => {}
            }
        }
        Some(Self { name: name?, file: encoded.map(Ok).or(plain) })
    }
}

/// Takes what stands before a byte, and the byte.
fn take_until<'a>(rest: &mut &'a [u8], end: u8) -> &'a [u8] {
    let mut halves = rest.splitn(2, |byte| *byte == end);
    let (taken, left) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    *rest = left;
    taken
}

/// Takes a quoted value, or one that ends at `;`.
fn take_value(rest: &mut &[u8]) -> Vec<u8> {
    let start = rest.trim_ascii_start();
    let Some(quoted) = start.strip_prefix(b"\"") else {
        return take_until(rest, b';').trim_ascii().to_vec();
    };
    let (mut value, mut bytes) = (Vec::new(), quoted.iter().copied().enumerate().peekable());
    let mut end = quoted.len();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                end = at + 1;
                break;
            }
            b'\\' => match bytes.next_if(|(_, next)| matches!(next, b'"' | b'\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push(b'\\'),
            },
            byte => value.push(byte),
        }
    }
    *rest = quoted.get(end..).unwrap_or_default();
    take_until(rest, b';');
    value
}

/// A file's plain name.
fn unquoted(bytes: &[u8]) -> Result<String, UnknownEncoding> {
    let name = str::from_utf8(bytes).map_err(|_| UnknownEncoding)?;
    Ok(name.replace("%22", "\""))
}

/// A value with its character set (RFC 8187): `UTF-8''%C5%81.pdf`.
fn decoded(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let (charset, _language, percent) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes: Vec<u8> = percent_decode(percent).collect();
    let encoding = Encoding::for_label(charset)?;
    encoding.decode_without_bom_handling_and_without_replacement(&bytes).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_clients_send_them() {
        for (sent, name) in [
            (&b"form-data; name=\"file\"; filename=\"plan.pdf\""[..], "plan.pdf"),
            (b"Form-Data;name=file;FileName=plan.pdf", "plan.pdf"),
            (b"form-data; filename=\"a;b=\\\"c\\\".pdf\"; name=\"file\"", "a;b=\"c\".pdf"),
            (b"form-data; name=\"file\"; filename=\"C:\\fakepath\\new.pdf\"", "C:\\fakepath\\new.pdf"),
            (b"form-data; name=\"file\"; filename=\"C:\\\\Temp\\\\new.pdf\"", "C:\\Temp\\new.pdf"),
            ("form-data; name=\"file\"; filename=\"Żółw.pdf\"".as_bytes(), "Żółw.pdf"),
            (b"form-data; name=\"file\"; filename=\"_.pdf\"; filename*=UTF-8''%C5%81%20a.pdf", "Ł a.pdf"),
            (b"form-data; name=\"file\"; filename*=iso-8859-1'de'M%FCller.pdf", "Müller.pdf"),
            (b"form-data; name=\"file\"; filename*=UTF-8''%FF; filename=\"plain.pdf\"", "plain.pdf"),
            (b"form-data; name=\"file\"; filename=\"6%22 pipe, 100%.pdf\"", "6\" pipe, 100%.pdf"),
            (b"form-data; name=\"file\"; filename=\"open", "open"),
            (b"form-data; name=\"file\"; filename=\"\"", ""),
        ] {
            let expected = PartNames { name: "file".into(), file: Some(Ok(name.into())) };
            assert_eq!(PartNames::parse(sent), Some(expected), "{}", String::from_utf8_lossy(sent));
        }
        let latin = PartNames { name: "file".into(), file: Some(Err(UnknownEncoding)) };
        assert_eq!(PartNames::parse(b"form-data; name=\"file\"; filename=\"M\xfcller.pdf\""), Some(latin));
        let field = PartNames { name: "attachmentType".into(), file: None };
        assert_eq!(PartNames::parse(b"form-data; name=\"attachmentType\""), Some(field));
        for sent in
            [&b""[..], b"form-data", b"attachment; name=\"file\"", b"form-data; filename=\"a.pdf\"", b";;="]
        {
            assert_eq!(PartNames::parse(sent), None, "{}", String::from_utf8_lossy(sent));
        }
    }
}
