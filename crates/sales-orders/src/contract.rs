//! What every implementation of the ports must show. Call [`products()`] and [`sales_orders()`] with stores and two teams
//! that exist and have nothing to sell.

mod products;
mod sales_orders;

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity};
use kernel::id::TeamId;
use kernel::page::Window;
use kernel::write::{Answer, Claim, ClaimKey, Content, WriteContext, Written};

pub use self::products::products;
pub use self::sales_orders::{OrderStores, sales_orders};

/// A moment so many minutes after the first.
fn minute(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
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
    context(team, minute(0)).claimed(Some(Claim { key, render }))
}

fn kept_answer() -> Answer {
    Answer { status: 201, content: Content::Json(r#"{"kept":true}"#.into()) }
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
