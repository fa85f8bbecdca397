//! The audit trail, the access log and the sealer.

use adapter_postgres::audit::{PgAccessLog, PgAuditTrail, PgSealer};
use audit::ports::{AccessFilter, AccessLog, AuditTrail, EntryFilter, Sealer};
use kernel::id::TeamId;
use kernel::page::Window;
use uuid::Uuid;

use super::{IMPORTS, OTHERS, TIMES, reading};
use crate::support::{Store, at, block_on};

/// A team with `IMPORTS` entries and records among three with many more; everything is sealed.
fn full_of_entries() -> (Store, TeamId) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.team());
    for (team, entries) in teams.into_iter().zip([IMPORTS, OTHERS, OTHERS, OTHERS]) {
        store.database.execute(&format!(
            "INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id)
             SELECT '{team}', gen_random_uuid(), now() - n * interval '1 minute', 'user:' || n % 100, 'req_' || n,
                    'thing.' || n % 100, 'thing', lpad((n % 100)::text, 32, '0')::uuid
             FROM generate_series(1, {entries}) n;
             INSERT INTO access_log
             SELECT '{team}', gen_random_uuid(), now() - n * interval '1 minute', 'user:' || n % 100, 'GET', '/', '/', 200,
                    'req_' || n, NULL, 1
             FROM generate_series(1, {entries}) n"
        ));
    }
    store.seal(teams);
    for table in ["audit_entries", "audit_seals", "access_log"] {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    (store, teams[0])
}

#[test]
fn a_page_of_the_audit_trail_reads_what_its_filter_lets_through_and_no_more() {
    let (mut store, team) = full_of_entries();
    let window = Window::try_new(0, 5, 100).expect("a window");
    let none = EntryFilter::default;
    let text = |text: &str| Some(text.to_owned());
    for (filter, most) in [
        (none(), IMPORTS + 10),
        (EntryFilter { actor: text("user:7"), ..none() }, 20),
        (EntryFilter { action: text("thing.7"), ..none() }, 20),
        (EntryFilter { subject: Some(Uuid::from_u128(7)), ..none() }, 20),
        (EntryFilter { request_id: text("req_7"), ..none() }, 5),
        (EntryFilter { to: Some(at()), ..none() }, 5),
    ] {
        for (table, most) in [("audit_entries", most), ("audit_seals", 10)] {
            let (same, read);
            (same, read) = reading(store, table, |db| {
                let trail = PgAuditTrail::new(db.clone());
                for _ in 0..TIMES {
                    block_on(trail.list(team, filter.clone(), window)).expect("the trail is read");
                }
            });
            store = same;
            assert_eq!(read.sequential_scans, 0, "{table}, {filter:?}: {read:?}");
            assert!(read.rows <= most * TIMES, "{table}, {filter:?}: {read:?}");
        }
    }
}

#[test]
fn a_page_of_the_access_log_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team) = full_of_entries();
    let window = Window::try_new(0, 5, 100).expect("a window");
    let none = AccessFilter::default;
    for (filter, most) in [
        (none(), IMPORTS + 10),
        (AccessFilter { actor: Some("user:7".into()), ..none() }, 2 * IMPORTS),
        (AccessFilter { request_id: Some("req_7".into()), ..none() }, 5),
        (AccessFilter { to: Some(at()), ..none() }, 5),
    ] {
        let read;
        (store, read) = reading(store, "access_log", |db| {
            let log = PgAccessLog::new(db.clone());
            for _ in 0..TIMES {
                block_on(log.list(team, filter.clone(), window)).expect("the log is read");
            }
        });
        assert_eq!(read.sequential_scans, 0, "{filter:?}: {read:?}");
        assert!(read.rows <= most * TIMES, "{filter:?}: {read:?}");
    }
}

#[test]
fn a_sealer_with_little_to_do_reads_little() {
    let (mut store, team) = full_of_entries();
    for table in ["audit_entries", "audit_seals"] {
        let read;
        let database = store.database.clone();
        // a transaction elsewhere in the cluster may hold it up, and each attempt reads
        let mut attempts = 0;
        (store, read) = reading(store, table, |db| {
            let sealer = PgSealer::new(db.clone());
            for time in 0..TIMES {
                database.execute(&format!(
                    "INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id)
                     VALUES ('{team}', gen_random_uuid(), now(), 'a', 'r{time}', 'a', 's', gen_random_uuid())"
                ));
                testkit::eventually("the entry to be sealed", || {
                    attempts += 1;
                    let sealed = block_on(sealer.seal()).expect("sealing works").sealed;
                    (sealed == 1).then_some(())
                });
            }
        });
        assert_eq!(read.sequential_scans, 0, "{table}: {read:?}");
        // what is sealed already is passed over by where it stands, and foreign keys look once more
        assert!(read.rows <= 20 * attempts, "{table}: {read:?} of {attempts} attempts");
    }
}
