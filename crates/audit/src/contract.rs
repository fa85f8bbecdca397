//! The contract tests of the ports. Call [`trail()`], [`sealing()`] and [`access_log()`] with stores that share their data,
//! and two teams that exist; a fresh pair of teams for each suite.

mod access;
mod chains;
mod entries;
mod heads;

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity};
use kernel::audit::AuditEntry;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use uuid::Uuid;

pub use self::access::access_log;
pub use self::chains::sealing;
pub use self::entries::trail;
pub use self::heads::head_archive;
use crate::ports::{AuditTrail, Chains, Sealer};

/// The time of the entry number `n`.
fn at(n: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::microseconds(n)
}

/// Adds an entry about `subject` at [`at`]`(n)`, in the request `request-n`, by a user of that number.
async fn add(trail: &dyn AuditTrail, team: TeamId, n: i64, action: &'static str, subject: Uuid) {
    let user = Id::new(Uuid::from_u128(n.unsigned_abs().into()));
    let identity = Identity::User { id: user, roles: Default::default(), vendor: None };
    let context = WriteContext::unclaimed(&Actor { team, identity }, format!("request-{n}"), at(n));
    let entry = AuditEntry {
        action: action.into(),
        subject_kind: "thing",
        subject,
        before: (n % 2 == 0).then(|| format!("{{\"n\": {}}}", n - 1)),
        after: Some(format!("{{\"n\": {n}, \"amount\": 1.50}}")),
    };
    let added = read(trail.append(context, entry).await, "an entry is added");
    assert_eq!(added, Written::Done(()));
}

/// Seals until no entry of the teams waits: others' transactions may delay sealing for a moment.
async fn seal_all(sealer: &dyn Sealer, chains: &dyn Chains, teams: [TeamId; 2]) {
    for _ in 0..100_000 {
        read(sealer.seal().await, "sealing works");
        let mut waiting = 0;
        for team in teams {
            waiting += read(chains.unsealed(team).await, "what waits can be read").waiting;
        }
        if waiting == 0 {
            return;
        }
    }
    panic!("entries are sealed in the end");
}

fn read<T, E: Debug>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error:?}"),
    }
}

#[expect(clippy::expect_used, reason = "test support: a bad window is the suite's own fault")]
fn window(offset: u32, limit: u32) -> Window {
    Window::try_new(offset, limit, 100).expect("a valid window")
}

/// The given part of each entry of a list, in order, and the list's total.
fn shown<T, U>(listing: Result<Listing<T>, impl Debug>, show: impl Fn(&T) -> U) -> (Vec<U>, u64) {
    let listing = read(listing, "a list can be read");
    (listing.items.iter().map(show).collect(), listing.total)
}
