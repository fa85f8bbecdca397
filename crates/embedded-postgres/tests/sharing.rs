use std::thread;

use crate::support::{Helper, Place, alive, exists, query};

#[test]
fn the_last_of_two_handles_stops_the_server() {
    let place = Place::new();
    let first = place.start();
    let pid = place.postmaster();
    let second = place.start();
    assert_eq!(place.postmaster(), pid);
    first.stop().unwrap();
    assert_eq!(query(&second, "select 1"), "1");
    second.stop().unwrap();
    assert!(!alive(pid));
}

#[test]
fn a_server_stays_for_a_second_process_and_goes_with_it() {
    let place = Place::new();
    let server = place.start();
    let pid = place.postmaster();
    let helper = Helper::start(&place.data_dir);
    assert_eq!(place.postmaster(), pid);
    server.stop().unwrap();
    assert!(alive(pid));
    helper.stop();
    assert!(!alive(pid));
    crate::support::until("the first process reaps it", || !exists(pid));
}

#[test]
fn the_server_of_a_killed_process_is_taken_over() {
    let place = Place::new();
    let helper = Helper::start(&place.data_dir);
    let pid = place.postmaster();
    helper.kill();
    assert!(alive(pid));
    let server = place.start();
    assert_eq!(place.postmaster(), pid);
    assert_eq!(query(&server, "select 1"), "1");
    server.stop().unwrap();
    assert!(!alive(pid));
}

#[test]
fn simultaneous_starts_share_one_server() {
    let place = Place::new();
    let helper = thread::scope(|scope| {
        let process = scope.spawn(|| Helper::start(&place.data_dir));
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| place.start())).collect();
        let servers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let pid = place.postmaster();
        let helper = process.join().unwrap();
        assert_eq!(query(&servers[0], "select 1"), "1");
        drop(servers);
        assert_eq!(place.postmaster(), pid);
        helper
    });
    let pid = place.postmaster();
    helper.stop();
    assert!(!alive(pid));
}
