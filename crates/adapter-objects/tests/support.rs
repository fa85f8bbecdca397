//! Support of the tests.

use std::io::Cursor;

use adapter_objects::{Location, StoredObjects};
use file_intake::{Content, ObjectError, ObjectKey, Objects};
use kernel::clock::{IdSource, SystemIds};
use testkit::S3;
use tokio::runtime::{Builder, Runtime};

pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts")
}

pub(crate) fn location(text: &str) -> Location {
    text.parse().expect("a location")
}

pub(crate) fn in_bucket(s3: &S3, prefix: &str) -> StoredObjects {
    StoredObjects::open(&location(&s3.url(prefix)), Some(&credentials(S3::KEY, S3::SECRET)))
        .expect("a client is created")
}

pub(crate) fn credentials(key: &str, secret: &str) -> adapter_objects::Credentials {
    adapter_objects::Credentials::new(key.into(), secret.into(), None)
}

pub(crate) fn key() -> ObjectKey {
    let ids: &dyn IdSource = &SystemIds;
    ObjectKey::new(ids.id(), ids.uuid())
}

pub(crate) fn content(bytes: &[u8]) -> Content {
    Content::new(Cursor::new(bytes.to_vec()))
}

/// The message of an expected error, with its cause.
pub(crate) fn error_message(result: Result<impl Sized, ObjectError>) -> String {
    let error = result.err().expect("the store refuses");
    format!("{error}: {}", error.0)
}

/// Whether an object is there.
pub(crate) async fn is_there(store: &dyn Objects, key: ObjectKey) -> bool {
    store.get(key).await.expect("the store answers").is_some()
}
