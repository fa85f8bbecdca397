use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use embedded_postgres::{Durability, Error, Server};
use nix::sys::signal::Signal;

use crate::support::{TestDir, alive, as_owner_of, exists, psql, query, signal, until};

/// A stopped cluster with a `postmaster.pid` and a socket lock that name a process.
fn claim_for(test_dir: &TestDir, pid: u32) {
    let text = |line: &str| format!("{pid}\n{}\n1700000000\n5432\n{line}\n\n", test_dir.cluster().display());
    let socket_dir = test_dir.data_dir.join("socket");
    if !socket_dir.exists() {
        fs::create_dir(&socket_dir).unwrap();
        fs::set_permissions(&socket_dir, fs::metadata(test_dir.cluster()).unwrap().permissions()).unwrap();
    }
    let owner = fs::metadata(test_dir.cluster()).unwrap();
    for file in [test_dir.cluster().join("postmaster.pid"), socket_dir.join(".s.PGSQL.5432.lock")] {
        fs::write(&file, text(&socket_dir.display().to_string())).unwrap();
        chown_like(&file, &owner);
    }
    chown_like(&socket_dir, &owner);
}

fn chown_like(path: &Path, owner: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt;
    std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
}

#[test]
fn committed_data_survives_a_killed_postmaster() {
    let test_dir = TestDir::new();
    let mut settings = test_dir.settings();
    settings.durability = Durability::Durable;
    let first = Server::start(settings.clone()).unwrap();
    query(&first, "create table t as select generate_series(1, 1000) as n");
    let pid = test_dir.postmaster();
    signal(pid, Signal::SIGKILL);
    let second = Server::start(settings).unwrap();
    assert_ne!(test_dir.postmaster(), pid);
    assert_eq!(query(&second, "select count(*) from t"), "1000");
    first.stop().unwrap();
    assert_eq!(query(&second, "select 1"), "1");
    until("the dead postmaster is reaped", || !exists(pid));
}

#[test]
fn a_zombie_in_the_pid_file_does_not_block_a_start() {
    let test_dir = TestDir::new();
    test_dir.start().stop().unwrap();
    // PostgreSQL minds only processes of its own user.
    let mut command = Command::new("true");
    as_owner_of(&test_dir.cluster(), &mut command);
    let mut zombie = command.spawn().unwrap();
    claim_for(&test_dir, zombie.id());
    until("it is a zombie", || !alive(zombie.id() as i32));
    assert_eq!(query(&test_dir.start(), "select 1"), "1");
    zombie.wait().unwrap();
}

#[test]
fn a_recycled_pid_neither_blocks_a_start_nor_is_signalled() {
    let test_dir = TestDir::new();
    test_dir.start().stop().unwrap();
    let mut command = Command::new("cat");
    as_owner_of(&test_dir.cluster(), &mut command);
    let mut other = command.stdin(Stdio::piped()).spawn().unwrap();
    claim_for(&test_dir, other.id());
    let server = test_dir.start();
    assert_eq!(query(&server, "select 1"), "1");
    server.stop().unwrap();
    assert!(alive(other.id() as i32));
    drop(other.stdin.take());
    other.wait().unwrap();
}

#[test]
fn a_pid_recycled_by_another_server_does_not_block_a_start() {
    let (test_dir, other) = (TestDir::new(), TestDir::new());
    test_dir.start().stop().unwrap();
    let neighbour = other.start();
    claim_for(&test_dir, other.postmaster() as u32);
    let server = test_dir.start();
    assert_eq!(query(&server, "select 1"), "1");
    server.stop().unwrap();
    assert_eq!(query(&neighbour, "select 1"), "1");
}

#[test]
fn backends_that_outlive_the_postmaster_are_waited_for() {
    let test_dir = TestDir::new();
    let server = test_dir.start();
    let loops = "do $$ begin while clock_timestamp() < now() + interval '20 s' loop end loop; end $$";
    let mut client = psql(&server, loops).stderr(Stdio::null()).spawn().unwrap();
    let find = "select pid from pg_stat_activity where query like 'do %'";
    until("the backend loops", || !query(&server, find).is_empty());
    let backend: i32 = query(&server, find).parse().unwrap();
    signal(test_dir.postmaster(), Signal::SIGKILL);

    let mut settings = test_dir.settings();
    settings.start_timeout = Duration::from_secs(1);
    let error = Server::start(settings).unwrap_err();
    assert!(matches!(&error, Error::OrphanedProcesses { seconds: 1, .. }), "{error}");
    assert!(alive(backend));

    signal(backend, Signal::SIGKILL);
    assert_eq!(query(&test_dir.start(), "select 1"), "1");
    client.wait().unwrap();
}

#[test]
fn a_server_started_by_hand_is_not_touched() {
    let test_dir = TestDir::new();
    let server = test_dir.start();
    let program = server.installation().program("postgres");
    server.stop().unwrap();
    let mut command = Command::new(program);
    as_owner_of(&test_dir.cluster(), &mut command);
    command.arg("-D").arg(test_dir.cluster()).args(["-c", "listen_addresses="]);
    command.args(["-c", "unix_socket_directories=.", "-c", "fsync=off"]).current_dir("/");
    let mut by_hand = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let pid_file = test_dir.cluster().join("postmaster.pid");
    until("it is ready", || fs::read_to_string(&pid_file).is_ok_and(|t| t.contains("ready")));

    let error = Server::start(test_dir.settings()).unwrap_err();
    let expected = by_hand.id() as i32;
    assert!(matches!(error, Error::StartedElsewhere { pid, .. } if pid == expected));
    assert!(pid_file.exists());
    signal(expected, Signal::SIGINT);
    assert!(by_hand.wait().unwrap().success());
}

#[test]
fn a_server_that_starts_slowly_goes_on_starting() {
    let test_dir = TestDir::new();
    test_dir.start().stop().unwrap();
    let mut settings = test_dir.settings();
    settings.start_timeout = Duration::ZERO;
    let error = Server::start(settings).unwrap_err();
    assert!(matches!(error, Error::NotReady { .. } | Error::OrphanedProcesses { .. }), "{error}");
    let server = test_dir.start();
    assert_eq!(query(&server, "select 1"), "1");
}

#[test]
fn start_and_stop_are_measured() {
    let test_dir = TestDir::new();
    let mut settings = test_dir.settings();
    settings.durability = Durability::Durable;
    let timed = |what: &str| {
        let start = Instant::now();
        let server = Server::start(settings.clone()).unwrap();
        println!("{what}: {:?}", start.elapsed());
        server
    };
    timed("cold start").stop().unwrap();
    let server = timed("warm start");
    let second = timed("attach");
    query(&server, "create table t as select generate_series(1, 100000) as n");
    signal(test_dir.postmaster(), Signal::SIGKILL);
    let third = timed("recovery after kill -9");
    drop((server, second));
    let start = Instant::now();
    third.stop().unwrap();
    println!("stop: {:?}", start.elapsed());
}
