use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;

use embedded_postgres::{Error, Server};
use nix::unistd::{User, geteuid};

use crate::support::{Helper, TestDir, am_root, copy_program, query, script};

fn nobody() -> (u32, u32) {
    let user = User::from_name("nobody").unwrap().unwrap();
    (user.uid.as_raw(), user.gid.as_raw())
}

#[test]
fn an_ordinary_user_needs_no_root() {
    let test_dir = TestDir::new();
    if !am_root() {
        assert_eq!(query(&test_dir.start(), "select 1"), "1");
        return;
    }
    let (uid, gid) = nobody();
    let binary = test_dir.dir.path().join("tests");
    copy_program(&std::env::current_exe().unwrap(), &binary);
    fs::set_permissions(&binary, Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(&test_dir.data_dir).unwrap();
    chown(&test_dir.data_dir, Some(uid), Some(gid)).unwrap();
    let mut command = Command::new(binary);
    command.uid(uid).gid(gid).current_dir("/");
    let helper = Helper::spawn(command, &test_dir.data_dir);
    assert!(helper.version.parse::<u32>().unwrap() >= 150_000);
    assert_eq!(fs::metadata(test_dir.cluster()).unwrap().uid(), uid);
    helper.stop();
    assert!(!test_dir.cluster().join("postmaster.pid").exists());

    let error = Server::start(test_dir.settings()).unwrap_err();
    assert!(matches!(error, Error::WrongOwner { wanted: 0, .. }), "{error}");
}

#[test]
fn a_named_user_runs_the_server_also_later() {
    let test_dir = TestDir::new();
    let user = match am_root() {
        true => User::from_name("nobody").unwrap().unwrap(),
        false => User::from_uid(geteuid()).unwrap().unwrap(),
    };
    let mut settings = test_dir.settings();
    settings.run_as = Some(user.name);
    Server::start(settings).unwrap().stop().unwrap();
    let _server = test_dir.start();
    let pid_file = test_dir.cluster().join("postmaster.pid");
    assert_eq!(fs::metadata(pid_file).unwrap().uid(), user.uid.as_raw());
    let log = test_dir.data_dir.join("log/postgres.log");
    assert_eq!(fs::metadata(log).unwrap().uid(), geteuid().as_raw());
}

#[test]
fn unusable_users_are_refused() {
    let test_dir = TestDir::new();
    let start_as = |name: &str| {
        let mut settings = test_dir.settings();
        settings.run_as = Some(name.into());
        Server::start(settings).unwrap_err()
    };
    assert!(matches!(start_as("no-such-user"), Error::UnknownUser { .. }));
    assert!(matches!(start_as("root"), Error::UnusableUser { .. }));
}

#[test]
fn programs_that_the_user_cannot_run_are_refused() {
    let test_dir = TestDir::new();
    let found = embedded_postgres::find(test_dir.settings().pg_bin.as_deref(), &[]).unwrap();
    let bin = test_dir.dir.path().canonicalize().unwrap().join("bin");
    fs::create_dir(&bin).unwrap();
    fs::set_permissions(&bin, Permissions::from_mode(0o700)).unwrap();
    for name in ["initdb", "postgres", "psql"] {
        let program = found.program(name).display().to_string();
        script(&bin, name, &format!("#!/bin/sh\nexec '{program}' \"$@\"\n"));
    }
    let mut settings = test_dir.settings();
    settings.pg_bin = Some(bin.clone());
    let result = Server::start(settings);
    if am_root() {
        assert!(matches!(result, Err(Error::Unreachable { folder, .. }) if folder == bin));
    } else {
        assert_eq!(query(&result.unwrap(), "select 1"), "1");
    }
}
