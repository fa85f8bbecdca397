use std::thread;

use crate::support::{Helper, TestDir, alive, exists, query};

#[test]
fn the_last_of_two_handles_stops_the_server() {
    let test_dir = TestDir::new();
    let first = test_dir.start();
    let pid = test_dir.postmaster();
    let second = test_dir.start();
    assert_eq!(test_dir.postmaster(), pid);
    first.stop().unwrap();
    assert_eq!(query(&second, "select 1"), "1");
    second.stop().unwrap();
    assert!(!alive(pid));
}

#[test]
fn a_server_runs_on_for_a_second_process_and_stops_with_it() {
    let test_dir = TestDir::new();
    let server = test_dir.start();
    let pid = test_dir.postmaster();
    let helper = Helper::start(&test_dir.data_dir);
    assert_eq!(test_dir.postmaster(), pid);
    server.stop().unwrap();
    assert!(alive(pid));
    helper.stop();
    assert!(!alive(pid));
    crate::support::until("the first process reaps it", || !exists(pid));
}

#[test]
fn the_server_of_a_killed_process_is_taken_over() {
    let test_dir = TestDir::new();
    let helper = Helper::start(&test_dir.data_dir);
    let pid = test_dir.postmaster();
    helper.kill();
    assert!(alive(pid));
    let server = test_dir.start();
    assert_eq!(test_dir.postmaster(), pid);
    assert_eq!(query(&server, "select 1"), "1");
    server.stop().unwrap();
    assert!(!alive(pid));
}

#[test]
fn simultaneous_starts_share_one_server() {
    let test_dir = TestDir::new();
    let helper = thread::scope(|scope| {
        let process = scope.spawn(|| Helper::start(&test_dir.data_dir));
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| test_dir.start())).collect();
        let servers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let pid = test_dir.postmaster();
        let helper = process.join().unwrap();
        assert_eq!(query(&servers[0], "select 1"), "1");
        drop(servers);
        assert_eq!(test_dir.postmaster(), pid);
        helper
    });
    let pid = test_dir.postmaster();
    helper.stop();
    assert!(!alive(pid));
}
