use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::Path;
use std::process::Stdio;

use embedded_postgres::{Error, Server};

use crate::support::{TestDir, exists, names, psql, query, until};

#[test]
fn a_new_cluster_is_as_documented() {
    let test_dir = TestDir::new();
    let server = test_dir.start();
    let show = |name: &str| query(&server, &format!("show {name}"));
    assert_eq!(show("data_checksums"), "on");
    assert_eq!(show("server_encoding"), "UTF8");
    assert_eq!(show("listen_addresses"), "");
    assert_eq!(show("server_version").split(' ').next(), Some(&*server.version().to_string()));
    assert_eq!(query(&server, "select current_user"), "postgres");
    let sorted = "select string_agg(x, '' order by x) from unnest(array['a', 'Z', 'ż', 'z']) x";
    assert_eq!(query(&server, sorted), "Zazż");
    assert_eq!(query(&server, "select upper('żółw')"), "ŻÓŁW");
    for folder in [server.socket_dir(), &test_dir.cluster()] {
        assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
    assert_eq!(server.port(), 5432);
}

#[test]
fn a_durable_server_syncs_and_takes_parameters() {
    let test_dir = TestDir::new();
    let mut settings = test_dir.settings();
    settings.durability = embedded_postgres::Durability::Durable;
    settings.parameters.push(("work_mem".into(), "5MB".into()));
    let server = Server::start(settings).unwrap();
    for name in ["fsync", "full_page_writes", "synchronous_commit"] {
        assert_eq!(query(&server, &format!("show {name}")), "on");
    }
    assert_eq!(query(&server, "show work_mem"), "5MB");
}

#[test]
fn a_restart_keeps_the_data() {
    let test_dir = TestDir::new();
    let server = test_dir.start();
    query(&server, "create table t as select 42 as n");
    let pid = test_dir.postmaster();
    server.stop().unwrap();
    assert!(!exists(pid), "gone, and no zombie");
    let server = test_dir.start();
    assert_eq!(query(&server, "select n from t"), "42");
}

#[test]
fn dropping_stops_the_server() {
    let test_dir = TestDir::new();
    let server = test_dir.start();
    let pid = test_dir.postmaster();
    drop(server);
    assert!(!exists(pid), "gone, and no zombie");
}

#[test]
fn connections_do_not_keep_the_server_from_stopping() {
    let test_dir = TestDir::new();
    let server = test_dir.start();
    let mut client = psql(&server, "select pg_sleep(600)").stderr(Stdio::null()).spawn().unwrap();
    let sleeping = "select count(*) from pg_stat_activity where query = 'select pg_sleep(600)'";
    until("the client sleeps", || query(&server, sleeping) == "1");
    server.stop().unwrap();
    assert!(!client.wait().unwrap().success());
}

#[test]
fn a_long_path_gets_a_socket_folder_of_its_own() {
    let mut test_dir = TestDir::new();
    test_dir.data_dir = test_dir.data_dir.join("x".repeat(60)).join("y".repeat(60)).join("postgres");
    let server = test_dir.start();
    assert_eq!(query(&server, "select 1"), "1");
    let socket_dir = server.socket_dir().to_owned();
    assert!(socket_dir.starts_with("/tmp"));
    server.stop().unwrap();
    assert!(!socket_dir.exists());
}

#[test]
fn unusual_paths_work() {
    for odd in ["a \"b\" c%d'ż", "a,b"] {
        let mut test_dir = TestDir::new();
        test_dir.data_dir = test_dir.data_dir.join(odd);
        assert_eq!(query(&test_dir.start(), "select 1"), "1");
    }
}

#[test]
fn a_socket_folder_that_is_not_private_is_refused() {
    let mut test_dir = TestDir::new();
    test_dir.data_dir = test_dir.data_dir.join("x".repeat(60)).join("y".repeat(60));
    let server = test_dir.start();
    let socket_dir = server.socket_dir().to_owned();
    server.stop().unwrap();
    let owner = fs::metadata(test_dir.cluster()).unwrap();
    let start = || {
        lchown(&socket_dir, Some(owner.uid()), Some(owner.gid())).unwrap();
        Server::start(test_dir.settings()).map(|_| ())
    };

    symlink(test_dir.cluster(), &socket_dir).unwrap();
    let link = start();
    fs::remove_file(&socket_dir).unwrap();

    fs::create_dir(&socket_dir).unwrap();
    fs::write(socket_dir.join("file"), "").unwrap();
    fs::set_permissions(&socket_dir, Permissions::from_mode(0o755)).unwrap();
    let open = start();
    fs::remove_dir_all(&socket_dir).unwrap();

    for result in [link, open] {
        assert!(matches!(result, Err(Error::NotPrivate { path, .. }) if path == socket_dir));
    }
}

#[test]
fn incomplete_clusters_are_removed_and_not_started() {
    let test_dir = TestDir::new();
    test_dir.start().stop().unwrap();
    fs::rename(test_dir.cluster(), test_dir.data_dir.join("cluster.new-1")).unwrap();
    fs::create_dir_all(test_dir.data_dir.join("cluster.new-2/base")).unwrap();
    fs::remove_file(test_dir.data_dir.join("cluster.new-1/PG_VERSION")).unwrap();
    let server = test_dir.start();
    assert_eq!(query(&server, "select 1"), "1");
    let attempts = |name: &String| name.starts_with("cluster.new");
    assert_eq!(names(&test_dir.data_dir).into_iter().find(attempts), None);
}

#[test]
fn a_server_that_cannot_start_shows_its_log() {
    let test_dir = TestDir::new();
    let mut settings = test_dir.settings();
    settings.parameters.push(("no_such_parameter".into(), "1".into()));
    let Err(Error::Exited { last_lines, log, .. }) = Server::start(settings) else {
        panic!("it must end");
    };
    assert!(last_lines.contains("no_such_parameter"), "{last_lines}");
    assert_eq!(log, test_dir.data_dir.join("log/postgres.log"));
    assert_eq!(query(&test_dir.start(), "select 1"), "1");
}

#[test]
fn reserved_parameters_are_refused() {
    let test_dir = TestDir::new();
    let mut settings = test_dir.settings();
    settings.parameters.push(("FSYNC".into(), "off".into()));
    let error = Server::start(settings).unwrap_err();
    assert!(matches!(error, Error::ReservedParameter { name } if name == "FSYNC"));
    assert!(!test_dir.data_dir.exists());
}

#[test]
fn a_cluster_of_a_missing_major_version_is_not_touched() {
    let test_dir = TestDir::new();
    test_dir.start().stop().unwrap();
    fs::write(test_dir.cluster().join("PG_VERSION"), "99\n").unwrap();
    let error = Server::start(test_dir.settings()).unwrap_err();
    assert!(matches!(error, Error::MajorMissing { major: 99, .. }), "{error}");
}

#[test]
fn the_server_does_not_inherit_the_environment() {
    let test_dir = TestDir::new();
    let _server = test_dir.start();
    if Path::new("/proc").exists() {
        let environ = fs::read(format!("/proc/{}/environ", test_dir.postmaster())).unwrap();
        let names: Vec<_> =
            environ.split(|b| *b == 0).filter_map(|v| v.split(|b| *b == b'=').next()).collect();
        assert!(!names.contains(&&b"HOME"[..]) && names.contains(&&b"PATH"[..]));
    }
}
