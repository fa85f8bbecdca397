//! The relay on a real PostgreSQL: every event's effect once, in order, whoever dies, fails or races.

mod failures;
mod metrics;
mod noting;

use std::sync::Arc;

use adapter_postgres::db::{Lane, Scope};
use adapter_postgres::inbox;
use adapter_postgres::relay::Relay;
use adapter_postgres::write_error::WriteError;
use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::relay::{ConsumeError, Consumer, Delivery};
use testkit::{OpenTransaction, race};
use uuid::Uuid;

use self::noting::{Does, Hand};
pub(crate) use self::noting::{Noting, make_room};
use crate::support::{Store, at, block_on, lines, runtime};

fn relay(store: &Store, consumer: &Arc<Noting>) -> Relay {
    Relay::new(store.db.clone(), Hand::new(), consumer.clone())
}

fn event(team: TeamId, id: u128, event_type: &str) -> String {
    format!(
        "INSERT INTO outbox (team_id, id, event_type, aggregate_id, sequence, payload, occurred_at)
         VALUES ('{team}', '{}', '{event_type}', '{}', {id}, '{{\"n\": {id}}}', '{}')",
        Uuid::from_u128(id),
        Uuid::nil(),
        at().to_rfc3339()
    )
}

/// Puts events into the outbox, each in a transaction of its own.
fn happen(store: &Store, team: TeamId, ids: impl IntoIterator<Item = u128>) {
    let mut connection = store.superuser();
    for id in ids {
        connection.batch_execute(&event(team, id, "thing.made")).expect("an event is stored");
    }
}

/// The same, and waits until no transaction elsewhere in the cluster holds them up.
fn happened(store: &Store, team: TeamId, ids: impl IntoIterator<Item = u128>) {
    happen(store, team, ids);
    let held_up = "SELECT count(*) FROM outbox WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())";
    testkit::eventually("the events to be readable", || (store.number(held_up) == 0).then_some(()));
}

/// The ids of the events that had their effect, in the order of their effects.
fn effects(store: &Store, consumer: &str) -> Vec<u128> {
    let effects =
        format!("SELECT event_id::text AS line FROM effects WHERE consumer = '{consumer}' ORDER BY place");
    let ids = lines(&mut store.superuser(), &effects);
    ids.iter().map(|id| id.parse::<Uuid>().expect("an id").as_u128()).collect()
}

/// Relays until that many events have had their effect: a transaction elsewhere in the cluster may hold them up.
fn relay_until(store: &Store, relay: &Relay, consumer: &str, count: usize) {
    testkit::eventually("the events to be consumed", || {
        block_on(relay.run()).expect("the relay works");
        (effects(store, consumer).len() >= count).then_some(())
    });
    assert_eq!(block_on(relay.run()).expect("the relay works"), 0, "nothing is left to be done");
}

fn retries(store: &Store) -> String {
    store.database.scalar(
        "SELECT string_agg(concat_ws(' ', event_id, attempts, extract(epoch FROM next_at)::bigint), ', ' ORDER BY event_id)
         FROM relay_retries",
    )
}

/// Makes it so that the lease of a round that still runs, or was killed, has come to its end.
fn let_the_lease_end(store: &Store) {
    store.database.execute("UPDATE relay_cursors SET held_until = now() WHERE held_until IS NOT NULL");
}

const MADE: &[&str] = &["thing.made"];

#[test]
fn events_are_consumed_in_the_order_of_their_transactions_with_all_they_say() {
    let store = Store::own();
    let (team, other) = (store.team(), store.team());
    let consumer = Noting::new(&store, "consumer", &["thing.made", "thing.lost"]);
    happen(&store, team, [30, 10]);
    store.database.execute(&[event(team, 25, "thing.lost"), event(other, 21, "thing.made")].join(";"));
    happen(&store, other, [20]);
    store.database.execute(&event(team, 15, "thing.ignored"));
    relay_until(&store, &relay(&store, &consumer), "consumer", 5);
    assert_eq!(effects(&store, "consumer"), [30, 10, 21, 25, 20]);
    let said = "SELECT said FROM effects WHERE event_id = '00000000-0000-0000-0000-000000000019'";
    let expected = format!("thing.lost {} 25 {} {{\"n\": 25}}", Uuid::nil(), at());
    assert_eq!(store.database.scalar(said), expected);
    assert_eq!(consumer.handed_over(), 5, "each once, and no event of another type");
}

#[test]
fn what_is_still_open_holds_back_what_began_to_write_after_it() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    let relay = relay(&store, &consumer);
    happen(&store, team, [7]);
    relay_until(&store, &relay, "consumer", 1);
    let held: Vec<OpenTransaction> =
        [9, 2].map(|id| store.database.hold(&event(team, id, "thing.made"))).into();
    happen(&store, team, [5, 1]);
    for _ in 0..3 {
        assert_eq!(block_on(relay.run()).expect("the relay works"), 0, "what is open may come before them");
        // a cursor that has rested moves as far as it may, and no farther
        store.database.execute("UPDATE relay_cursors SET moved_at = '2024-07-01'");
    }
    held.into_iter().for_each(OpenTransaction::commit);
    relay_until(&store, &relay, "consumer", 5);
    assert_eq!(effects(&store, "consumer"), [7, 9, 2, 5, 1]);
}

#[test]
fn what_is_rolled_back_is_not_waited_for() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    let held = store.database.hold(&event(team, 9, "thing.made"));
    happen(&store, team, [5]);
    drop(held);
    relay_until(&store, &relay(&store, &consumer), "consumer", 1);
    assert_eq!(effects(&store, "consumer"), [5]);
}

#[test]
fn a_process_that_dies_between_an_effect_and_the_cursor_leaves_the_effect_once() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    happened(&store, team, 1..=5);
    consumer.will([(3, Does::Dies)]);
    let killed = relay(&store, &consumer);
    let killed = runtime().spawn(async move {
        loop {
            killed.run().await.expect("the relay works");
        }
    });
    testkit::eventually("the third effect", || (effects(&store, "consumer") == [1, 2, 3]).then_some(()));
    killed.abort();
    consumer.will([]);

    let next = relay(&store, &consumer);
    assert_eq!(block_on(next.run()).expect("the relay works"), 0, "the lease of the dead goes on");
    let_the_lease_end(&store);
    relay_until(&store, &next, "consumer", 5);
    assert_eq!(effects(&store, "consumer"), [1, 2, 3, 4, 5]);
    assert_eq!(consumer.handed_over(), 8, "three came again");
}

#[test]
fn a_lease_ends_by_itself() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    happen(&store, team, [1, 2]);
    consumer.will([(1, Does::Dies)]);
    let killed = relay(&store, &consumer);
    let killed = runtime().spawn(async move { while killed.run().await.is_ok() {} });
    testkit::eventually("the first effect", || (effects(&store, "consumer") == [1]).then_some(()));
    killed.abort();
    consumer.will([]);
    relay_until(&store, &relay(&store, &consumer), "consumer", 2);
}

#[test]
fn a_round_that_can_not_be_settled_is_done_again_at_once_by_the_same_relay() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    let relay = relay(&store, &consumer);
    happened(&store, team, [1, 2]);
    store.database.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
         CREATE TRIGGER refuse BEFORE UPDATE ON relay_cursors FOR EACH ROW WHEN (NEW.held_by IS NULL)
             EXECUTE FUNCTION refuse()",
    );
    for _ in 0..2 {
        let failed = block_on(relay.run());
        assert!(matches!(failed, Err(StoreError::Internal(_))), "{failed:?}");
    }
    store.database.execute("DROP TRIGGER refuse ON relay_cursors");
    assert_eq!(block_on(relay.run()).expect("the relay works"), 2);
    assert_eq!(effects(&store, "consumer"), [1, 2], "each once");
    assert_eq!(consumer.handed_over(), 6);
}

#[test]
fn a_round_that_outlives_its_lease_changes_nothing_that_another_settled() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    happened(&store, team, [1, 2, 3]);
    consumer.will([(2, Does::Waits), (3, Does::Fails)]);
    let slow = relay(&store, &consumer);
    let slow = runtime().spawn(async move {
        loop {
            match slow.run().await.expect("the relay works") {
                0 => {}
                handed_over => return handed_over,
            }
        }
    });
    testkit::eventually("the first effect", || (effects(&store, "consumer") == [1]).then_some(()));
    let_the_lease_end(&store);
    consumer.will([]);
    relay_until(&store, &relay(&store, &consumer), "consumer", 3);
    let settled = "SELECT concat_ws(' ', xid, event_id, held_by, held_until) FROM relay_cursors";
    let cursor = store.database.scalar(settled);
    consumer.will([(3, Does::Fails)]);
    consumer.let_go_on();
    assert_eq!(block_on(slow).expect("the round ends"), 3);
    assert_eq!(effects(&store, "consumer"), [1, 2, 3], "each once");
    assert_eq!(store.database.scalar(settled), cursor, "the cursor is where the other left it");
    assert_eq!(retries(&store), "", "what failed here was consumed there");
}

#[test]
fn relays_at_once_leave_every_effect_once() {
    const EVENTS: u128 = 500;
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    happen(&store, team, 1..=EVENTS);
    let consumed = || store.number("SELECT count(DISTINCT event_id) FROM effects");
    race(4, |racer| {
        let relay = relay(&store, &consumer);
        if racer == 3 {
            // takes rounds away from those that still work
            for part in 1..10 {
                testkit::eventually("a part to be consumed", || (consumed() >= part * 50).then_some(()));
                let_the_lease_end(&store);
            }
            return;
        }
        testkit::eventually("every event to be consumed", || {
            // a busy pool turns a round away before anything was done
            if let Err(error) = block_on(relay.run()) {
                assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
            }
            (consumed() == 500).then_some(())
        });
    });
    let mut effects = effects(&store, "consumer");
    effects.sort_unstable();
    assert_eq!(effects, (1..=EVENTS).collect::<Vec<_>>());
    assert_eq!(retries(&store), "");
}

#[test]
fn two_relays_share_the_work_and_do_not_repeat_it() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    happen(&store, team, 1..=500);
    race(2, |_| {
        let relay = relay(&store, &consumer);
        testkit::eventually("every event to be consumed", || {
            block_on(relay.run()).expect("the relay works");
            (store.number("SELECT count(*) FROM effects") == 500).then_some(())
        });
    });
    assert_eq!(effects(&store, "consumer"), (1..=500).collect::<Vec<_>>(), "in order");
    assert_eq!(consumer.handed_over(), 500, "none came twice");
}

#[test]
fn each_consumer_comes_as_far_as_it_comes_and_a_new_one_begins_at_the_beginning() {
    let store = Store::own();
    let team = store.team();
    let first = Noting::new(&store, "first", MADE);
    let stopped = Noting::new(&store, "stopped", MADE);
    happen(&store, team, 1..=3);
    relay_until(&store, &relay(&store, &first), "first", 3);
    stopped.will([(2, Does::Unavailable)]);
    testkit::eventually("the consumer to be asked", || block_on(relay(&store, &stopped).run()).err());
    happen(&store, team, [4]);
    relay_until(&store, &relay(&store, &first), "first", 4);
    assert_eq!(effects(&store, "stopped"), [1], "the other's events are no matter of this one");
    let late = Noting::new(&store, "late", MADE);
    relay_until(&store, &relay(&store, &late), "late", 4);
    stopped.will([]);
    relay_until(&store, &relay(&store, &stopped), "stopped", 4);
    for consumer in ["first", "stopped", "late"] {
        assert_eq!(effects(&store, consumer), [1, 2, 3, 4], "{consumer}");
    }
}

#[test]
fn a_cursor_that_rests_passes_what_is_not_for_its_consumer() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    let relay = relay(&store, &consumer);
    happen(&store, team, [1]);
    relay_until(&store, &relay, "consumer", 1);
    store.database.execute(&event(team, 2, "thing.ignored"));
    let passed = "SELECT count(*) FROM outbox o, relay_cursors k
                  WHERE o.event_type = 'thing.ignored' AND (o.xid, o.id) <= (k.xid, k.event_id)";
    let moved = "SELECT concat_ws(' ', xid, moved_at) FROM relay_cursors";
    let before = store.database.scalar(moved);
    assert_eq!(block_on(relay.run()).expect("the relay works"), 0);
    assert_eq!(store.database.scalar(moved), before, "a look writes nothing");
    testkit::eventually("the cursor to pass it", || {
        store.database.execute("UPDATE relay_cursors SET moved_at = now() - interval '1 minute'");
        assert_eq!(block_on(relay.run()).expect("the relay works"), 0);
        (store.number(passed) == 1).then_some(())
    });
    happen(&store, team, [3]);
    relay_until(&store, &relay, "consumer", 2);
    assert_eq!(effects(&store, "consumer"), [1, 3]);
}

#[test]
fn a_round_comes_to_its_end_in_time_and_the_next_goes_on_where_it_stopped() {
    struct Slow(Arc<Noting>, Arc<Hand>);

    #[async_trait]
    impl Consumer for Slow {
        fn name(&self) -> &'static str {
            "consumer"
        }

        fn event_types(&self) -> &'static [&'static str] {
            MADE
        }

        async fn consume(&self, delivery: &Delivery) -> Result<(), ConsumeError> {
            self.1.forward(TimeDelta::milliseconds(200));
            self.0.consume(delivery).await
        }
    }

    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    let clock = Hand::new();
    let slow = Arc::new(Slow(consumer.clone(), clock.clone()));
    let relay = Relay::new(store.db.clone(), clock.clone(), slow);
    consumer.will((1..=4).map(|id| (id, Does::Fails)));
    happened(&store, team, 1..=8);
    let run = || block_on(relay.run()).expect("the relay works");
    let first = testkit::eventually("the first round", || Some(run()).filter(|count| *count > 0));
    assert_eq!(first, 3, "half a second of events of a fifth of one");
    assert_eq!((run(), effects(&store, "consumer")), (3, vec![5, 6]));
    clock.forward(TimeDelta::seconds(1));
    assert_eq!(run(), 5, "three that are tried again leave time for new ones");
    assert_eq!(effects(&store, "consumer"), [5, 6, 7, 8]);
}

/// What a dump restored into another cluster looks like: its transactions are numbered from 3 on again, so that the
/// cursors and events in it are of transactions yet to come, or of some that were others here.
#[test]
fn after_a_restore_into_another_cluster_nothing_is_passed_over_and_nothing_done_twice() {
    for restored_xid in ["900000000", "3"] {
        let store = Store::own();
        let team = store.team();
        let consumers = ["first", "second"].map(|name| Noting::new(&store, name, MADE));
        happen(&store, team, [1, 2]);
        for consumer in &consumers {
            relay_until(&store, &relay(&store, consumer), consumer.name(), 2);
        }
        // not consumed yet when the dump was made
        happen(&store, team, [3]);
        store.database.execute(&format!(
            "UPDATE outbox SET xid = '{restored_xid}';
             UPDATE relay_cursors SET cluster = 1, xid = '{restored_xid}', event_id = '{}'",
            Uuid::from_u128(2)
        ));
        happen(&store, team, [4]);
        for consumer in &consumers {
            relay_until(&store, &relay(&store, consumer), consumer.name(), 4);
            let mut effects = effects(&store, consumer.name());
            effects.sort_unstable();
            assert_eq!(effects, [1, 2, 3, 4], "{} at {restored_xid}", consumer.name());
        }
        assert_eq!(store.number("SELECT count(*) FROM relay_cursors WHERE cluster = 1"), 0);
        happen(&store, team, [5]);
        for consumer in &consumers {
            relay_until(&store, &relay(&store, consumer), consumer.name(), 5);
        }
    }
}

#[test]
fn an_event_taken_by_a_transaction_that_is_rolled_back_can_be_taken_again() {
    let store = Store::own();
    let team = store.team();
    let take = move |connection: &mut PgConnection| {
        Ok::<_, WriteError<StoreError>>(inbox::take(connection, team, "consumer", Uuid::from_u128(1), at())?)
    };
    let taken = || block_on(store.db.write(Scope::Team(team), Lane::Ordinary, take)).expect("it is written");
    let failed = block_on(store.db.write(Scope::Team(team), Lane::Ordinary, move |connection| {
        assert!(take(connection)?);
        Err::<(), _>(WriteError::internal("changed its mind"))
    }));
    assert!(matches!(failed, Err(StoreError::Internal(_))), "{failed:?}");
    assert_eq!([taken(), taken()], [true, false]);
}
