use std::sync::atomic::Ordering;

use chrono::TimeDelta;

use super::*;
use crate::accounting::{Failure, InvoiceId, State};
use crate::contract::connection;
use crate::usecases::test_support::{BOUNDS, Fault, Fixture, ID, VISIBILITY, one};

const LOOK_UPS: LookUps = LookUps {
    at_once: 10,
    shortest: TimeDelta::seconds(5),
    longest: TimeDelta::seconds(3_600),
    patience: TimeDelta::seconds(30),
};

impl Fixture {
    /// A run of the reconciler: how many were due, and how many it settled.
    fn reconciled(&self) -> (usize, usize) {
        let (ledger, connections) = (self.ledger.clone(), self.connections.clone());
        let clock = self.time.clone();
        let reconcile =
            ReconcileInvoices::new(self.books.clone(), ledger, connections, clock, LOOK_UPS, BOUNDS);
        let run = pollster::block_on(reconcile.run()).unwrap();
        (run.due, run.settled)
    }

    /// What became of the invoice.
    fn state(&self) -> State {
        let id: InvoiceId = ID.parse().unwrap();
        pollster::block_on(self.ledger.find(connection("1").team, id)).unwrap().unwrap().entry.state
    }

    /// The reconciler never makes an invoice.
    fn made_once(&self) -> bool {
        self.books.count(ID) == 1 && self.books.added.load(Ordering::SeqCst) == 1
    }
}

#[test]
fn a_lost_answer_is_settled_without_anybody_asking() {
    let fixture = Fixture::new(60);
    fixture.books.next(Fault::Dropped);
    fixture.sent(&one());
    assert_eq!(fixture.reconciled(), (1, 0), "it is not found yet");
    assert_eq!(fixture.reconciled(), (0, 0), "and not looked up again at once");
    fixture.time.passes(60);
    assert_eq!(fixture.reconciled(), (1, 1));
    assert!(matches!(fixture.state(), State::Created(_)) && fixture.made_once());
    assert_eq!((fixture.reconciled(), fixture.sent(&one())), ((0, 0), vec!["Existed".to_owned()]));
}

#[test]
fn what_was_not_made_is_said_to_be_so_once_it_would_be_found_and_may_be_sent_again() {
    let fixture = Fixture::new(0);
    fixture.books.next(Fault::Hung);
    fixture.sent(&one());
    fixture.time.passes(VISIBILITY - 1);
    assert_eq!(fixture.reconciled(), (1, 0));
    fixture.time.passes(2 * VISIBILITY);
    assert_eq!(fixture.reconciled(), (1, 1));
    assert_eq!(fixture.state(), State::Failed(Failure::not_made()));
    assert_eq!((fixture.books.count(ID), fixture.sent(&one())), (0, vec!["Created".to_owned()]));
    assert_eq!(fixture.books.count(ID), 1);
}

#[test]
fn nothing_is_looked_up_over_no_connection_a_closed_one_or_one_to_another_company() {
    let fixture = Fixture::new(0);
    fixture.books.next(Fault::Dropped);
    fixture.sent(&one());
    fixture.books.next(Fault::Closed);
    assert_eq!(fixture.reconciled(), (1, 0));
    fixture.books.next(Fault::None);
    fixture.connected_to("2");
    fixture.time.passes(4 * VISIBILITY);
    assert_eq!(fixture.reconciled(), (1, 0));
    fixture.connected_to("1");
    fixture.time.passes(3_600);
    assert_eq!(fixture.reconciled(), (1, 1));
    assert!(fixture.made_once());
}

#[test]
fn what_is_found_twice_is_flagged_once_and_settled_when_one_is_left() {
    let fixture = Fixture::new(0);
    fixture.books.next(Fault::Dropped);
    fixture.sent(&one());
    fixture.books.twice(true);
    assert_eq!(fixture.reconciled(), (1, 0));
    assert!(matches!(fixture.state(), State::Unknown { several: true, .. }));
    fixture.time.passes(10);
    assert_eq!(fixture.reconciled(), (1, 0));
    let story = pollster::block_on(fixture.ledger.story(connection("1").team, ID.parse().unwrap()));
    let flagged =
        story.unwrap().unwrap().steps.iter().filter(|step| step.detail.contains(r#""several":true"#)).count();
    assert_eq!(flagged, 1);
    fixture.books.twice(false);
    fixture.time.passes(3_600);
    assert_eq!(fixture.reconciled(), (1, 1));
    assert!(matches!(fixture.state(), State::Created(_)));
}
