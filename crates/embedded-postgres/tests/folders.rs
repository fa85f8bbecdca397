use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use embedded_postgres::{Error, Server};

use crate::support::{Place, am_root, names, query, snapshot};

#[test]
fn a_foreign_folder_is_refused_and_left_untouched() {
    let place = Place::new();
    fs::create_dir_all(place.data_dir.join("cluster")).unwrap();
    fs::write(place.data_dir.join("precious.txt"), "mine").unwrap();
    let before = snapshot(&place.data_dir);
    let error = Server::start(place.settings()).unwrap_err();
    assert!(matches!(error, Error::ForeignFolder { dir } if dir == place.data_dir));
    assert_eq!(snapshot(&place.data_dir), before);
}

#[test]
fn an_empty_folder_is_used_as_it_is() {
    let place = Place::new();
    fs::create_dir(&place.data_dir).unwrap();
    fs::set_permissions(&place.data_dir, Permissions::from_mode(0o755)).unwrap();
    let _server = place.start();
    let meta = fs::metadata(&place.data_dir).unwrap();
    assert_eq!(meta.mode() & 0o777, 0o755);
    assert_eq!(meta.uid(), fs::metadata(place.dir.path()).unwrap().uid());
}

/// Closes the folder above the data folder, as `/root` is.
fn closed_place() -> Place {
    let mut place = Place::new();
    let closed = place.dir.path().canonicalize().unwrap().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    place.data_dir = closed.join("data");
    place
}

fn start_beside(place: &Place) -> Result<Server, Error> {
    let mut settings = place.settings();
    settings.fallback_dir = place.dir.path().join("fallback");
    Server::start(settings)
}

#[test]
fn behind_a_closed_folder_the_cluster_is_elsewhere() {
    let place = closed_place();
    let server = start_beside(&place).unwrap();
    query(&server, "create table t as select 42 as n");
    server.stop().unwrap();
    let server = start_beside(&place).unwrap();
    assert_eq!(query(&server, "select n from t"), "42");
    assert_eq!(place.cluster().exists(), !am_root());
    assert_eq!(place.data_dir.join("cluster-location").exists(), am_root());
    assert!(place.data_dir.join("log/postgres.log").exists());
    let closed = fs::metadata(place.data_dir.parent().unwrap()).unwrap();
    assert_eq!(closed.mode() & 0o777, 0o700);
}

#[test]
fn a_copy_of_a_data_folder_does_not_share_its_cluster() {
    let mut place = closed_place();
    start_beside(&place).unwrap().stop().unwrap();
    let copy = place.data_dir.with_file_name("copy");
    assert!(Command::new("cp").arg("-a").args([&place.data_dir, &copy]).status().unwrap().success());
    place.data_dir = copy;
    let result = start_beside(&place);
    if am_root() {
        assert!(matches!(result, Err(Error::ForeignPointer { .. })));
    } else {
        assert_eq!(query(&result.unwrap(), "select 1"), "1");
    }
}

#[test]
fn a_removed_data_folder_starts_afresh() {
    let place = closed_place();
    let server = start_beside(&place).unwrap();
    query(&server, "create table t ()");
    server.stop().unwrap();
    fs::remove_dir_all(&place.data_dir).unwrap();
    let server = start_beside(&place).unwrap();
    assert_eq!(query(&server, "select to_regclass('t') is null"), "t");
    if am_root() {
        let kept = names(&place.dir.path().join("fallback"));
        assert_eq!(kept.len(), 2);
        assert!(kept[1].contains(".old-"), "{kept:?}");
    }
}

#[test]
fn a_cluster_that_became_unreachable_names_the_folder_to_open() {
    let mut place = Place::new();
    let folder = place.data_dir.clone();
    place.data_dir = folder.join("data");
    fs::create_dir(&folder).unwrap();
    place.start().stop().unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    let result = Server::start(place.settings());
    if am_root() {
        let error = result.unwrap_err();
        let expected = format!("chmod o+x {}", folder.display());
        assert!(error.to_string().contains(&expected), "{error}");
    } else {
        assert_eq!(query(&result.unwrap(), "select 1"), "1");
    }
}
