//! Idempotency keys: how long an answer is kept, and who may have it meanwhile.

use adapter_postgres::effects::PgStoredResponses;
use adapter_postgres::order_import::PgManufacturingOrders;
use adapter_postgres::sweeper::sweep_answers;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::{Content, StoredResponse, StoredResponses, WriteContext, Written};
use order_import::ports::ManufacturingOrders;

use crate::support::{
    Store, at, block_on, claimed, done, order, prepared, rendered, runtime, some_of, until_blocked,
};

const KEPT: TimeDelta = TimeDelta::hours(24);

fn answer(text: &str) -> StoredResponse {
    StoredResponse { status: 422, content: Content::Json(text.into()) }
}

/// Keeps an answer for a key at a moment, as a request with this fingerprint.
fn keep(
    store: &Store,
    (team, key, fingerprint): (TeamId, &str, u8),
    at: DateTime<Utc>,
    text: &str,
) -> Result<Written<StoredResponse>, StoreError> {
    let mut context: WriteContext<StoredResponse> = claimed(team, key, fingerprint, StoredResponse::clone);
    context.at = at;
    block_on(PgStoredResponses::new(store.db.clone()).store_response(context, answer(text)))
}

#[test]
fn an_answer_is_given_again_for_a_day_and_then_the_key_is_free() {
    let store = Store::shared();
    let team = store.team();
    let first = keep(&store, (team, "key", 1), at(), "first");
    assert!(matches!(first, Ok(Written::Done(_))), "{first:?}");
    let last_moment = at() + KEPT - TimeDelta::microseconds(1);
    let again = keep(&store, (team, "key", 1), last_moment, "second");
    assert!(matches!(&again, Ok(Written::Replayed(kept)) if *kept == answer("first")), "{again:?}");
    let other = keep(&store, (team, "key", 2), last_moment, "second");
    assert!(matches!(other, Err(StoreError::ClaimReused)), "{other:?}");

    let expired = keep(&store, (team, "key", 2), at() + KEPT, "second");
    assert!(matches!(expired, Ok(Written::Done(_))), "an expired key is free for any request: {expired:?}");
    let again = keep(&store, (team, "key", 2), at() + KEPT * 2 - TimeDelta::microseconds(1), "third");
    assert!(
        matches!(&again, Ok(Written::Replayed(kept)) if *kept == answer("second")),
        "and its new answer is kept as long: {again:?}"
    );
}

#[test]
fn the_sweeper_takes_away_what_has_expired_and_nothing_else() {
    let store = Store::own();
    let teams = [store.team(), store.team()];
    for team in teams {
        for (key, hours) in [("old", 0), ("just", 1), ("new", 2)] {
            keep(&store, (team, key, 1), at() + TimeDelta::hours(hours), key).expect("an answer is kept");
        }
    }
    let sweep = |now| block_on(sweep_answers(&store.db, now)).expect("the sweeper works");
    let left = || store.database.scalar("SELECT string_agg(key, ' ' ORDER BY key) FROM idempotent_answers");
    assert_eq!(sweep(at() + KEPT - TimeDelta::microseconds(1)), 0, "nothing has expired yet");
    assert_eq!(sweep(at() + KEPT + TimeDelta::hours(1)), 4, "two keys of each team have expired");
    assert_eq!(left(), "new new");
    let again = keep(&store, (teams[0], "new", 1), at() + KEPT, "again");
    assert!(matches!(again, Ok(Written::Replayed(_))), "{again:?}");
    assert_eq!(sweep(at() + KEPT * 2), 2);
    assert_eq!(left(), "");
}

#[test]
fn while_a_request_runs_another_with_its_key_is_told_so_and_gets_the_answer_later() {
    let store = Store::own();
    let team = store.team();
    store.import(team, prepared([order("A1")]));
    let mut shop_floor = store.superuser();
    let held = format!("BEGIN; SELECT FROM manufacturing_orders WHERE team_id = '{team}' FOR UPDATE");
    shop_floor.batch_execute(&held).expect("the order is held");

    let orders = PgManufacturingOrders::new(store.db.clone());
    let running = runtime().spawn(async move {
        done(orders.import(claimed(team, "key", 1, rendered), prepared([some_of("A1", 1)])).await)
    });
    until_blocked(&store.database);
    let import = |key, fingerprint| {
        store.try_import(claimed(team, key, fingerprint, rendered), prepared([order("A2")]))
    };
    for fingerprint in [1, 2] {
        let told = import("key", fingerprint);
        assert!(matches!(told, Err(StoreError::ClaimInFlight)), "{told:?}");
    }
    let other = import("another key", 1);
    assert!(matches!(other, Ok(Written::Done(_))), "another key is free: {other:?}");

    shop_floor.batch_execute("COMMIT").expect("the order is let go");
    let report = block_on(running).expect("the request ends");
    let again = import("key", 1);
    assert!(matches!(&again, Ok(Written::Replayed(kept)) if *kept == rendered(&report)), "{again:?}");
    let reused = import("key", 2);
    assert!(matches!(reused, Err(StoreError::ClaimReused)), "{reused:?}");
}

#[test]
fn a_record_and_a_text_are_given_again_as_they_were_kept() {
    let store = Store::shared();
    let team = store.team();
    let record = Content::Record { kind: "order_import".into(), id: team.uuid() };
    for (key, content) in [("text", Content::Json("{\"ü\":1.50}".into())), ("record", record)] {
        let kept = StoredResponse { status: 201, content };
        let keep = || {
            let context = claimed(team, key, 1, StoredResponse::clone);
            block_on(PgStoredResponses::new(store.db.clone()).store_response(context, kept.clone()))
        };
        assert!(matches!(keep(), Ok(Written::Done(_))));
        let again = keep();
        assert!(matches!(&again, Ok(Written::Replayed(again)) if *again == kept), "{again:?}");
    }
}
