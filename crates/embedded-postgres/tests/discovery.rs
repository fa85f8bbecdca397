use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use embedded_postgres::{Error, find};

use crate::support::{TestDir, script};

#[test]
fn postgresql_is_found() {
    let bin = std::env::var_os("PG_BIN").map(std::path::PathBuf::from);
    let found = find(bin.as_deref(), &[]).unwrap();
    assert!(found.version().major >= 15);
    assert!(found.program("initdb").is_file());
    let same = find(Some(found.bin_dir()), &[]).unwrap();
    assert_eq!(found, same);
}

#[test]
fn links_are_followed_to_the_folder_with_all_programs() {
    let test_dir = TestDir::new();
    let found = find(test_dir.settings().pg_bin.as_deref(), &[]).unwrap();
    for name in ["initdb", "postgres"] {
        symlink(found.program(name), test_dir.dir.path().join(name)).unwrap();
    }
    let linked = find(Some(test_dir.dir.path()), &[]).unwrap();
    assert!(linked.program("psql").is_file());
}

#[test]
fn only_a_named_folder_is_searched() {
    let test_dir = TestDir::new();
    let error = find(Some(test_dir.dir.path()), &[]).unwrap_err();
    assert!(matches!(error, Error::NotInFolder { bin_dir } if bin_dir == test_dir.dir.path()));
}

#[test]
fn a_program_without_its_executable_bit_is_named() {
    let test_dir = TestDir::new();
    script(test_dir.dir.path(), "initdb", "");
    fs::set_permissions(test_dir.dir.path().join("initdb"), Permissions::from_mode(0o644)).unwrap();
    let error = find(Some(test_dir.dir.path()), &[]).unwrap_err();
    assert!(error.to_string().contains("chmod +x"), "{error}");
}

#[test]
fn old_and_broken_ones_are_refused() {
    let test_dir = TestDir::new();
    script(test_dir.dir.path(), "initdb", "");
    script(test_dir.dir.path(), "postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n");
    let error = find(Some(test_dir.dir.path()), &[]).unwrap_err();
    assert!(matches!(error, Error::TooOld { found, .. } if found.to_string() == "14.9"));
    script(test_dir.dir.path(), "postgres", "#!/bin/sh\nexit 1\n");
    let error = find(Some(test_dir.dir.path()), &[]).unwrap_err();
    assert!(matches!(error, Error::NoVersion { .. }));
}

#[test]
fn the_error_for_none_says_what_to_do() {
    let text = Error::NotFound.to_string();
    assert!(text.contains("apt-get install postgresql") && text.contains("PG_BIN"));
}
