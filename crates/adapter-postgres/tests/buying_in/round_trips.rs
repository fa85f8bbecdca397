//! How often a verification waits for PostgreSQL.

use grn_ticketing::receipt::Verification;
use kernel::id::TeamId;

use super::proxy::Proxy;
use crate::support::{Store, context, done, short};

/// The most round trips of a verification that finds mismatches and moves the order on.
const MOST: usize = 12;

/// What is asked for in each round trip of the verification of a receipt of so many lines, each with a mismatch, on a
/// connection that has verified others.
fn verifying(store: &Store, proxied: &Store, proxy: &Proxy, team: TeamId, lines: usize) -> Vec<String> {
    let [first, second, third] = [(); 3].map(|()| store.received(team, lines));
    for receipt in [first, second] {
        done(proxied.try_verify(context(team), short(&receipt)));
    }
    proxy.trips();
    let verified = done(proxied.try_verify(context(team), short(&third)));
    assert_eq!((verified.mismatches, verified.is_joined), (lines, false));
    proxy.trips()
}

/// The same of the second of two lines, whose mismatch joins the ticket of the first.
fn joining(store: &Store, proxied: &Store, proxy: &Proxy, team: TeamId) -> Vec<String> {
    let receipt = store.received(team, 2);
    let mut parts = short(&receipt).counts.into_iter().map(|count| Verification {
        only: Some(vec![count.item]),
        counts: vec![count],
        ..short(&receipt)
    });
    let mut verify = || {
        proxy.trips();
        let part = parts.next().expect("two lines");
        done(proxied.try_verify(context(team), part)).is_joined
    };
    assert_eq!([verify(), verify()], [false, true]);
    proxy.trips()
}

#[test]
fn a_verification_of_many_lines_takes_as_many_round_trips_as_one_of_one_line() {
    let store = Store::shared();
    let team = store.team();
    let proxy = Proxy::start();
    let proxied = Store { database: store.database.clone(), db: proxy.db(&store.database) };
    let [few, many] = [1, 50].map(|lines| verifying(&store, &proxied, &proxy, team, lines));
    for asked in few.iter().chain(&many) {
        assert!(!asked.starts_with("prepare"), "it was prepared before: {asked}");
    }
    assert!(few.len() <= MOST, "{} round trips: {few:#?}", few.len());
    assert_eq!(few.len(), many.len(), "of 50 lines: {many:#?}");
    // the ticket that is joined is locked first; the order moved on before
    joining(&store, &proxied, &proxy, team);
    let joined = joining(&store, &proxied, &proxy, team);
    assert_eq!(joined.len(), few.len(), "{joined:#?}");
}
