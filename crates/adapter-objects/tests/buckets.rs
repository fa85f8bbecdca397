//! Objects in S3.

use std::fs;

use adapter_objects::StoredObjects;
use file_intake::{Objects, contract};
use testkit::S3;

use crate::support::{content, credentials, error_message, in_bucket, is_there, key, location, runtime};

#[test]
fn a_bucket_passes_the_suite_with_a_prefix_and_without() {
    let s3 = S3::start();
    for prefix in ["", "plant/files"] {
        runtime().block_on(contract::objects(&in_bucket(&s3, prefix)));
    }
}

#[test]
fn objects_lie_under_prefix_team_and_id() {
    let (s3, key) = (S3::start(), key());
    let store = in_bucket(&s3, "a b/plant");
    runtime().block_on(store.put(key, &mut content(b"x"))).expect("it is stored");
    let path = s3.folder().join("a b/plant").join(key.to_string());
    assert_eq!(fs::read(path).expect("the object is there"), b"x");
}

#[test]
fn the_server_checks_signatures() {
    let (s3, key) = (S3::start(), key());
    let good = in_bucket(&s3, "");
    runtime().block_on(async {
        good.put(key, &mut content(b"x")).await.expect("it is stored");
        for wrong in [credentials(S3::KEY, "another secret"), credentials("AKIAUNKNOWN", S3::SECRET)] {
            let bad = StoredObjects::open(&location(&s3.url("")), Some(&wrong)).expect("a client is created");
            for message in [
                error_message(bad.put(key, &mut content(b"y")).await),
                error_message(bad.get(key).await),
                error_message(bad.delete(key).await),
            ] {
                assert!(message.starts_with("the object store is not available right now: "), "{message}");
                assert!(!message.contains("another secret") && !message.contains(S3::SECRET), "{message}");
            }
        }
        assert!(is_there(&good, key).await);
    });
}

#[test]
fn a_missing_server_is_reported() {
    let s3 = S3::start();
    let store = in_bucket(&s3, "");
    drop(s3);
    let unreachable = error_message(runtime().block_on(store.put(key(), &mut content(b"x"))));
    assert!(unreachable.starts_with("the object store is not available right now: "), "{unreachable}");
}

#[test]
fn an_https_address_is_called_with_tls() {
    let s3 = S3::start();
    let url = s3.url("").replacen("http:", "https:", 1);
    let store = StoredObjects::open(&location(&url), Some(&credentials(S3::KEY, S3::SECRET)));
    let refused = error_message(runtime().block_on(store.expect("a client is created").get(key())));
    // the server of the tests has no certificate
    assert!(refused.contains("https://127.0.0.1"), "{refused}");
}

#[test]
fn parts_of_an_aborted_upload_are_removed() {
    let s3 = S3::start();
    // the suite breaks uploads of several parts off
    runtime().block_on(contract::objects(&in_bucket(&s3, "")));
    let root = s3.folder().parent().expect("buckets are in a folder").to_owned();
    let left: Vec<_> =
        fs::read_dir(root).expect("it is read").map(|entry| entry.expect("it is read").file_name()).collect();
    let parts: Vec<_> = left.iter().filter(|name| name.to_string_lossy().contains("part")).collect();
    assert!(parts.is_empty(), "{parts:?}");
}
