//! What the relay tells of itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use adapter_postgres::relay::Relay;
use chrono::TimeDelta;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Metadata, Recorder, SharedString, Unit};

use super::{Does, Hand, MADE, Noting, event, happen};
use crate::support::{Store, block_on};

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
    let consumer = Noting::new(&store, "consumer", MADE);
    let clock = Hand::new();
    let relay = Relay::new(store.db.clone(), clock.clone(), consumer.clone());
    let metrics = Gauges::default();
    let run = || metrics::with_local_recorder(&metrics, || block_on(relay.run()));
    clock.forward(TimeDelta::milliseconds(2_500));
    let held = store.database.hold(&event(team, 1, "thing.made"));
    happen(&store, team, [2, 3]);
    assert_eq!(run().expect("the relay works"), 0);
    assert_eq!(metrics.said("throughline_relay_lag_seconds consumer"), 0.0, "it has not begun");
    assert_eq!(run().expect("the relay works"), 0);
    assert_eq!(metrics.said("throughline_relay_lag_seconds consumer"), 2.5, "what is held up waits");
    held.commit();

    consumer.will([(1, Does::Fails), (3, Does::Unavailable)]);
    testkit::eventually("the consumer to be away", || run().err());
    clock.forward(TimeDelta::milliseconds(500));
    run().expect_err("the consumer is away");
    assert_eq!(metrics.said("throughline_relay_lag_seconds consumer"), 3.0);
    assert_eq!(metrics.said("throughline_relay_retries consumer"), 1.0);
    consumer.will([]);
    clock.forward(TimeDelta::seconds(1));
    assert_eq!(run().expect("the relay works"), 2, "what failed, and what the consumer was away for");
    assert_eq!(run().expect("the relay works"), 0);
    assert_eq!(metrics.said("throughline_relay_lag_seconds consumer"), 0.0);
    assert_eq!(metrics.said("throughline_relay_retries consumer"), 0.0);
    for (outcome, count) in [("consumed", 3), ("failed", 1), ("unavailable", 2)] {
        let name = format!("throughline_relay_deliveries_total consumer {outcome}");
        assert_eq!(metrics.counted(&name), count, "{outcome}");
    }
}
