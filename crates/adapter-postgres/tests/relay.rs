//! The relay on a real PostgreSQL: every event's effect once, in order, whoever dies, fails or races.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use adapter_postgres::db::{Lane, Scope};
use adapter_postgres::failure::Failure;
use adapter_postgres::relay::{BATCH, Relay};
use adapter_postgres::{Db, inbox};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use kernel::clock::Clock;
use kernel::error::{Classified, StoreError};
use kernel::id::TeamId;
use kernel::relay::{ConsumeError, Consumer, Delivery};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Metadata, Recorder, SharedString, Unit};
use testkit::{Held, race};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::support::{Store, at, block_on, lines, runtime};

/// What a consumer does with an event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    /// Its effect.
    Good,
    /// Its effect, and then nothing ever again: its process was killed.
    Dies,
    /// Its effect, once the test lets it.
    Waits,
    Fails,
    Panics,
    Unavailable,
}

/// Makes room for effects.
pub(crate) fn make_room(store: &Store) {
    store.database.execute(
        "CREATE TABLE IF NOT EXISTS effects (
             place bigint GENERATED ALWAYS AS IDENTITY, consumer text, event_id uuid, said text);
         GRANT INSERT ON effects TO throughline_team",
    );
}

/// Leaves a row for each event in `effects`, with its inbox row, in one transaction.
pub(crate) struct Noting {
    db: Db,
    name: &'static str,
    types: &'static [&'static str],
    does: Mutex<Vec<(u128, Does)>>,
    handed_over: AtomicUsize,
    gate: Semaphore,
}

impl Noting {
    fn new(store: &Store, name: &'static str, types: &'static [&'static str]) -> Arc<Self> {
        make_room(store);
        Self::of(&store.db, name, types)
    }

    /// One for a database that has room for effects.
    pub(crate) fn of(db: &Db, name: &'static str, types: &'static [&'static str]) -> Arc<Self> {
        let (does, handed_over) = (Mutex::default(), AtomicUsize::new(0));
        Arc::new(Self { db: db.clone(), name, types, does, handed_over, gate: Semaphore::new(0) })
    }

    /// From now on it does this with these events, and its effect with every other.
    fn will(&self, does: impl IntoIterator<Item = (u128, Does)>) {
        *self.does.lock().expect("nobody panicked here") = does.into_iter().collect();
    }

    fn does(&self, event: Uuid) -> Does {
        let does = self.does.lock().expect("nobody panicked here");
        does.iter().find(|(id, _)| *id == event.as_u128()).map_or(Does::Good, |(_, does)| *does)
    }

    async fn effect(&self, delivery: &Delivery) -> Result<(), ConsumeError> {
        let (name, team, delivery) = (self.name, delivery.team, delivery.clone());
        let effect = move |connection: &mut PgConnection| {
            if !inbox::take(connection, team, name, delivery.id, at())? {
                return Ok(());
            }
            let said = format!(
                "{} {} {} {} {}",
                delivery.event_type, delivery.aggregate, delivery.sequence, delivery.at, delivery.payload
            );
            sql_query("INSERT INTO effects (consumer, event_id, said) VALUES ($1, $2, $3)")
                .bind::<Text, _>(name)
                .bind::<diesel::sql_types::Uuid, _>(delivery.id)
                .bind::<Text, _>(said)
                .execute(connection)?;
            Ok::<_, Failure<ConsumeError>>(())
        };
        self.db.write(Scope::Team(team), Lane::Ordinary, effect).await
    }
}

#[async_trait]
impl Consumer for Noting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn event_types(&self) -> &'static [&'static str] {
        self.types
    }

    async fn consume(&self, delivery: &Delivery) -> Result<(), ConsumeError> {
        self.handed_over.fetch_add(1, Ordering::Relaxed);
        match self.does(delivery.id) {
            Does::Good => self.effect(delivery).await,
            Does::Dies => {
                self.effect(delivery).await?;
                std::future::pending().await
            }
            Does::Waits => {
                drop(self.gate.acquire().await);
                self.effect(delivery).await
            }
            Does::Fails => Err(ConsumeError::Failed("it can't be taken".into())),
            Does::Panics => panic!("it can't be taken"),
            Does::Unavailable => Err(ConsumeError::Unavailable("away for lunch".into())),
        }
    }
}

/// A clock that tests move.
struct Hand(Mutex<DateTime<Utc>>);

impl Hand {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(at())))
    }

    fn forward(&self, time: TimeDelta) {
        *self.0.lock().expect("nobody panicked here") += time;
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("nobody panicked here")
    }
}

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
    let recorder = Noting::new(&store, "recorder", &["thing.made", "thing.lost"]);
    happen(&store, team, [30, 10]);
    store.database.execute(&[event(team, 25, "thing.lost"), event(other, 21, "thing.made")].join(";"));
    happen(&store, other, [20]);
    store.database.execute(&event(team, 15, "thing.ignored"));
    relay_until(&store, &relay(&store, &recorder), "recorder", 5);
    assert_eq!(effects(&store, "recorder"), [30, 10, 21, 25, 20]);
    let said = "SELECT said FROM effects WHERE event_id = '00000000-0000-0000-0000-000000000019'";
    let expected = format!("thing.lost {} 25 {} {{\"n\": 25}}", Uuid::nil(), at());
    assert_eq!(store.database.scalar(said), expected);
    assert_eq!(recorder.handed_over.load(Ordering::Relaxed), 5, "each once, and no event of another type");
}

#[test]
fn what_is_still_open_holds_back_what_began_to_write_after_it() {
    let store = Store::own();
    let team = store.team();
    let recorder = Noting::new(&store, "recorder", MADE);
    let relay = relay(&store, &recorder);
    happen(&store, team, [7]);
    relay_until(&store, &relay, "recorder", 1);
    let held: Vec<Held> = [9, 2].map(|id| store.database.hold(&event(team, id, "thing.made"))).into();
    happen(&store, team, [5, 1]);
    for _ in 0..3 {
        assert_eq!(block_on(relay.run()).expect("the relay works"), 0, "what is open may come before them");
        // a cursor that has rested moves as far as it may, and no farther
        store.database.execute("UPDATE relay_cursors SET moved_at = '2024-07-01'");
    }
    held.into_iter().for_each(Held::commit);
    relay_until(&store, &relay, "recorder", 5);
    assert_eq!(effects(&store, "recorder"), [7, 9, 2, 5, 1]);
}

#[test]
fn what_is_rolled_back_is_not_waited_for() {
    let store = Store::own();
    let team = store.team();
    let recorder = Noting::new(&store, "recorder", MADE);
    let held = store.database.hold(&event(team, 9, "thing.made"));
    happen(&store, team, [5]);
    drop(held);
    relay_until(&store, &relay(&store, &recorder), "recorder", 1);
    assert_eq!(effects(&store, "recorder"), [5]);
}

#[test]
fn a_process_that_dies_between_an_effect_and_the_cursor_leaves_the_effect_once() {
    let store = Store::own();
    let team = store.team();
    let recorder = Noting::new(&store, "recorder", MADE);
    happened(&store, team, 1..=5);
    recorder.will([(3, Does::Dies)]);
    let killed = relay(&store, &recorder);
    let killed = runtime().spawn(async move {
        loop {
            killed.run().await.expect("the relay works");
        }
    });
    testkit::eventually("the third effect", || (effects(&store, "recorder") == [1, 2, 3]).then_some(()));
    killed.abort();
    recorder.will([]);

    let next = relay(&store, &recorder);
    assert_eq!(block_on(next.run()).expect("the relay works"), 0, "the lease of the dead goes on");
    let_the_lease_end(&store);
    relay_until(&store, &next, "recorder", 5);
    assert_eq!(effects(&store, "recorder"), [1, 2, 3, 4, 5]);
    assert_eq!(recorder.handed_over.load(Ordering::Relaxed), 8, "three came again");
}

#[test]
fn a_lease_ends_by_itself() {
    let store = Store::own();
    let team = store.team();
    let recorder = Noting::new(&store, "recorder", MADE);
    happen(&store, team, [1, 2]);
    recorder.will([(1, Does::Dies)]);
    let killed = relay(&store, &recorder);
    let killed = runtime().spawn(async move { while killed.run().await.is_ok() {} });
    testkit::eventually("the first effect", || (effects(&store, "recorder") == [1]).then_some(()));
    killed.abort();
    recorder.will([]);
    relay_until(&store, &relay(&store, &recorder), "recorder", 2);
}

#[test]
fn a_round_that_outlives_its_lease_changes_nothing_that_another_settled() {
    let store = Store::own();
    let team = store.team();
    let recorder = Noting::new(&store, "recorder", MADE);
    happened(&store, team, [1, 2, 3]);
    recorder.will([(2, Does::Waits), (3, Does::Fails)]);
    let slow = relay(&store, &recorder);
    let slow = runtime().spawn(async move {
        loop {
            match slow.run().await.expect("the relay works") {
                0 => {}
                handed_over => return handed_over,
            }
        }
    });
    testkit::eventually("the first effect", || (effects(&store, "recorder") == [1]).then_some(()));
    let_the_lease_end(&store);
    recorder.will([]);
    relay_until(&store, &relay(&store, &recorder), "recorder", 3);
    let settled = "SELECT concat_ws(' ', xid, event_id, held_by, held_until) FROM relay_cursors";
    let cursor = store.database.scalar(settled);
    recorder.will([(3, Does::Fails)]);
    recorder.gate.add_permits(1);
    assert_eq!(block_on(slow).expect("the round ends"), 3);
    assert_eq!(effects(&store, "recorder"), [1, 2, 3], "each once");
    assert_eq!(store.database.scalar(settled), cursor, "the cursor is where the other left it");
    assert_eq!(retries(&store), "", "what failed here was consumed there");
}

#[test]
fn relays_at_once_leave_every_effect_once() {
    const EVENTS: u128 = 500;
    let store = Store::own();
    let team = store.team();
    let recorder = Noting::new(&store, "recorder", MADE);
    happen(&store, team, 1..=EVENTS);
    let consumed = || store.number("SELECT count(DISTINCT event_id) FROM effects");
    race(4, |racer| {
        let relay = relay(&store, &recorder);
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
    let mut effects = effects(&store, "recorder");
    effects.sort_unstable();
    assert_eq!(effects, (1..=EVENTS).collect::<Vec<_>>());
    assert_eq!(retries(&store), "");
}

#[test]
fn two_relays_share_the_work_and_do_not_repeat_it() {
    let store = Store::own();
    let team = store.team();
    let recorder = Noting::new(&store, "recorder", MADE);
    happen(&store, team, 1..=500);
    race(2, |_| {
        let relay = relay(&store, &recorder);
        testkit::eventually("every event to be consumed", || {
            block_on(relay.run()).expect("the relay works");
            (store.number("SELECT count(*) FROM effects") == 500).then_some(())
        });
    });
    assert_eq!(effects(&store, "recorder"), (1..=500).collect::<Vec<_>>(), "in order");
    assert_eq!(recorder.handed_over.load(Ordering::Relaxed), 500, "none came twice");
}

#[test]
fn what_fails_is_tried_again_later_and_later_while_others_go_on() {
    for does in [Does::Fails, Does::Panics] {
        let store = Store::own();
        let team = store.team();
        let recorder = Noting::new(&store, "recorder", MADE);
        let clock = Hand::new();
        let relay = Relay::new(store.db.clone(), clock.clone(), recorder.clone());
        let run = || block_on(relay.run()).expect("the relay works");
        recorder.will([(2, does)]);
        happen(&store, team, 1..=3);
        relay_until(&store, &relay, "recorder", 2);
        assert_eq!(effects(&store, "recorder"), [1, 3]);
        let poison = Uuid::from_u128(2);
        for (attempts, pause) in [(1, 1), (2, 2), (3, 4), (4, 8)] {
            let next = clock.now() + TimeDelta::seconds(pause);
            assert_eq!(retries(&store), format!("{poison} {attempts} {}", next.timestamp()));
            clock.forward(TimeDelta::seconds(pause) - TimeDelta::microseconds(1));
            assert_eq!(run(), 0, "it is not due yet");
            clock.forward(TimeDelta::microseconds(1));
            assert_eq!(run(), 1);
        }
        let error = store.database.scalar("SELECT error FROM relay_retries");
        assert!(
            error.contains(if does == Does::Fails { "it can't be taken" } else { "panicked" }),
            "{error}"
        );

        // due at the same time as another is new: it comes first
        recorder.will([]);
        clock.forward(TimeDelta::seconds(16));
        happen(&store, team, [4]);
        relay_until(&store, &relay, "recorder", 4);
        assert_eq!(effects(&store, "recorder"), [1, 3, 2, 4]);
        assert_eq!(retries(&store), "", "what was consumed at last is not tried again");
        clock.forward(TimeDelta::days(1));
        assert_eq!(run(), 0);
    }
}

#[test]
fn as_many_failures_as_there_are_events_pass_by_in_batches() {
    let store = Store::own();
    let team = store.team();
    let recorder = Noting::new(&store, "recorder", MADE);
    let count = BATCH as u128 + 20;
    recorder.will((1..=count).map(|id| (id, Does::Fails)));
    happen(&store, team, 1..=count + 1);
    let clock = Hand::new();
    let relay = Relay::new(store.db.clone(), clock.clone(), recorder.clone());
    relay_until(&store, &relay, "recorder", 1);
    assert_eq!(store.number("SELECT count(*) FROM relay_retries WHERE attempts = 1"), 120);
    clock.forward(TimeDelta::seconds(1));
    recorder.will([]);
    relay_until(&store, &relay, "recorder", 121);
    assert_eq!(effects(&store, "recorder")[0], count + 1);
    assert_eq!(retries(&store), "");
}

#[test]
fn a_consumer_that_is_not_available_stops_the_relay_and_loses_nothing() {
    let store = Store::own();
    let team = store.team();
    let recorder = Noting::new(&store, "recorder", MADE);
    recorder.will([(3, Does::Unavailable)]);
    happened(&store, team, 1..=5);
    let clock = Hand::new();
    let relay = Relay::new(store.db.clone(), clock.clone(), recorder.clone());
    for time in ["once", "and again"] {
        let error = testkit::eventually("the consumer to be asked", || block_on(relay.run()).err());
        assert_eq!(error.code(), "SERVICE_UNAVAILABLE", "{time}");
        assert_eq!(effects(&store, "recorder"), [1, 2], "{time}");
    }
    assert_eq!(recorder.handed_over.load(Ordering::Relaxed), 4, "what was consumed did not come again");
    assert_eq!(retries(&store), "", "it is not the event's fault");
    recorder.will([(4, Does::Fails)]);
    relay_until(&store, &relay, "recorder", 4);

    // what failed finds it away when its time comes: it keeps its place and its count, and what is new waits
    clock.forward(TimeDelta::seconds(1));
    recorder.will([(4, Does::Unavailable)]);
    happen(&store, team, [6]);
    let error = testkit::eventually("the consumer to be asked", || block_on(relay.run()).err());
    assert_eq!(error.code(), "SERVICE_UNAVAILABLE");
    assert!(retries(&store).starts_with(&format!("{} 1 ", Uuid::from_u128(4))), "{}", retries(&store));
    recorder.will([]);
    relay_until(&store, &relay, "recorder", 6);
    assert_eq!(effects(&store, "recorder"), [1, 2, 3, 5, 4, 6]);
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
    let recorder = Noting::new(&store, "recorder", MADE);
    let relay = relay(&store, &recorder);
    happen(&store, team, [1]);
    relay_until(&store, &relay, "recorder", 1);
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
    relay_until(&store, &relay, "recorder", 2);
    assert_eq!(effects(&store, "recorder"), [1, 3]);
}

#[test]
fn a_round_comes_to_its_end_in_time_and_the_next_goes_on_where_it_stopped() {
    struct Slow(Arc<Noting>, Arc<Hand>);

    #[async_trait]
    impl Consumer for Slow {
        fn name(&self) -> &'static str {
            "recorder"
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
    let recorder = Noting::new(&store, "recorder", MADE);
    let clock = Hand::new();
    let slow = Arc::new(Slow(recorder.clone(), clock.clone()));
    let relay = Relay::new(store.db.clone(), clock.clone(), slow);
    recorder.will((1..=4).map(|id| (id, Does::Fails)));
    happened(&store, team, 1..=8);
    let run = || block_on(relay.run()).expect("the relay works");
    let first = testkit::eventually("the first round", || Some(run()).filter(|count| *count > 0));
    assert_eq!(first, 3, "half a second of events of a fifth of one");
    assert_eq!((run(), effects(&store, "recorder")), (3, vec![5, 6]));
    clock.forward(TimeDelta::seconds(1));
    assert_eq!(run(), 5, "three that are tried again leave time for new ones");
    assert_eq!(effects(&store, "recorder"), [5, 6, 7, 8]);
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
        for recorder in &consumers {
            relay_until(&store, &relay(&store, recorder), recorder.name, 2);
        }
        // not consumed yet when the dump was made
        happen(&store, team, [3]);
        store.database.execute(&format!(
            "UPDATE outbox SET xid = '{restored_xid}';
             UPDATE relay_cursors SET cluster = 1, xid = '{restored_xid}', event_id = '{}'",
            Uuid::from_u128(2)
        ));
        happen(&store, team, [4]);
        for recorder in &consumers {
            relay_until(&store, &relay(&store, recorder), recorder.name, 4);
            let mut effects = effects(&store, recorder.name);
            effects.sort_unstable();
            assert_eq!(effects, [1, 2, 3, 4], "{} at {restored_xid}", recorder.name);
        }
        assert_eq!(store.number("SELECT count(*) FROM relay_cursors WHERE cluster = 1"), 0);
        happen(&store, team, [5]);
        for recorder in &consumers {
            relay_until(&store, &relay(&store, recorder), recorder.name, 5);
        }
    }
}

/// What gauges say.
#[derive(Default)]
struct Gauges(Mutex<HashMap<String, Arc<AtomicU64>>>);

impl Gauges {
    fn of(&self, key: &Key) -> Arc<AtomicU64> {
        let labels: Vec<&str> = key.labels().map(Label::value).collect();
        let name = format!("{} {}", key.name(), labels.join(" "));
        self.0.lock().expect("nobody panicked here").entry(name).or_default().clone()
    }

    fn said(&self, name: &str) -> f64 {
        let gauges = self.0.lock().expect("nobody panicked here");
        f64::from_bits(gauges.get(name).expect("the gauge is set").load(Ordering::Relaxed))
    }

    fn counted(&self, name: &str) -> u64 {
        self.0.lock().expect("nobody panicked here").get(name).expect("it is counted").load(Ordering::Relaxed)
    }
}

impl Recorder for Gauges {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.of(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.of(key))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn metrics_tell_how_long_the_oldest_event_has_waited_and_what_became_of_each() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "recorder", MADE);
    let clock = Hand::new();
    let relay = Relay::new(store.db.clone(), clock.clone(), consumer.clone());
    let metrics = Gauges::default();
    let run = || metrics::with_local_recorder(&metrics, || block_on(relay.run()));
    clock.forward(TimeDelta::milliseconds(2_500));
    let held = store.database.hold(&event(team, 1, "thing.made"));
    happen(&store, team, [2, 3]);
    assert_eq!(run().expect("the relay works"), 0);
    assert_eq!(metrics.said("throughline_relay_lag_seconds recorder"), 0.0, "it has not begun");
    assert_eq!(run().expect("the relay works"), 0);
    assert_eq!(metrics.said("throughline_relay_lag_seconds recorder"), 2.5, "what is held up waits");
    held.commit();

    consumer.will([(1, Does::Fails), (3, Does::Unavailable)]);
    testkit::eventually("the consumer to be away", || run().err());
    clock.forward(TimeDelta::milliseconds(500));
    run().expect_err("the consumer is away");
    assert_eq!(metrics.said("throughline_relay_lag_seconds recorder"), 3.0);
    assert_eq!(metrics.said("throughline_relay_retries recorder"), 1.0);
    consumer.will([]);
    clock.forward(TimeDelta::seconds(1));
    while run().expect("the relay works") > 0 {}
    assert_eq!(metrics.said("throughline_relay_lag_seconds recorder"), 0.0);
    assert_eq!(metrics.said("throughline_relay_retries recorder"), 0.0);
    for (outcome, count) in [("consumed", 3), ("failed", 1), ("unavailable", 2)] {
        let name = format!("throughline_relay_deliveries_total recorder {outcome}");
        assert_eq!(metrics.counted(&name), count, "{outcome}");
    }
}

#[test]
fn an_event_taken_by_a_transaction_that_is_rolled_back_can_be_taken_again() {
    let store = Store::own();
    let team = store.team();
    let take = move |connection: &mut PgConnection| {
        Ok::<_, Failure<StoreError>>(inbox::take(connection, team, "recorder", Uuid::from_u128(1), at())?)
    };
    let taken = || block_on(store.db.write(Scope::Team(team), Lane::Ordinary, take)).expect("it is written");
    let failed = block_on(store.db.write(Scope::Team(team), Lane::Ordinary, move |connection| {
        assert!(take(connection)?);
        Err::<(), _>(Failure::internal("changed its mind"))
    }));
    assert!(matches!(failed, Err(StoreError::Internal(_))), "{failed:?}");
    assert_eq!([taken(), taken()], [true, false]);
}
