//! Objects in a folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use adapter_objects::{Location, StoredObjects};
use file_intake::{Objects, contract};

use crate::support::{content, error_message, is_there, key, runtime};

fn open(path: &std::path::Path) -> StoredObjects {
    StoredObjects::open(&Location::Folder(path.into()), None).expect("the folder is opened")
}

#[test]
fn a_folder_passes_the_suite() {
    let folder = tempfile::tempdir().expect("a folder");
    runtime().block_on(contract::objects(&open(folder.path())));
}

#[test]
fn a_folder_is_made_for_its_owner_alone_and_objects_lie_under_team_and_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, key) = (folder.path().join("data").join("objects"), key());
    runtime().block_on(open(&path).put(key, &mut content(b"x"))).expect("it is stored");
    let mode = fs::metadata(&path).expect("the folder is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(fs::read(path.join(key.to_string())).expect("the object is there"), b"x");
}

#[test]
fn a_folder_that_can_not_be_made_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let error =
        StoredObjects::open(&Location::Folder(file.join("objects")), None).expect_err("it is refused");
    assert_eq!(error.to_string(), format!("the folder {} can't be used", file.join("objects").display()));
}

#[test]
fn what_a_killed_process_left_of_an_object_goes_when_it_is_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, key) = (open(folder.path()), key());
    let unfinished = folder.path().join(format!("{key}#1"));
    fs::create_dir(unfinished.parent().expect("a team's folder")).expect("it is made");
    fs::write(&unfinished, "half").expect("it is written");
    runtime().block_on(async {
        assert!(!is_there(&store, key).await, "half an object is none");
        store.delete(key).await.expect("it is deleted");
    });
    assert!(!unfinished.exists());
}

#[test]
fn a_folder_that_went_away_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, key) = (folder.path().join("objects"), key());
    let store = open(&path);
    fs::remove_dir_all(&path).expect("it goes");
    fs::write(&path, "").expect("a file is in its place");
    let message = error_message(runtime().block_on(store.put(key, &mut content(b"x"))));
    assert!(message.starts_with("the object store is not available right now: "), "{message}");
}
