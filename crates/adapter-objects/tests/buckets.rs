//! Objects in S3.

use std::fs;

use adapter_objects::StoredObjects;
use file_intake::{Objects, contract};
use testkit::S3;

use crate::support::{content, credentials, in_bucket, is_there, key, location, runtime, told};

#[test]
fn a_bucket_keeps_the_contract_with_a_prefix_and_without() {
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
            let bad = StoredObjects::open(&location(&s3.url("")), Some(&wrong)).expect("a client is made");
            for told in [
                told(bad.put(key, &mut content(b"y")).await),
                told(bad.get(key).await),
                told(bad.delete(key).await),
            ] {
                assert!(told.starts_with("the object store is not available right now: "), "{told}");
                assert!(!told.contains("another secret") && !told.contains(S3::SECRET), "{told}");
            }
        }
        assert!(is_there(&good, key).await);
    });
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let s3 = S3::start();
    let store = in_bucket(&s3, "");
    drop(s3);
    let unreachable = told(runtime().block_on(store.put(key(), &mut content(b"x"))));
    assert!(unreachable.starts_with("the object store is not available right now: "), "{unreachable}");
}

#[test]
fn a_server_is_spoken_to_in_tls_where_its_address_says_so() {
    let s3 = S3::start();
    let url = s3.url("").replacen("http:", "https:", 1);
    let store = StoredObjects::open(&location(&url), Some(&credentials(S3::KEY, S3::SECRET)));
    let refused = told(runtime().block_on(store.expect("a client is made").get(key())));
    // the server of the tests has no certificate
    assert!(refused.contains("https://127.0.0.1"), "{refused}");
}

#[test]
fn parts_of_what_broke_off_do_not_stay() {
    let s3 = S3::start();
    // the suite breaks uploads of several parts off
    runtime().block_on(contract::objects(&in_bucket(&s3, "")));
    let root = s3.folder().parent().expect("buckets stand in a folder").to_owned();
    let left: Vec<_> =
        fs::read_dir(root).expect("it is read").map(|entry| entry.expect("it is read").file_name()).collect();
    let parts: Vec<_> = left.iter().filter(|name| name.to_string_lossy().contains("part")).collect();
    assert!(parts.is_empty(), "{parts:?}");
}
