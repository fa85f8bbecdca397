//! What every implementation of the ports must show. Call each suite with stores that share their data, and two
//! teams that exist and have nothing of the plant; a fresh pair of teams for each suite.

mod activities;
mod attachments;
mod departments;
mod equipment;
mod operators;
mod pause_reasons;
mod routings;
mod work_centres;

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity};
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{Answer, Claim, ClaimKey, Content, WriteContext, Written};

pub use self::activities::activities;
pub use self::attachments::{Operations, attachments};
pub use self::departments::departments;
pub use self::equipment::{Hall, equipment};
pub use self::operators::operators;
pub use self::pause_reasons::pause_reasons;
pub use self::routings::{RoutingStores, routings};
pub use self::work_centres::work_centres;
use crate::name::Name;

fn created_at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn changed_at() -> DateTime<Utc> {
    created_at() + TimeDelta::microseconds(1)
}

fn context<O>(team: TeamId, at: DateTime<Utc>) -> WriteContext<O> {
    let actor = Actor { team, identity: Identity::System { part: "contract" } };
    WriteContext::unclaimed(&actor, "contract", at)
}

fn claimed<O>(team: TeamId, path: &str, fingerprint: u8) -> WriteContext<O> {
    let key = ClaimKey {
        method: "POST".into(),
        path: path.into(),
        key: "contract".into(),
        fingerprint: [fingerprint; 32],
    };
    let render = Box::new(|_: &O| kept_answer());
    context(team, created_at()).claimed(Some(Claim { key, render }))
}

fn kept_answer() -> Answer {
    Answer { status: 201, content: Content::Json(r#"{"kept":true}"#.into()) }
}

#[expect(clippy::expect_used, reason = "test support: a bad name is the suite's own fault")]
fn name(text: &str) -> Name {
    Name::try_new(text).expect("a valid name")
}

#[expect(clippy::expect_used, reason = "test support: a bad window is the suite's own fault")]
fn window(offset: u32, limit: u32) -> Window {
    Window::try_new(offset, limit, 100).expect("a valid window")
}

fn done<O: Debug, E: Debug>(result: Result<Written<O>, E>, what: &str) -> O {
    match result {
        Ok(Written::Done(outcome)) => outcome,
        other => panic!("{what}: {other:?}"),
    }
}

fn read<T, E: Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("reading works: {error:?}"),
    }
}

/// What a list is compared by: what it shows of each entry, in order, and its total.
fn shown<T, U>(listing: Result<Listing<T>, impl Debug>, show: impl Fn(&T) -> U) -> (Vec<U>, u64) {
    let listing = read(listing);
    (listing.items.iter().map(show).collect(), listing.total)
}
