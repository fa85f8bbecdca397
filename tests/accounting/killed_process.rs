//! `kill -9` at six points in the making of 200 invoices: each is made once, and none is lost.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Database, Held, eventually, eventually_within};

use crate::support::gepard::{Gepard, Office, id, invoice, words};

const INVOICES: u32 = 200;
/// How long wFirma may take to find what was made.
const VISIBILITY: &str = "4s";
/// What was claimed by a process that died is sent again when its lease, the bound of a call and that time are over.
const SETTLED: Duration = Duration::from_secs(90);

/// The two batches in which all are sent.
fn batches() -> [Vec<Value>; 2] {
    let all: Vec<_> = (1..=INVOICES).map(invoice).collect();
    let (first, second) = all.split_at(all.len() / 2);
    [first.to_vec(), second.to_vec()]
}

/// Lets nobody record that an invoice has come to a state, until what is given back is dropped.
fn stopped_at(database: &Database, state: &str) -> Held {
    database.execute(&format!(
        "CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NEW; END';
         CREATE TRIGGER wait_for_the_test BEFORE INSERT ON accounting_invoice_history
             FOR EACH ROW WHEN (NEW.state = '{state}') EXECUTE FUNCTION wait_for_the_test()"
    ));
    database.hold("SELECT pg_advisory_xact_lock(4711)")
}

/// Waits until the service waits for a lock that a test holds, when it inserts into a table.
fn until_it_waits(database: &Database, table: &str) {
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'throughline'
         AND wait_event_type = 'Lock' AND query ILIKE 'insert into \"{table}\"%'"
    );
    eventually("the service to come to the point", || (database.scalar(&waiting) != "0").then_some(()));
}

/// Kills the service in the middle of the making of 200 invoices, once it has come to a point: `hold` keeps it there,
/// and
/// `arrived` waits until it is there. Then everything is sent again until it is answered well.
fn killed(hold: impl FnOnce(&Office) -> Option<Held>, arrived: impl FnOnce(&Office)) {
    let office = Office::new();
    let service = office.service_that_finds_within(VISIBILITY);
    let gepard = office.gepard(&service, "1");
    let held = hold(&office);
    std::thread::scope(|scope| {
        for batch in batches() {
            // the service is gone before it answers
            let request = gepard.asking(&batch);
            scope.spawn(move || drop(request.send()));
        }
        arrived(&office);
        service.kill();
    });
    drop(held);
    office.sandbox.clear();
    office.database.execute(
        "DROP TRIGGER IF EXISTS wait_for_the_test ON accounting_invoice_history;
         DROP FUNCTION IF EXISTS wait_for_the_test()",
    );
    let service = office.service_that_finds_within(VISIBILITY);
    made_once(&gepard.moved(&service));
}

/// Sends everything until every invoice is there; then each stands in wFirma's books once.
fn made_once(gepard: &Gepard<'_>) {
    std::thread::scope(|scope| {
        for batch in batches() {
            scope.spawn(move || {
                eventually_within(SETTLED, "every invoice to be made", || {
                    let words = words(&gepard.process(&batch));
                    let known = ["Created", "Existed", "OUTCOME_UNKNOWN", "SERVICE_UNAVAILABLE"];
                    assert!(words.iter().all(|word| known.contains(&&**word)), "{words:?}");
                    words.iter().all(|word| word == "Created" || word == "Existed").then_some(())
                });
            });
        }
    });
    let mut expected: Vec<_> = batches().concat().iter().map(|invoice| id(invoice).to_owned()).collect();
    expected.sort();
    assert_eq!(gepard.made(), expected, "exactly 200, none twice");
    for batch in batches() {
        assert_eq!(words(&gepard.process(&batch)), ["Existed"; 100]);
    }
    assert_eq!(gepard.team.count("accounting_invoices"), INVOICES);
    let open = "SELECT count(*) FROM accounting_invoices WHERE state <> 'created'";
    assert_eq!(gepard.team.database.scalar(open), "0");
}

#[test]
fn killed_before_the_intent() {
    killed(
        |office| Some(office.database.hold("LOCK TABLE accounting_invoices IN SHARE MODE")),
        |office| {
            until_it_waits(&office.database, "accounting_invoices");
            assert_eq!(office.database.scalar("SELECT count(*) FROM accounting_invoices"), "0");
        },
    );
}

#[test]
fn killed_after_the_intent() {
    killed(
        |office| Some(stopped_at(&office.database, "in_flight")),
        |office| {
            until_it_waits(&office.database, "accounting_invoice_history");
            let intended = "SELECT count(*) FROM accounting_invoices WHERE state = 'intended'";
            assert_ne!(office.database.scalar(intended), "0");
            assert_eq!(office.sandbox.ledger()["calls"]["invoices/add"], Value::Null, "nothing was sent");
        },
    );
}

#[test]
fn killed_during_the_call() {
    killed(
        |office| {
            office.sandbox.fault(&json!({"fault": "hang", "action": "invoices/add"}));
            None
        },
        |office| {
            let in_flight = || office.sandbox.ledger()["callsInFlight"].as_u64().unwrap();
            eventually("calls to be in flight", || (in_flight() >= 8).then_some(()));
            assert_eq!(office.sandbox.ledger()["invoices"], json!([]));
        },
    );
}

#[test]
fn killed_after_wfirma_committed() {
    killed(
        |office| {
            // the answer never comes, and that it did not is never recorded
            office.sandbox.fault(&json!({"fault": "drop_answer"}));
            Some(stopped_at(&office.database, "unknown"))
        },
        |office| {
            until_it_waits(&office.database, "accounting_invoice_history");
            assert_ne!(office.sandbox.ledger()["invoices"], json!([]), "some are made");
        },
    );
}

#[test]
fn killed_before_our_commit() {
    killed(
        |office| Some(stopped_at(&office.database, "created")),
        |office| {
            until_it_waits(&office.database, "accounting_invoice_history");
            assert_ne!(office.sandbox.ledger()["invoices"], json!([]), "some are made");
        },
    );
}

#[test]
fn killed_while_wfirma_finds_late() {
    // longer than wFirma takes to find anything here: what is sent again before would be made twice
    const VISIBILITY: &str = "30s";
    let nothing_found = json!({"fault": "late_find"});
    let office = Office::new();
    let service = office.service_that_finds_within(VISIBILITY);
    let gepard = office.gepard(&service, "1");
    office.sandbox.fault(&nothing_found);
    office.sandbox.fault(&json!({"fault": "drop_answer"}));
    std::thread::scope(|scope| {
        for batch in batches() {
            let request = gepard.asking(&batch);
            scope.spawn(move || drop(request.send()));
        }
        let unknown = "SELECT count(*) FROM accounting_invoices WHERE state = 'unknown'";
        eventually("outcomes to be unknown", || (office.database.scalar(unknown) != "0").then_some(()));
        assert_ne!(office.sandbox.ledger()["invoices"], json!([]), "some are made");
        service.kill();
    });
    // answers come again, and nothing is found yet
    office.sandbox.clear();
    office.sandbox.fault(&nothing_found);
    let service = office.service_that_finds_within(VISIBILITY);
    let gepard = gepard.moved(&service);
    let one = office
        .database
        .scalar("SELECT min(invoice_id::text) FROM accounting_invoices WHERE state = 'unknown'");
    assert!(gepard.made().contains(&one), "it is made");
    let all = batches().concat();
    let unseen: Vec<_> = all.into_iter().filter(|invoice| id(invoice) == one).collect();
    assert_eq!(words(&gepard.process(&unseen)), ["OUTCOME_UNKNOWN"], "and not found yet");
    office.sandbox.clear();
    made_once(&gepard);
}
