#!/bin/sh
# actix-multipart 0.8.5 (crates.io; github.com/actix/actix-web)
#
# A form whose file name is not UTF-8, as old clients on Windows send it, fails as a whole, and the error says that the
# Content-Disposition header is missing, which is there. The same bytes as multipart/mixed are read, with the header as it was
# sent. And a backslash before any character is dropped from a name: of `C:\fakepath\new.pdf`, which older browsers send,
# `C:fakepathnew.pdf` is left. crates/adapter-http/src/request/parts.rs reads the header itself.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --name form
cat >> Cargo.toml << 'TOML'
actix-multipart = { version = "=0.8.5", default-features = false }
actix-web = { version = "=4.18.1", default-features = false }
bytes = "1"
futures-util = { version = "0.3", default-features = false }
TOML
cat > src/main.rs << 'RUST'
use actix_multipart::Multipart;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderValue};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

async fn read(kind: &'static str, name: &[u8]) {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let start = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"";
    let body = [&start[..], name, b"\"\r\n\r\ntext\r\n--b--\r\n"].concat();
    let body = stream::iter([Ok::<_, actix_web::error::PayloadError>(Bytes::from(body))]);
    match Multipart::new(&headers, body).next().await {
        Some(Ok(part)) => {
            let parsed = part.content_disposition().and_then(|sent| sent.get_filename());
            println!("{kind}: {parsed:?} of {} bytes", part.headers().get(CONTENT_DISPOSITION).unwrap().len());
        }
        Some(Err(error)) => println!("{kind}: {error}"),
        None => println!("{kind}: no part"),
    }
}

#[actix_web::main]
async fn main() {
    read("multipart/form-data; boundary=b", b"M\xfcller.pdf").await;
    read("multipart/mixed; boundary=b", b"M\xfcller.pdf").await;
    read("multipart/form-data; boundary=b", b"C:\\fakepath\\new.pdf").await;
}
RUST
sed -i 's/^actix-web = .*/actix-web = { version = "=4.18.1", default-features = false, features = ["macros"] }/' Cargo.toml
found=$(cargo run --quiet)
echo "$found"
[ "$found" = "multipart/form-data; boundary=b: Content-Disposition header was not found when parsing a \"form-data\" field
multipart/mixed; boundary=b: None of 45 bytes
multipart/form-data; boundary=b: Some(\"C:fakepathnew.pdf\") of 54 bytes" ]
