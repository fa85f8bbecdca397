//! What a consumer fails at, and a consumer that is away.

use adapter_postgres::relay::{BATCH_SIZE, Relay};
use chrono::TimeDelta;
use kernel::clock::Clock;
use kernel::error::Classified;
use uuid::Uuid;

use super::{Does, Hand, MADE, Noting, effects, happen, happened, relay_until, retries};
use crate::support::{Store, block_on};

#[test]
fn what_fails_is_tried_again_later_and_later_while_others_go_on() {
    for does in [Does::Fails, Does::Panics] {
        let store = Store::own();
        let team = store.team();
        let consumer = Noting::new(&store, "consumer", MADE);
        let clock = Hand::new();
        let relay = Relay::new(store.db.clone(), clock.clone(), consumer.clone());
        let run = || block_on(relay.run()).expect("the relay works");
        consumer.will([(2, does)]);
        happen(&store, team, 1..=3);
        relay_until(&store, &relay, "consumer", 2);
        assert_eq!(effects(&store, "consumer"), [1, 3]);
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
        consumer.will([]);
        clock.forward(TimeDelta::seconds(16));
        happen(&store, team, [4]);
        relay_until(&store, &relay, "consumer", 4);
        assert_eq!(effects(&store, "consumer"), [1, 3, 2, 4]);
        assert_eq!(retries(&store), "", "what was consumed at last is not tried again");
        clock.forward(TimeDelta::days(1));
        assert_eq!(run(), 0);
    }
}

#[test]
fn as_many_failures_as_there_are_events_pass_by_in_batches() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    let count = BATCH_SIZE as u128 + 20;
    consumer.will((1..=count).map(|id| (id, Does::Fails)));
    happen(&store, team, 1..=count + 1);
    let clock = Hand::new();
    let relay = Relay::new(store.db.clone(), clock.clone(), consumer.clone());
    relay_until(&store, &relay, "consumer", 1);
    assert_eq!(store.number("SELECT count(*) FROM relay_retries WHERE attempts = 1"), 120);
    clock.forward(TimeDelta::seconds(1));
    consumer.will([]);
    relay_until(&store, &relay, "consumer", 121);
    assert_eq!(effects(&store, "consumer")[0], count + 1);
    assert_eq!(retries(&store), "");
}

#[test]
fn a_consumer_that_is_not_available_stops_the_relay_and_loses_nothing() {
    let store = Store::own();
    let team = store.team();
    let consumer = Noting::new(&store, "consumer", MADE);
    consumer.will([(3, Does::Unavailable)]);
    happened(&store, team, 1..=5);
    let clock = Hand::new();
    let relay = Relay::new(store.db.clone(), clock.clone(), consumer.clone());
    for time in ["once", "and again"] {
        let error = testkit::eventually("the consumer to be asked", || block_on(relay.run()).err());
        assert_eq!(error.code(), "SERVICE_UNAVAILABLE", "{time}");
        assert_eq!(effects(&store, "consumer"), [1, 2], "{time}");
    }
    assert_eq!(consumer.handed_over(), 4, "what was consumed did not come again");
    assert_eq!(retries(&store), "", "it is not the event's fault");
    consumer.will([(4, Does::Fails)]);
    relay_until(&store, &relay, "consumer", 4);

    // what failed finds it away when its time comes: it keeps its place and its count, and what is new waits
    clock.forward(TimeDelta::seconds(1));
    consumer.will([(4, Does::Unavailable)]);
    happen(&store, team, [6]);
    let error = testkit::eventually("the consumer to be asked", || block_on(relay.run()).err());
    assert_eq!(error.code(), "SERVICE_UNAVAILABLE");
    assert!(retries(&store).starts_with(&format!("{} 1 ", Uuid::from_u128(4))), "{}", retries(&store));
    consumer.will([]);
    relay_until(&store, &relay, "consumer", 6);
    assert_eq!(effects(&store, "consumer"), [1, 2, 3, 5, 4, 6]);
}
