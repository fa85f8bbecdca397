//! Large bodies: in memory up to 1 MiB, past that in an unnamed file, so that a slow client holds neither memory nor a
//! database connection.

use std::io::{self, BufReader, Read, Seek, Write};

use actix_web::web::Bytes;
use file_intake as files;
use futures_util::{Stream, StreamExt};
use kernel::error::ErrorKind;
use sha2::{Digest, Sha256};
use tempfile::SpooledTempFile;

use crate::response::errors::ApiError;

/// The most bytes of a body: 64 MiB.
pub(crate) const MAX: u64 = 64 << 20;
const IN_MEMORY: usize = 1 << 20;

/// A body that was read whole.
pub(crate) struct Spooled {
    /// At its start.
    content: SpooledTempFile,
    pub(crate) size: u64,
    /// SHA-256 of the bytes, for the idempotency fingerprint; zeros where none was asked for.
    pub(crate) hash: [u8; 32],
}

/// Reads a body to its end. Hashing 64 MiB takes a moment, so only a request with an idempotency key is hashed.
pub(crate) async fn spool<E>(
    body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    hashed: bool,
) -> Result<Spooled, ApiError> {
    spool_at_most(MAX, too_large, body, hashed).await
}

/// The same, of a body that is refused with `refusal` past `max` bytes.
pub(crate) async fn spool_at_most<E>(
    max: u64,
    refusal: fn() -> ApiError,
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    hashed: bool,
) -> Result<Spooled, ApiError> {
    let mut hash = Sha256::new();
    let mut content = SpooledTempFile::new(IN_MEMORY);
    let mut size = 0;
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| broken_off())?;
        size += piece.len() as u64;
        if size > max {
            return Err(refusal());
        }
        if hashed {
            hash.update(&piece);
        }
        content.write_all(&piece).map_err(unwritable)?;
    }
    content.rewind().map_err(unwritable)?;
    Ok(Spooled { content, size, hash: if hashed { hash.finalize().into() } else { [0; 32] } })
}

impl Spooled {
    /// The body as the content of a file.
    pub(crate) fn into_content(self) -> files::Content {
        files::Content::new(self.content)
    }

    /// The body from its start.
    pub(crate) fn into_reader(self) -> Box<dyn Read + Send> {
        Box::new(BufReader::with_capacity(64 << 10, self.content))
    }
}

/// The refusal of a body past [`MAX`].
pub(crate) fn too_large() -> ApiError {
    ApiError::new(
        ErrorKind::TooLarge,
        "PAYLOAD_TOO_LARGE",
        "The body may have at most 64 MiB; send the rows in parts",
    )
}

fn broken_off() -> ApiError {
    ApiError::new(ErrorKind::Malformed, "INCOMPLETE_BODY", "The body broke off before its end")
}

fn unwritable(error: io::Error) -> ApiError {
    let mut failed = ApiError::new(
        ErrorKind::Unavailable,
        "SERVICE_UNAVAILABLE",
        "The service can't take this body right now",
    );
    failed.cause = Some(format!("a body could not be spooled: {error}").into());
    failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    async fn spooled(pieces: usize) -> Result<Spooled, ApiError> {
        let piece = Bytes::from(vec![b'x'; 100_000]);
        spool(stream::iter((0..pieces).map(move |_| Ok::<_, io::Error>(piece.clone()))), true).await
    }

    #[actix_web::test]
    async fn a_body_is_read_back_whole_from_memory_and_from_a_file() {
        for pieces in [0, 3, 30] {
            let mut text = String::new();
            let body = spooled(pieces).await.unwrap();
            assert_eq!(body.content.is_rolled(), pieces == 30);
            assert_eq!(body.hash, <[u8; 32]>::from(Sha256::digest(vec![b'x'; pieces * 100_000])));
            body.into_reader().read_to_string(&mut text).unwrap();
            assert_eq!(text.len(), pieces * 100_000);
        }
    }

    #[actix_web::test]
    async fn a_body_past_the_limit_is_refused() {
        assert_eq!(spooled(700).await.map(drop).unwrap_err().code, "PAYLOAD_TOO_LARGE");
    }
}
