//! What is locked in which order: the sales order first, its tickets last, so that no two changes wait for each other.

use grn_ticketing::receipt::Verification;
use grn_ticketing::ticket::TicketStatus;
use kernel::write::Written;
use testkit::OpenTransaction;

use super::changes::{advance, of_orders, of_tickets};
use crate::support::{Store, context, done, short, until_blocked};

/// What a change may lock after its order.
const LATER: [&str; 10] = [
    "sales_order_lines",
    "vendors",
    "assignments",
    "purchase_orders",
    "dispatches",
    "dispatch_items",
    "goods_receipts",
    "goods_receipt_items",
    "tickets",
    "ticket_comments",
];

fn hold_order(store: &Store, order: uuid::Uuid) -> OpenTransaction {
    store.database.hold(&format!("SELECT FROM sales_orders WHERE id = '{order}' FOR NO KEY UPDATE"))
}

#[test]
fn every_change_of_an_order_waits_for_the_order_and_has_locked_nothing_else_by_then() {
    let store = Store::own();
    let team = store.team();
    for change in of_orders(&store, team) {
        let held = hold_order(&store, change.order);
        let made = std::thread::scope(|scope| {
            let making = scope.spawn(|| change.make(&store));
            until_blocked(&store.database);
            for table in LATER {
                store.database.execute(&format!("SELECT FROM {table} FOR UPDATE NOWAIT"));
            }
            held.commit();
            making.join().expect("it does not panic")
        });
        assert_eq!(made, Ok(()), "{}", change.name);
    }
}

#[test]
fn a_change_of_a_ticket_waits_for_no_order() {
    let store = Store::own();
    let team = store.team();
    for change in of_tickets(&store, team) {
        let _held = hold_order(&store, change.order);
        assert_eq!(change.make(&store), Ok(()), "{}", change.name);
    }
}

#[test]
fn mismatches_wait_for_a_ticket_that_is_being_closed_and_open_another_if_it_was() {
    let store = Store::own();
    let team = store.team();
    for is_closed in [true, false] {
        let receipt = store.received(team, 2);
        let [first, second] = [0, 1].map(|place| {
            let all = short(&receipt);
            let counts: Vec<_> = all.counts.into_iter().skip(place).take(1).collect();
            let only = Some(counts.iter().map(|count| count.item).collect());
            Verification { counts, only, ..short(&receipt) }
        });
        let raised = done(store.try_verify(context(team), first)).ticket.expect("goods are missing");
        for to in [TicketStatus::InProgress, TicketStatus::Resolved] {
            assert_eq!(advance(&store, team, raised.id, to), Ok(()));
        }
        let held = store.database.hold(&format!(
            "UPDATE tickets SET status = 'CLOSED', closed_at = now(), version = version + 1 WHERE id = '{}'",
            raised.id
        ));
        let verified = std::thread::scope(|scope| {
            let verifying = scope.spawn(|| store.try_verify(context(team), second));
            until_blocked(&store.database);
            match is_closed {
                true => held.commit(),
                false => drop(held),
            }
            verifying.join().expect("it does not panic")
        });
        let Ok(Written::Done(verified)) = verified else { panic!("{verified:?}") };
        let ticket = verified.ticket.expect("goods are missing");
        assert_eq!((verified.is_joined, ticket.id == raised.id), (!is_closed, !is_closed));
        assert_eq!(verified.receipt.items.iter().filter(|item| item.check.is_some()).count(), 2);
    }
}
