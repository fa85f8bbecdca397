//! Everything that can be done to an order at once, again and again: nobody deadlocks, and the records agree afterwards.

use std::collections::BTreeMap;

use adapter_postgres::procurement::{PgAssignments, PgPurchaseOrders};
use grn_ticketing::ports::ReceiptView;
use grn_ticketing::receipt::Verification;
use grn_ticketing::ticket::{TicketId, TicketStatus};
use kernel::access::Visibility;
use kernel::id::{Id, TeamId, VendorId};
use procurement::assignment::Assignment;
use procurement::dispatch::Dispatch;
use procurement::ports::{Assignments, PurchaseOrders};
use procurement::purchase_order::{PurchaseOrder, PurchaseOrderStatus};
use sales_orders::order::{Command, SalesOrder};
use testkit::race;

use super::changes::{Fate, advance, comment};
use crate::races::deadlocks;
use crate::support::{Store, block_on, context, done, fate, lines, short};

const ROUNDS: usize = 40;

/// An order of four lines of ten: six of each are ordered and four dispatched in two parts, one of which has arrived and
/// is verified in part; four are confirmed by another vendor.
struct Busy {
    order: SalesOrder,
    vendors: [VendorId; 2],
    purchase_order: PurchaseOrder,
    under_way: Dispatch,
    arrived: ReceiptView,
    ticket: TicketId,
}

impl Busy {
    fn new(store: &Store, team: TeamId, vendors: [VendorId; 2]) -> Self {
        let order = store.order_of(team, 4);
        let purchase_order = store.ordered(team, &order, vendors[0], 6);
        store.confirmed(team, &order, vendors[1], 4);
        let [first, under_way] =
            [(); 2].map(|()| done(store.try_dispatch(context(team), &purchase_order, 2)));
        let arrived = done(store.try_receive(context(team), &first));
        let verified = done(store.try_verify(context(team), part(&arrived, 0)));
        let ticket = verified.ticket.expect("goods are missing").id;
        Self { order, vendors, purchase_order, under_way, arrived, ticket }
    }

    /// What one racer does.
    fn act(&self, store: &Store, team: TeamId, racer: usize) -> Fate {
        match racer {
            0 => fate(store.try_verify(context(team), part(&self.arrived, 1))),
            1 => fate(store.try_verify(context(team), part(&self.arrived, 2))),
            2 => advance(store, team, self.ticket, TicketStatus::InProgress),
            3 => comment(store, team, self.ticket),
            4 => fate(store.try_receive(context(team), &self.under_way)),
            5 => fate(store.try_dispatch(context(team), &self.purchase_order, 1)),
            6 => fate(store.try_order_from(context(team), &self.order, self.vendors[1])),
            7 => fate(store.apply(team, &self.order, Command::Cancel { reason: None })),
            8 => fate(store.apply(team, &self.order, Command::Close { reason: None })),
            _ => fate(store.try_assign(context(team), &self.order, self.vendors[1], 1)),
        }
    }
}

const RACERS: usize = 10;

/// That of the item at that place, counted from 0, one is missing.
fn part(receipt: &ReceiptView, place: usize) -> Verification {
    let all = short(receipt);
    let counts: Vec<_> = all.counts.iter().skip(place).take(1).cloned().collect();
    Verification { only: Some(counts.iter().map(|count| count.item).collect()), counts, ..all }
}

#[test]
fn everything_at_once_neither_deadlocks_nor_leaves_records_that_disagree() {
    let store = Store::own().crowded(RACERS as u32);
    let team = store.team();
    let vendors = ["FIRST", "SECOND"].map(|code| store.vendor(team, code).id);
    let mut orders = Vec::new();
    for round in 0..ROUNDS {
        let busy = Busy::new(&store, team, vendors);
        let fates = race(RACERS, |racer| busy.act(&store, team, racer));
        // goods are missing, so that something can be assigned once it is verified; all else is still open
        let expected =
            [Ok(()), Ok(()), Ok(()), Ok(()), Ok(()), Ok(()), Ok(()), Err("DISPATCHED"), Err("NOT_CLOSABLE")];
        assert_eq!(fates.get(..9), Some(&expected[..]), "round {round}");
        assert!(matches!(fates.get(9), Some(Err("QUANTITY_NOT_AVAILABLE"))), "round {round}: {fates:?}");
        orders.push(busy.order);
    }
    agree(&store, team, &orders);
    assert_eq!(deadlocks(store), "0");
}

#[test]
fn what_an_orders_end_races_is_done_before_it_or_refused() {
    let store = Store::own().crowded(4);
    let team = store.team();
    let vendor = store.vendor(team, "FIRST").id;
    let mut orders = Vec::new();
    for round in 0..ROUNDS {
        let order = store.order_of(team, 2);
        let purchase_order = store.ordered(team, &order, vendor, 6);
        let end = match round % 2 {
            0 => Command::Cancel { reason: None },
            _ => Command::Close { reason: None },
        };
        let fates = race(4, |racer| match racer {
            0 => fate(store.apply(team, &order, end.clone())),
            1 => fate(store.try_dispatch(context(team), &purchase_order, 3)),
            2 => fate(store.try_assign(context(team), &order, vendor, 4)),
            _ => fate(store.try_order_from(context(team), &order, vendor)),
        });
        let [ended, dispatched, assigned, _] = &fates[..] else { panic!("{fates:?}") };
        assert_ne!(ended.is_ok(), dispatched.is_ok(), "round {round}: {fates:?}");
        assert!(matches!(assigned, Ok(()) | Err("INVALID_TRANSITION")), "round {round}: {fates:?}");
        orders.push(order);
    }
    agree(&store, team, &orders);
    assert_eq!(deadlocks(store), "0");
}

/// Asserts that what is said of assignments follows from dispatches and receipts, and what is said of purchase orders from
/// their assignments.
fn agree(store: &Store, team: TeamId, orders: &[SalesOrder]) {
    assert_eq!(lines(&mut store.superuser(), DISAGREEMENTS), [""; 0]);
    let ids = orders.iter().map(|order| Id::new(order.id.uuid())).collect();
    let assignments = PgAssignments::new(store.db.clone());
    let all = block_on(assignments.of_orders(team, Visibility::All, ids)).expect("assignments are read");
    let mut covered: BTreeMap<_, Vec<Assignment>> = BTreeMap::new();
    for assignment in all {
        covered.entry(assignment.purchase_order).or_default().push(assignment);
    }
    for (id, covered) in covered.iter().filter_map(|(id, covered)| Some(((*id)?, covered))) {
        let found = PgPurchaseOrders::new(store.db.clone());
        let found = block_on(found.find(team, Visibility::All, id)).expect("it is read");
        let status = found.map(|order| order.status);
        assert_eq!(status, Some(PurchaseOrderStatus::of(covered)), "{covered:?}");
    }
}

/// Where two records say different things, a line each.
const DISAGREEMENTS: &str = "
    SELECT 'dispatched ' || a.id AS line FROM assignments a
    WHERE dispatched <> (SELECT coalesce(sum(quantity), 0) FROM dispatch_items i WHERE i.assignment_id = a.id)
    UNION ALL
    SELECT 'verified ' || a.id FROM assignments a
    WHERE (verified, received, accepted) <> (
        SELECT coalesce(sum(i.dispatched), 0), coalesce(sum(i.received), 0), coalesce(sum(i.accepted), 0)
        FROM goods_receipt_items i WHERE i.assignment_id = a.id AND i.status IS NOT NULL)
    UNION ALL
    SELECT 'too much of line ' || l.id FROM sales_order_lines l
    WHERE quantity < (SELECT sum(CASE WHEN released THEN dispatched ELSE coalesce(confirmed, a.quantity) END
                                 - verified + accepted) FROM assignments a WHERE a.order_line_id = l.id)
    UNION ALL
    SELECT 'not received ' || d.id FROM dispatches d
    WHERE (received_at IS NOT NULL) <> EXISTS (SELECT FROM goods_receipts r WHERE r.dispatch_id = d.id)
    UNION ALL
    SELECT 'other goods ' || r.id FROM goods_receipts r
    WHERE EXISTS (SELECT assignment_id, quantity FROM dispatch_items i WHERE i.dispatch_id = r.dispatch_id
                  EXCEPT SELECT assignment_id, dispatched FROM goods_receipt_items i WHERE i.receipt_id = r.id)
    UNION ALL
    SELECT 'status ' || r.id FROM goods_receipts r
    CROSS JOIN LATERAL (SELECT count(*) AS all_of_it, count(status) AS verified,
                               coalesce(bool_or(status <> 'VERIFIED_OK'), false) AS mismatch
                        FROM goods_receipt_items i WHERE i.receipt_id = r.id) items
    WHERE status <> CASE WHEN verified = 0 THEN 'PENDING_VERIFICATION' WHEN verified < all_of_it THEN 'PARTIALLY_VERIFIED'
                         WHEN mismatch THEN 'VERIFIED_MISMATCH' ELSE 'VERIFIED_OK' END
    UNION ALL
    SELECT 'ticket of another receipt ' || i.id FROM goods_receipt_items i
    WHERE ticket_id IS NOT NULL
      AND receipt_id <> (SELECT t.receipt_id FROM tickets t WHERE t.team_id = i.team_id AND t.id = i.ticket_id)
    UNION ALL
    SELECT 'nobody said what is missing ' || t.id FROM tickets t
    WHERE NOT EXISTS (SELECT FROM ticket_comments c WHERE c.ticket_id = t.id)
    UNION ALL
    SELECT 'still to come of an order that ended ' || a.id FROM assignments a
    JOIN sales_orders o ON o.id = a.order_id
    WHERE o.status IN ('CANCELLED', 'CLOSED') AND NOT released AND coalesce(confirmed, a.quantity) > dispatched
    UNION ALL
    SELECT 'sent of an order that was cancelled ' || d.id FROM dispatches d
    JOIN sales_orders o ON o.id = d.order_id WHERE o.status = 'CANCELLED'";
