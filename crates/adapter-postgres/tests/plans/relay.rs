//! The relay: a look reads the first event of each of its types, a round the next of each, and sweepers what is old.

use std::sync::Arc;

use adapter_postgres::relay::{BATCH_SIZE, Relay};
use adapter_postgres::sweeper::{sweep_inbox, sweep_outbox};
use kernel::clock::SystemClock;

use super::{Reads, TIMES, reading};
use crate::relay::{Noting, make_room};
use crate::support::{Store, at, block_on};

const EVENTS: i64 = 100_000;
const OLD: i64 = 500;
const TYPES: &[&str] = &["thing.1", "thing.2", "thing.never"];

/// A hundred thousand events of ten types and two teams, and ten thousand folded ones. A consumer of three types, of
/// which one never happens, has come past all but the last tenth. The first are old, and long since taken.
fn full_of_events() -> Store {
    let store = Store::own();
    let (one, other, at) = (store.team(), store.team(), at().to_rfc3339());
    make_room(&store);
    store.database.execute(&format!(
        "INSERT INTO outbox (team_id, id, xid, event_type, aggregate_id, sequence, payload, occurred_at)
         SELECT (ARRAY['{one}', '{other}'])[1 + n % 2]::uuid, lpad(n::text, 32, '0')::uuid, (3 + n / 1000)::text::xid8,
                'thing.' || n % 10, gen_random_uuid(), 1, '{{}}', timestamptz '{at}' + (n - {OLD}) * interval '1 minute'
         FROM generate_series(1, {EVENTS}) n;
         INSERT INTO outbox (team_id, id, xid, folded_record, folded_id, occurred_at)
         SELECT '{one}', gen_random_uuid(), (3 + n % 100)::text::xid8, 'order_import', gen_random_uuid(),
                timestamptz '{at}' + interval '90 days'
         FROM generate_series(1, {EVENTS} / 10) n;
         INSERT INTO inbox SELECT '{one}', 'noting', gen_random_uuid(), timestamptz '{at}' - interval '1 day'
         FROM generate_series(1, {OLD});
         INSERT INTO inbox SELECT team_id, 'noting', id, occurred_at FROM outbox
         WHERE event_type = 'thing.1' AND xid < '93' ORDER BY id;
         INSERT INTO relay_cursors
         SELECT 'noting', system_identifier, '93', lpad('90499', 32, '0')::uuid, now() FROM pg_control_system()"
    ));
    for table in ["outbox", "inbox", "relay_cursors"] {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    store
}

/// What rounds of the relay read of the outbox, each of which hands over so many events.
fn rounds_read(store: Store, each: usize) -> (Store, Reads) {
    reading(store, "outbox", |db| {
        let relay = Relay::new(db.clone(), Arc::new(SystemClock), Noting::of(db, "noting", TYPES));
        for _ in 0..TIMES {
            assert_eq!(block_on(relay.run()).expect("the relay works"), each);
        }
    })
}

#[test]
fn a_round_reads_the_next_events_of_its_types_and_no_more() {
    let store = full_of_events();
    let (store, read) = rounds_read(store, BATCH_SIZE);
    let most = (TYPES.len() * (BATCH_SIZE + 2)) as i64;
    assert_eq!(read.sequential_scans, 0, "{read:?}");
    assert!(read.index_scans >= TIMES, "{read:?}");
    assert!(read.rows <= most * TIMES, "{read:?}");
    // the cursor lies in the midst of its transaction's events
    let first = "SELECT min(event_id::text) FROM effects";
    assert_eq!(store.database.scalar(first), format!("00000000-0000-0000-0000-{:012}", 90_501));
}

#[test]
fn a_look_that_finds_nothing_reads_next_to_nothing() {
    let store = full_of_events();
    store.database.execute("UPDATE relay_cursors SET xid = '200'");
    let (_, read) = rounds_read(store, 0);
    assert_eq!(read.sequential_scans, 0, "{read:?}");
    assert!(read.rows <= 2 * TIMES, "{read:?}");
}

#[test]
fn sweepers_look_at_old_events_alone() {
    let (store, read) = reading(full_of_events(), "outbox", |db| {
        assert_eq!(block_on(sweep_outbox(db, at())).expect("events are swept"), OLD as usize - 1);
    });
    assert_eq!(read.sequential_scans, 0, "{read:?}");
    let (_, read) = reading(store, "outbox", |db| {
        // the events of fifty were swept just now
        assert_eq!(block_on(sweep_inbox(db, at())).expect("the inbox is swept"), OLD as usize + 50);
    });
    assert_eq!(read.sequential_scans, 0, "{read:?}");
}
