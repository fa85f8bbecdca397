//! `kill -9` at six points during the creation of 200 invoices: each is created exactly once.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Database, OpenTransaction, eventually, eventually_within};

use crate::support::gepard::{AccountingFixture, Gepard, id, invoice, statuses};

const INVOICES: u32 = 200;
/// The time within which wFirma finds a created invoice.
const VISIBILITY: &str = "4s";
/// The time after which invoices of a killed process are sent again: lease, call timeout and visibility.
const SETTLED: Duration = Duration::from_secs(90);

/// The 200 invoices in two batches.
fn batches() -> [Vec<Value>; 2] {
    let all: Vec<_> = (1..=INVOICES).map(invoice).collect();
    let (first, second) = all.split_at(all.len() / 2);
    [first.to_vec(), second.to_vec()]
}

/// Blocks the recording of a state of invoices until the returned guard is dropped.
fn block_state(database: &Database, state: &str) -> OpenTransaction {
    database.execute(&format!(
        "CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NEW; END';
         CREATE TRIGGER wait_for_the_test BEFORE INSERT ON accounting_invoice_history
             FOR EACH ROW WHEN (NEW.state = '{state}') EXECUTE FUNCTION wait_for_the_test()"
    ));
    database.hold("SELECT pg_advisory_xact_lock(4711)")
}

/// Waits until an insert of the service into a table is blocked by a lock of the test.
fn wait_until_blocked(database: &Database, table: &str) {
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'throughline'
         AND wait_event_type = 'Lock' AND query ILIKE 'insert into \"{table}\"%'"
    );
    eventually("the service to be blocked", || (database.scalar(&waiting) != "0").then_some(()));
}

/// Kills the service while it creates 200 invoices, at the point where `hold` blocks it; `arrived` waits until it is
/// there. Then sends all batches again to a new service until they succeed.
fn kill_and_recover(
    hold: impl FnOnce(&AccountingFixture) -> Option<OpenTransaction>,
    arrived: impl FnOnce(&AccountingFixture),
) {
    let fixture = AccountingFixture::new();
    let service = fixture.service_with_visibility(VISIBILITY);
    let gepard = fixture.gepard(&service, "1");
    let held = hold(&fixture);
    std::thread::scope(|scope| {
        for batch in batches() {
            // the service is killed before it responds
            let request = gepard.batch_request(&batch);
            scope.spawn(move || drop(request.send()));
        }
        arrived(&fixture);
        service.kill();
    });
    drop(held);
    fixture.sandbox.clear();
    fixture.database.execute(
        "DROP TRIGGER IF EXISTS wait_for_the_test ON accounting_invoice_history;
         DROP FUNCTION IF EXISTS wait_for_the_test()",
    );
    let service = fixture.service_with_visibility(VISIBILITY);
    check_created_once(&gepard.at(&service));
}

/// Sends all batches until every invoice exists; checks that the ledger has each once.
fn check_created_once(gepard: &Gepard<'_>) {
    std::thread::scope(|scope| {
        for batch in batches() {
            scope.spawn(move || {
                eventually_within(SETTLED, "every invoice to be created", || {
                    let words = statuses(&gepard.process(&batch));
                    let known = ["Created", "Existed", "OUTCOME_UNKNOWN", "SERVICE_UNAVAILABLE"];
                    assert!(words.iter().all(|word| known.contains(&&**word)), "{words:?}");
                    words.iter().all(|word| word == "Created" || word == "Existed").then_some(())
                });
            });
        }
    });
    let mut expected: Vec<_> = batches().concat().iter().map(|invoice| id(invoice).to_owned()).collect();
    expected.sort();
    assert_eq!(gepard.created_invoices(), expected, "exactly 200, none twice");
    for batch in batches() {
        assert_eq!(statuses(&gepard.process(&batch)), ["Existed"; 100]);
    }
    assert_eq!(gepard.team.count("accounting_invoices"), INVOICES);
    let open = "SELECT count(*) FROM accounting_invoices WHERE state <> 'created'";
    assert_eq!(gepard.team.database.scalar(open), "0");
}

#[test]
fn killed_before_the_intent() {
    kill_and_recover(
        |fixture| Some(fixture.database.hold("LOCK TABLE accounting_invoices IN SHARE MODE")),
        |fixture| {
            wait_until_blocked(&fixture.database, "accounting_invoices");
            assert_eq!(fixture.database.scalar("SELECT count(*) FROM accounting_invoices"), "0");
        },
    );
}

#[test]
fn killed_after_the_intent() {
    kill_and_recover(
        |fixture| Some(block_state(&fixture.database, "in_flight")),
        |fixture| {
            wait_until_blocked(&fixture.database, "accounting_invoice_history");
            let intended = "SELECT count(*) FROM accounting_invoices WHERE state = 'intended'";
            assert_ne!(fixture.database.scalar(intended), "0");
            assert_eq!(fixture.sandbox.ledger()["calls"]["invoices/add"], Value::Null, "nothing was sent");
        },
    );
}

#[test]
fn killed_during_the_call() {
    kill_and_recover(
        |fixture| {
            fixture.sandbox.fault(&json!({"fault": "hang", "action": "invoices/add"}));
            None
        },
        |fixture| {
            let in_flight = || fixture.sandbox.ledger()["callsInFlight"].as_u64().unwrap();
            eventually("calls to be in flight", || (in_flight() >= 8).then_some(()));
            assert_eq!(fixture.sandbox.ledger()["invoices"], json!([]));
        },
    );
}

#[test]
fn killed_after_wfirma_committed() {
    kill_and_recover(
        |fixture| {
            // the response never arrives, and the failure is never recorded
            fixture.sandbox.fault(&json!({"fault": "drop_answer"}));
            Some(block_state(&fixture.database, "unknown"))
        },
        |fixture| {
            wait_until_blocked(&fixture.database, "accounting_invoice_history");
            assert_ne!(fixture.sandbox.ledger()["invoices"], json!([]), "some are created");
        },
    );
}

#[test]
fn killed_before_our_commit() {
    kill_and_recover(
        |fixture| Some(block_state(&fixture.database, "created")),
        |fixture| {
            wait_until_blocked(&fixture.database, "accounting_invoice_history");
            assert_ne!(fixture.sandbox.ledger()["invoices"], json!([]), "some are created");
        },
    );
}

#[test]
fn killed_while_wfirma_does_not_find_the_invoice_yet() {
    // longer than this test runs: an invoice sent again earlier would be created twice
    const VISIBILITY: &str = "30s";
    let nothing_found = json!({"fault": "late_find"});
    let fixture = AccountingFixture::new();
    let service = fixture.service_with_visibility(VISIBILITY);
    let gepard = fixture.gepard(&service, "1");
    fixture.sandbox.fault(&nothing_found);
    fixture.sandbox.fault(&json!({"fault": "drop_answer"}));
    std::thread::scope(|scope| {
        for batch in batches() {
            let request = gepard.batch_request(&batch);
            scope.spawn(move || drop(request.send()));
        }
        let unknown = "SELECT count(*) FROM accounting_invoices WHERE state = 'unknown'";
        eventually("outcomes to be unknown", || (fixture.database.scalar(unknown) != "0").then_some(()));
        assert_ne!(fixture.sandbox.ledger()["invoices"], json!([]), "some are created");
        service.kill();
    });
    // wFirma responds again, but does not find the invoice yet
    fixture.sandbox.clear();
    fixture.sandbox.fault(&nothing_found);
    let service = fixture.service_with_visibility(VISIBILITY);
    let gepard = gepard.at(&service);
    let one = fixture
        .database
        .scalar("SELECT min(invoice_id::text) FROM accounting_invoices WHERE state = 'unknown'");
    assert!(gepard.created_invoices().contains(&one), "it is created");
    let all = batches().concat();
    let unseen: Vec<_> = all.into_iter().filter(|invoice| id(invoice) == one).collect();
    assert_eq!(statuses(&gepard.process(&unseen)), ["OUTCOME_UNKNOWN"], "and not found yet");
    fixture.sandbox.clear();
    check_created_once(&gepard);
}
