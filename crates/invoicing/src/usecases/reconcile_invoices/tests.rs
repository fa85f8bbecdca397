use std::sync::atomic::Ordering;

use chrono::TimeDelta;

use super::*;
use crate::accounting::{Failure, InvoiceId, State};
use crate::contract::connection;
use crate::usecases::house::{BOUNDS, Fault, House, ID, VISIBILITY, one};

const LOOK_UPS: LookUps = LookUps {
    at_once: 10,
    shortest: TimeDelta::seconds(5),
    longest: TimeDelta::seconds(3_600),
    patience: TimeDelta::seconds(30),
};

impl House {
    /// A round of the reconciler: how many were due, and how many it settled.
    fn reconciled(&self) -> (usize, usize) {
        let (ledger, connections) = (self.ledger.clone(), self.connections.clone());
        let clock = self.time.clone();
        let reconcile =
            ReconcileInvoices::new(self.books.clone(), ledger, connections, clock, LOOK_UPS, BOUNDS);
        let round = pollster::block_on(reconcile.run()).unwrap();
        (round.due, round.settled)
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
    let house = House::new(60);
    house.books.next(Fault::Dropped);
    house.sent(&one());
    assert_eq!(house.reconciled(), (1, 0), "it is not found yet");
    assert_eq!(house.reconciled(), (0, 0), "and not looked up again at once");
    house.time.passes(60);
    assert_eq!(house.reconciled(), (1, 1));
    assert!(matches!(house.state(), State::Created(_)) && house.made_once());
    assert_eq!((house.reconciled(), house.sent(&one())), ((0, 0), vec!["Existed".to_owned()]));
}

#[test]
fn what_was_not_made_is_said_to_be_so_once_it_would_be_found_and_may_be_sent_again() {
    let house = House::new(0);
    house.books.next(Fault::Hung);
    house.sent(&one());
    house.time.passes(VISIBILITY - 1);
    assert_eq!(house.reconciled(), (1, 0));
    house.time.passes(2 * VISIBILITY);
    assert_eq!(house.reconciled(), (1, 1));
    assert_eq!(house.state(), State::Failed(Failure::not_made()));
    assert_eq!((house.books.count(ID), house.sent(&one())), (0, vec!["Created".to_owned()]));
    assert_eq!(house.books.count(ID), 1);
}

#[test]
fn nothing_is_looked_up_over_no_connection_a_closed_one_or_one_to_another_company() {
    let house = House::new(0);
    house.books.next(Fault::Dropped);
    house.sent(&one());
    house.books.next(Fault::Closed);
    assert_eq!(house.reconciled(), (1, 0));
    house.books.next(Fault::None);
    house.connected_to("2");
    house.time.passes(4 * VISIBILITY);
    assert_eq!(house.reconciled(), (1, 0));
    house.connected_to("1");
    house.time.passes(3_600);
    assert_eq!(house.reconciled(), (1, 1));
    assert!(house.made_once());
}

#[test]
fn what_is_found_twice_is_flagged_once_and_settled_when_one_is_left() {
    let house = House::new(0);
    house.books.next(Fault::Dropped);
    house.sent(&one());
    house.books.twice(true);
    assert_eq!(house.reconciled(), (1, 0));
    assert!(matches!(house.state(), State::Unknown { several: true, .. }));
    house.time.passes(10);
    assert_eq!(house.reconciled(), (1, 0));
    let story = pollster::block_on(house.ledger.story(connection("1").team, ID.parse().unwrap()));
    let flagged =
        story.unwrap().unwrap().steps.iter().filter(|step| step.detail.contains(r#""several":true"#)).count();
    assert_eq!(flagged, 1);
    house.books.twice(false);
    house.time.passes(3_600);
    assert_eq!(house.reconciled(), (1, 1));
    assert!(matches!(house.state(), State::Created(_)));
}
