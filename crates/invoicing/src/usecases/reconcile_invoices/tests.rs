use std::sync::atomic::Ordering;

use chrono::TimeDelta;

use super::*;
use crate::accounting::{InvoiceFailure, InvoiceId, InvoiceState};
use crate::contract::connection;
use crate::usecases::test_support::{DELAYS, Fixture, ID, InjectedFault, VISIBILITY, one};

const SCHEDULE: LookupSchedule = LookupSchedule {
    batch_size: 10,
    min_interval: TimeDelta::seconds(5),
    max_interval: TimeDelta::seconds(3_600),
    timeout: TimeDelta::seconds(30),
};

impl Fixture {
    /// Runs the reconciler; returns the numbers of invoices that were due and that it settled.
    fn reconcile(&self) -> (usize, usize) {
        let (ledger, connections) = (self.ledger.clone(), self.connections.clone());
        let clock = self.clock.clone();
        let reconcile =
            ReconcileInvoices::new(self.gateway.clone(), ledger, connections, clock, SCHEDULE, DELAYS);
        let report = pollster::block_on(reconcile.run()).unwrap();
        (report.due, report.settled)
    }

    fn state(&self) -> InvoiceState {
        let id: InvoiceId = ID.parse().unwrap();
        pollster::block_on(self.ledger.find(connection("1").team, id)).unwrap().unwrap().state
    }

    /// Whether the invoice was created once, and not by the reconciler.
    fn is_created_once(&self) -> bool {
        self.gateway.count(ID) == 1 && self.gateway.add_calls.load(Ordering::SeqCst) == 1
    }
}

#[test]
fn a_lost_answer_is_settled_without_a_request() {
    let fixture = Fixture::new(60);
    fixture.gateway.inject(InjectedFault::AnswerLost);
    fixture.send(&one());
    assert_eq!(fixture.reconcile(), (1, 0), "it is not found yet");
    assert_eq!(fixture.reconcile(), (0, 0), "and not looked up again at once");
    fixture.clock.advance(60);
    assert_eq!(fixture.reconcile(), (1, 1));
    assert!(matches!(fixture.state(), InvoiceState::Created(_)) && fixture.is_created_once());
    assert_eq!((fixture.reconcile(), fixture.send(&one())), ((0, 0), vec!["Existed".to_owned()]));
}

#[test]
fn what_was_not_created_fails_once_it_would_be_found_and_may_be_sent_again() {
    let fixture = Fixture::new(0);
    fixture.gateway.inject(InjectedFault::NoAnswer);
    fixture.send(&one());
    fixture.clock.advance(VISIBILITY - 1);
    assert_eq!(fixture.reconcile(), (1, 0));
    fixture.clock.advance(2 * VISIBILITY);
    assert_eq!(fixture.reconcile(), (1, 1));
    assert_eq!(fixture.state(), InvoiceState::Failed(InvoiceFailure::not_created()));
    assert_eq!((fixture.gateway.count(ID), fixture.send(&one())), (0, vec!["Created".to_owned()]));
    assert_eq!(fixture.gateway.count(ID), 1);
}

#[test]
fn nothing_is_looked_up_without_a_connection_or_in_another_company_or_while_unavailable() {
    let fixture = Fixture::new(0);
    fixture.gateway.inject(InjectedFault::AnswerLost);
    fixture.send(&one());
    fixture.gateway.inject(InjectedFault::Unavailable);
    assert_eq!(fixture.reconcile(), (1, 0));
    fixture.gateway.inject(InjectedFault::None);
    fixture.connect_to("2");
    fixture.clock.advance(4 * VISIBILITY);
    assert_eq!(fixture.reconcile(), (1, 0));
    fixture.connect_to("1");
    fixture.clock.advance(3_600);
    assert_eq!(fixture.reconcile(), (1, 1));
    assert!(fixture.is_created_once());
}

#[test]
fn what_is_found_twice_is_flagged_once_and_settled_when_one_is_left() {
    let fixture = Fixture::new(0);
    fixture.gateway.inject(InjectedFault::AnswerLost);
    fixture.send(&one());
    fixture.gateway.set_finds_twice(true);
    assert_eq!(fixture.reconcile(), (1, 0));
    assert!(matches!(fixture.state(), InvoiceState::Unknown { several: true, .. }));
    fixture.clock.advance(10);
    assert_eq!(fixture.reconcile(), (1, 0));
    let history = pollster::block_on(fixture.ledger.history(connection("1").team, ID.parse().unwrap()));
    let flagged = history
        .unwrap()
        .unwrap()
        .steps
        .iter()
        .filter(|step| step.detail.contains(r#""several":true"#))
        .count();
    assert_eq!(flagged, 1);
    fixture.gateway.set_finds_twice(false);
    fixture.clock.advance(3_600);
    assert_eq!(fixture.reconcile(), (1, 1));
    assert!(matches!(fixture.state(), InvoiceState::Created(_)));
}
