use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use embedded_postgres::{Error, Server};

use crate::support::{TestDir, am_root, names, query, snapshot};

#[test]
fn a_foreign_folder_is_refused_and_left_untouched() {
    let test_dir = TestDir::new();
    fs::create_dir_all(test_dir.data_dir.join("cluster")).unwrap();
    fs::write(test_dir.data_dir.join("precious.txt"), "mine").unwrap();
    let before = snapshot(&test_dir.data_dir);
    let error = Server::start(test_dir.settings()).unwrap_err();
    assert!(matches!(error, Error::ForeignFolder { dir } if dir == test_dir.data_dir));
    assert_eq!(snapshot(&test_dir.data_dir), before);
}

#[test]
fn an_empty_folder_is_used_as_it_is() {
    let test_dir = TestDir::new();
    fs::create_dir(&test_dir.data_dir).unwrap();
    fs::set_permissions(&test_dir.data_dir, Permissions::from_mode(0o755)).unwrap();
    let _server = test_dir.start();
    let meta = fs::metadata(&test_dir.data_dir).unwrap();
    assert_eq!(meta.mode() & 0o777, 0o755);
    assert_eq!(meta.uid(), fs::metadata(test_dir.dir.path()).unwrap().uid());
}

/// Closes the folder above the data folder, as `/root` is.
fn closed_test_dir() -> TestDir {
    let mut test_dir = TestDir::new();
    let closed = test_dir.dir.path().canonicalize().unwrap().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    test_dir.data_dir = closed.join("data");
    test_dir
}

fn start_beside(test_dir: &TestDir) -> Result<Server, Error> {
    let mut settings = test_dir.settings();
    settings.fallback_dir = test_dir.dir.path().join("fallback");
    Server::start(settings)
}

#[test]
fn behind_a_closed_folder_the_cluster_is_elsewhere() {
    let test_dir = closed_test_dir();
    let server = start_beside(&test_dir).unwrap();
    query(&server, "create table t as select 42 as n");
    server.stop().unwrap();
    let server = start_beside(&test_dir).unwrap();
    assert_eq!(query(&server, "select n from t"), "42");
    assert_eq!(test_dir.cluster().exists(), !am_root());
    assert_eq!(test_dir.data_dir.join("cluster-location").exists(), am_root());
    assert!(test_dir.data_dir.join("log/postgres.log").exists());
    let closed = fs::metadata(test_dir.data_dir.parent().unwrap()).unwrap();
    assert_eq!(closed.mode() & 0o777, 0o700);
}

#[test]
fn a_copy_of_a_data_folder_does_not_share_its_cluster() {
    let mut test_dir = closed_test_dir();
    start_beside(&test_dir).unwrap().stop().unwrap();
    let copy = test_dir.data_dir.with_file_name("copy");
    assert!(Command::new("cp").arg("-a").args([&test_dir.data_dir, &copy]).status().unwrap().success());
    test_dir.data_dir = copy;
    let result = start_beside(&test_dir);
    if am_root() {
        assert!(matches!(result, Err(Error::ForeignPointer { .. })));
    } else {
        assert_eq!(query(&result.unwrap(), "select 1"), "1");
    }
}

#[test]
fn a_removed_data_folder_starts_afresh() {
    let test_dir = closed_test_dir();
    let server = start_beside(&test_dir).unwrap();
    query(&server, "create table t ()");
    server.stop().unwrap();
    fs::remove_dir_all(&test_dir.data_dir).unwrap();
    let server = start_beside(&test_dir).unwrap();
    assert_eq!(query(&server, "select to_regclass('t') is null"), "t");
    if am_root() {
        let folders = names(&test_dir.dir.path().join("fallback"));
        assert_eq!(folders.len(), 2);
        assert!(folders[1].contains(".old-"), "{folders:?}");
    }
}

#[test]
fn a_cluster_that_became_unreachable_names_the_folder_to_open() {
    let mut test_dir = TestDir::new();
    let folder = test_dir.data_dir.clone();
    test_dir.data_dir = folder.join("data");
    fs::create_dir(&folder).unwrap();
    test_dir.start().stop().unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    let result = Server::start(test_dir.settings());
    if am_root() {
        let error = result.unwrap_err();
        let expected = format!("chmod o+x {}", folder.display());
        assert!(error.to_string().contains(&expected), "{error}");
    } else {
        assert_eq!(query(&result.unwrap(), "select 1"), "1");
    }
}
