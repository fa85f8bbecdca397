//! What the domains' contract suites share: moments, contexts, assertions.

mod register;

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};

use crate::access::{Actor, Identity};
use crate::id::TeamId;
use crate::page::{Listing, Window};
use crate::write::{Claim, ClaimKey, Content, StoredResponse, WriteContext, Written};

pub use self::register::{RegisterSuite, is_refused, registered};

/// When things are created.
pub fn created_at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

/// When they are changed.
pub fn changed_at() -> DateTime<Utc> {
    created_at() + TimeDelta::microseconds(1)
}

/// A change at a moment that no idempotency key covers.
pub fn context<O>(team: TeamId, at: DateTime<Utc>) -> WriteContext<O> {
    let actor = Actor { team, identity: Identity::System { part: "contract" } };
    WriteContext::unclaimed(&actor, "contract", at)
}

/// A change claimed by a key for a path; whatever its outcome, [`stored_answer`] is stored.
pub fn claimed<O>(team: TeamId, path: &str, fingerprint: u8) -> WriteContext<O> {
    let key = ClaimKey {
        method: "POST".into(),
        path: path.into(),
        key: "contract".into(),
        fingerprint: [fingerprint; 32],
    };
    let render = Box::new(|_: &O| Some(stored_answer()));
    context(team, created_at()).claimed(Some(Claim { key, render }))
}

/// The response to a [`claimed`] change.
pub fn stored_answer() -> StoredResponse {
    StoredResponse { status: 201, content: Content::Json(r#"{"kept":true}"#.into()) }
}

/// `limit` entries, 100 at most, after the first `offset`.
///
/// # Panics
/// When the limit is out of range.
#[expect(clippy::expect_used, reason = "test support: a bad window is the suite's own fault")]
pub fn window(offset: u32, limit: u32) -> Window {
    Window::try_new(offset, limit, 100).expect("a valid window")
}

/// The outcome of a change that must be done now.
///
/// # Panics
/// When it failed or was replayed.
pub fn done<O: Debug, E: Debug>(result: Result<Written<O>, E>, what: &str) -> O {
    match result {
        Ok(Written::Done(outcome)) => outcome,
        other => panic!("{what}: {other:?}"),
    }
}

/// A repeated request gets the response that was stored for it.
///
/// # Panics
/// When it was done again, or refused.
pub fn is_replayed<O: Debug, E: Debug>(result: Result<Written<O>, E>) {
    let is_stored = matches!(&result, Ok(Written::Replayed(answer)) if *answer == stored_answer());
    assert!(is_stored, "a repeated request gets the stored response: {result:?}");
}

/// The value that was read.
///
/// # Panics
/// When it could not be read.
pub fn read<T, E: Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("reading works: {error:?}"),
    }
}

/// A list for comparison: what `show` makes of each entry, in order, and the total.
///
/// # Panics
/// When it could not be read.
pub fn shown<T, U>(listing: Result<Listing<T>, impl Debug>, show: impl Fn(&T) -> U) -> (Vec<U>, u64) {
    let listing = read(listing);
    (listing.items.iter().map(show).collect(), listing.total)
}
