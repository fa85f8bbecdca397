//! Invoices of unknown outcome, and histories.

use std::collections::BTreeSet;

use adapter_postgres::invoicing::PgInvoiceLedger;
use chrono::TimeDelta;
use invoicing::accounting::InvoiceEvent;
use invoicing::ports::{HistoryStep, InvoiceHistory, InvoiceLedger, LookupSchedule, PendingLookup};
use kernel::error::StoreError;
use testkit::race;

use crate::support::{Store, block_on, minute};

const SCHEDULE: LookupSchedule = LookupSchedule {
    batch_size: 10,
    min_interval: TimeDelta::minutes(10),
    max_interval: TimeDelta::minutes(60),
    timeout: TimeDelta::minutes(1),
};

#[test]
fn of_eight_who_ask_at_once_each_is_given_invoices_of_its_own() {
    const OPEN: usize = 50;
    const CROWD: usize = 8;
    let store = Store::own().crowded(CROWD as u32);
    let teams = [store.team(), store.team()];
    let open: BTreeSet<_> = (0..OPEN)
        .map(|number| (teams[number % 2], store.sent_invoice(teams[number % 2], number as u16)))
        .collect();
    let given = race(CROWD, |_| {
        let ledger = PgInvoiceLedger::new(store.db.clone());
        let mut given = Vec::new();
        // until there is no more
        loop {
            let due = block_on(ledger.due(minute(1), SCHEDULE)).expect("what is due is read");
            if due.is_empty() {
                return given;
            }
            assert!(due.len() <= 10, "no more than asked for");
            given.extend(due.into_iter().map(|PendingLookup { team, entry }| (team, entry.id)));
        }
    });
    let given: Vec<_> = given.into_iter().flatten().collect();
    assert_eq!(given.len(), OPEN, "none is given out twice");
    assert_eq!(given.into_iter().collect::<BTreeSet<_>>(), open);
}

#[test]
fn an_invoice_that_somebody_records_is_passed_over_and_not_waited_for() {
    let store = Store::own();
    let team = store.team();
    let [held, free] = [1, 2].map(|number| store.sent_invoice(team, number));
    let ledger = PgInvoiceLedger::new(store.db.clone());
    let recording = store
        .database
        .hold(&format!("SELECT FROM accounting_invoices WHERE invoice_id = '{held}' FOR NO KEY UPDATE"));
    let due = block_on(ledger.due(minute(1), SCHEDULE)).expect("what is due is read");
    assert_eq!(due.iter().map(|due| due.entry.id).collect::<Vec<_>>(), [free]);
    recording.commit();
    let due = block_on(ledger.due(minute(1), SCHEDULE)).expect("what is due is read");
    assert_eq!(due.iter().map(|due| due.entry.id).collect::<Vec<_>>(), [held]);
}

#[test]
fn a_long_history_shows_its_last_steps_in_order() {
    const STEPS: i64 = 700;
    let store = Store::shared();
    let team = store.team();
    let invoice = store.claimed_invoice(team, 1);
    store.database.execute(&format!(
        "UPDATE accounting_invoices SET version = {STEPS} WHERE team_id = '{team}';
         INSERT INTO accounting_invoice_history
         SELECT team_id, invoice_id, n, at, actor, request_id, state, detail
         FROM accounting_invoice_history, generate_series(2, {STEPS}) n WHERE team_id = '{team}'"
    ));
    let history = |store: &Store| -> Result<InvoiceHistory, StoreError> {
        let found = block_on(PgInvoiceLedger::new(store.db.clone()).history(team, invoice));
        found.map(|found| found.expect("it is known"))
    };
    let found = history(&store).expect("it is read");
    let versions: Vec<_> = found.steps.iter().map(|step: &HistoryStep| step.version).collect();
    assert_eq!(versions, (STEPS - 499..=STEPS).collect::<Vec<_>>());
    assert_eq!(found.entry.version, STEPS);

    store
        .record(team, invoice, Some(STEPS), InvoiceEvent::Sending { lease: minute(1) })
        .expect("it is being sent");
    let last = history(&store).expect("it is read").steps.pop().map(|step| (step.version, step.state));
    assert_eq!(last, Some((STEPS + 1, "in_flight".to_owned())));
}
