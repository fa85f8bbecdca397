//! First pages of what is bought in read what stands first, with every filter; a verification reads its own order.

use adapter_postgres::Db;
use adapter_postgres::grn_ticketing::{PgGoodsReceipts, PgTickets};
use adapter_postgres::procurement::{PgAssignments, PgDispatches, PgPurchaseOrders};
use adapter_postgres::sales_orders::PgSalesOrders;
use grn_ticketing::ports::{GoodsReceipts, ReceiptFilter, TicketFilter, Tickets, VerificationState};
use grn_ticketing::receipt::ReceiptStatus;
use grn_ticketing::ticket::{Priority, TicketStatus};
use kernel::access::Visibility;
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId, Uuid, VendorId};
use kernel::period::Period;
use procurement::assignment::AssignmentStatus;
use procurement::dispatch::DispatchStatus;
use procurement::ports::{
    AssignmentFilter, Assignments, DispatchFilter, Dispatches, PurchaseOrderFilter, PurchaseOrders,
};
use procurement::purchase_order::PurchaseOrderStatus;
use sales_orders::ports::{OrderFilter, SalesOrders};

use super::{TIMES, first_page, reading, reads_at_most};
use crate::support::{Store, at, block_on, context, done, minute, short};

/// Of each kind so many a team.
const ROWS: i64 = 5_000;
/// One in so many is rare: of a vendor and an order of its own.
const RARE: i64 = 200;
/// What may be read of a page: it is found, a few rare rows passed over, then read by its ids; what is looked up beside
/// each, once or twice.
const PAGE: i64 = 3 * 20 + 5;

/// What a filter may name.
struct Known {
    team: TeamId,
    common: VendorId,
    rare: VendorId,
    /// A vendor of a few orders all over time.
    scattered: VendorId,
    user: Uuid,
}

impl Known {
    /// The id of a row of that kind and number.
    fn id(&self, store: &Store, kind: &str, number: i64) -> Uuid {
        let id = store.database.scalar(&format!("SELECT md5('{} {kind} {number}')::uuid", self.team));
        id.parse().expect("an id")
    }
}

/// Two teams with as much of everything each; and the first of them.
fn full_of_supplies() -> (Store, Known) {
    let store = Store::own();
    let known = [(); 2].map(|()| {
        let team = store.team();
        let [common, rare, scattered] = ["COMMON", "RARE", "FEW"].map(|code| store.vendor(team, code).id);
        let user = store.user(team).uuid();
        let known = Known { team, common, rare, scattered, user };
        store.database.execute(&fill(&known));
        known
    });
    for table in TABLES {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    let [first, _] = known;
    (store, first)
}

const TABLES: [&str; 10] = [
    "sales_orders",
    "sales_order_lines",
    "purchase_orders",
    "assignments",
    "dispatches",
    "dispatch_items",
    "goods_receipts",
    "goods_receipt_items",
    "tickets",
    "ticket_comments",
];

/// One of each kind a number; what is rare is of one order and one vendor, and its dispatches of one purchase order.
fn fill(Known { team, common, rare, scattered, user }: &Known) -> String {
    let id = |kind: &str, number: &str| format!("md5('{team} {kind} ' || {number})::uuid");
    let [order, line, made, assigned, sent, arrived, ticket] =
        ["order", "line", "purchase_order", "assignment", "dispatch", "receipt", "ticket"]
            .map(|kind| id(kind, "n"));
    let (of_order, of_line) = (id("order", "home"), id("line", "home"));
    let (of_purchase_order, at) = (id("purchase_order", "home"), at().to_rfc3339());
    format!(
        "CREATE TEMPORARY TABLE numbered AS
         SELECT n, rare, CASE WHEN rare THEN {RARE} ELSE n END AS home, timestamptz '{at}' + n * interval '1 minute' AS at,
                CASE WHEN rare THEN '{rare}' WHEN n % {RARE} = {RARE} / 2 THEN '{scattered}' ELSE '{common}' END::uuid AS vendor
         FROM (SELECT n, n % {RARE} = 0 AS rare FROM generate_series(1, {ROWS}) n) numbers;
         INSERT INTO sales_orders (team_id, id, number, order_number, channel, status, payment_status, currency, sub_total,
             tax_amount, discount_amount, total_amount, version, created_at, updated_at)
         SELECT '{team}', {order}, n, 'ORD-' || n, 'oms', 'PROCESSING', 'Pending', 'EUR', 10, 0, 0, 10, 1, at, at FROM numbered;
         INSERT INTO sales_order_lines (team_id, order_id, position, id, number, product_name, unit_price, quantity,
             sub_total, tax_amount, discount_amount, total_amount, taken)
         SELECT '{team}', {order}, 1, {line}, n, 'Product', 1, 10, 10, 0, 0, 10, 0 FROM numbered;
         INSERT INTO purchase_orders
         SELECT '{team}', {made}, 'PO-' || n, {of_order}, vendor, CASE WHEN rare THEN 'CANCELLED' ELSE 'RECEIVED' END, 1, at, at
         FROM numbered;
         INSERT INTO assignments (team_id, id, order_id, order_line_id, vendor_id, quantity, confirmed, answered_at, released,
             purchase_order_id, dispatched, verified, received, accepted, version, assigned_at, updated_at)
         SELECT '{team}', {assigned}, {of_order}, {of_line}, vendor, 10, CASE WHEN NOT rare THEN 10 END,
                CASE WHEN NOT rare THEN at END, false, CASE WHEN NOT rare THEN {made} END, 0, 0, 0, 0, 1, at, at
         FROM numbered;
         INSERT INTO dispatches (team_id, id, number, purchase_order_id, order_id, vendor_id, dispatched_at, received_at)
         SELECT '{team}', {sent}, 'DSP-' || n, {of_purchase_order}, {of_order}, vendor, at, CASE WHEN NOT rare THEN at END
         FROM numbered;
         INSERT INTO dispatch_items SELECT '{team}', {sent}, 1, {assigned}, 10 FROM numbered;
         INSERT INTO goods_receipts (team_id, id, number, dispatch_id, order_id, vendor_id, status, received_at, verified_at,
             version)
         SELECT '{team}', {arrived}, 'GRN-' || n, {sent}, {of_order}, vendor,
                CASE WHEN rare THEN 'PENDING_VERIFICATION' ELSE 'VERIFIED_OK' END, at, CASE WHEN NOT rare THEN at END, 1
         FROM numbered;
         INSERT INTO goods_receipt_items (team_id, receipt_id, position, id, assignment_id, dispatched, accepts_excess)
         SELECT '{team}', {arrived}, 1, gen_random_uuid(), {assigned}, 10, false FROM numbered;
         INSERT INTO tickets (team_id, id, number, receipt_id, order_id, vendor_id, title, description, status, priority,
             assignee_id, resolved_at, closed_at, version, created_at, updated_at)
         SELECT '{team}', {ticket}, 'TKT-' || n, {arrived}, {of_order}, vendor, 'T', 'D',
                CASE WHEN rare THEN 'OPEN' ELSE 'CLOSED' END, CASE WHEN rare THEN 'URGENT' ELSE 'LOW' END,
                CASE WHEN rare THEN '{user}'::uuid END, CASE WHEN NOT rare THEN at END, CASE WHEN NOT rare THEN at END,
                1, at, at
         FROM numbered;
         INSERT INTO ticket_comments SELECT '{team}', {ticket}, gen_random_uuid(), 'C', NULL, at FROM numbered;
         INSERT INTO number_counters
         VALUES ('{team}', 'sales_order', '', {ROWS}), ('{team}', 'sales_order_line', '', {ROWS})"
    )
}

/// Some of the day, of which there is more than a page.
const DAY: (i64, i64) = (400, 500);

fn day() -> Period {
    Period { from: Some(minute(DAY.0)), before: Some(minute(DAY.1)) }
}

#[test]
fn a_first_page_of_assignments_reads_itself() {
    let (mut store, known) = full_of_supplies();
    let all = AssignmentFilter::default;
    let order = Some(Id::new(known.id(&store, "order", RARE)));
    for (filter, seen) in [
        (all(), Visibility::All),
        (AssignmentFilter { status: Some(AssignmentStatus::Confirmed), ..all() }, Visibility::All),
        (AssignmentFilter { status: Some(AssignmentStatus::Assigned), ..all() }, Visibility::All),
        (AssignmentFilter { vendor: Some(known.common), ..all() }, Visibility::All),
        (AssignmentFilter { vendor: Some(known.rare), ..all() }, Visibility::All),
        (AssignmentFilter { order, ..all() }, Visibility::All),
        (AssignmentFilter { assigned: day(), ..all() }, Visibility::All),
        (all(), Visibility::Own(known.rare)),
        (AssignmentFilter { status: Some(AssignmentStatus::Assigned), ..all() }, Visibility::Own(known.rare)),
    ] {
        let tables = [("assignments", PAGE), ("sales_orders", PAGE), ("sales_order_lines", PAGE)];
        store = reads_at_most(store, &tables, |db| {
            let page = PgAssignments::new(db.clone());
            let page = block_on(page.list(known.team, seen, filter.clone(), first_page(), false));
            assert_eq!(page.expect("assignments are read").items.len(), 20, "{filter:?}");
        });
    }
}

#[test]
fn a_first_page_of_purchase_orders_reads_itself() {
    let (mut store, known) = full_of_supplies();
    let all = PurchaseOrderFilter::default;
    let order = Some(Id::new(known.id(&store, "order", RARE)));
    for (filter, seen) in [
        (all(), Visibility::All),
        (PurchaseOrderFilter { status: Some(PurchaseOrderStatus::Received), ..all() }, Visibility::All),
        (PurchaseOrderFilter { status: Some(PurchaseOrderStatus::Cancelled), ..all() }, Visibility::All),
        (PurchaseOrderFilter { vendor: Some(known.common), ..all() }, Visibility::All),
        (PurchaseOrderFilter { vendor: Some(known.rare), ..all() }, Visibility::All),
        (PurchaseOrderFilter { order, ..all() }, Visibility::All),
        (PurchaseOrderFilter { created: day(), ..all() }, Visibility::All),
        (all(), Visibility::Own(known.rare)),
    ] {
        let tables = [("purchase_orders", PAGE), ("assignments", PAGE), ("sales_orders", PAGE)];
        store = reads_at_most(store, &tables, |db| {
            let page = PgPurchaseOrders::new(db.clone());
            let page = block_on(page.list(known.team, seen, filter.clone(), first_page(), false));
            assert_eq!(page.expect("purchase orders are read").items.len(), 20, "{filter:?}");
        });
    }
}

#[test]
fn a_first_page_of_dispatches_reads_itself() {
    let (mut store, known) = full_of_supplies();
    let all = DispatchFilter::default;
    let order = Some(Id::new(known.id(&store, "order", RARE)));
    let purchase_order = Some(Id::new(known.id(&store, "purchase_order", RARE)));
    for (filter, seen) in [
        (all(), Visibility::All),
        (DispatchFilter { status: Some(DispatchStatus::Received), ..all() }, Visibility::All),
        (DispatchFilter { status: Some(DispatchStatus::Dispatched), ..all() }, Visibility::All),
        (DispatchFilter { vendor: Some(known.common), ..all() }, Visibility::All),
        (DispatchFilter { vendor: Some(known.rare), ..all() }, Visibility::All),
        (DispatchFilter { order, ..all() }, Visibility::All),
        (DispatchFilter { purchase_order, ..all() }, Visibility::All),
        (DispatchFilter { dispatched: day(), ..all() }, Visibility::All),
        (all(), Visibility::Own(known.rare)),
    ] {
        let tables = [("dispatches", PAGE), ("dispatch_items", PAGE), ("goods_receipts", PAGE)];
        store = reads_at_most(store, &tables, |db| {
            let page = PgDispatches::new(db.clone());
            let page = block_on(page.list(known.team, seen, filter.clone(), first_page(), false));
            assert_eq!(page.expect("dispatches are read").items.len(), 20, "{filter:?}");
        });
    }
}

#[test]
fn a_first_page_of_goods_receipts_reads_itself_and_one_of_those_that_are_open_too() {
    let (mut store, known) = full_of_supplies();
    let all = ReceiptFilter::default;
    let of = |status| Some(VerificationState::Status(status));
    let open = Some(VerificationState::Open);
    let order = Some(Id::new(known.id(&store, "order", RARE)));
    for filter in [
        all(),
        ReceiptFilter { state: open, ..all() },
        ReceiptFilter { state: of(ReceiptStatus::PendingVerification), ..all() },
        ReceiptFilter { state: of(ReceiptStatus::VerifiedOk), ..all() },
        ReceiptFilter { vendor: Some(known.common), ..all() },
        ReceiptFilter { vendor: Some(known.rare), ..all() },
        ReceiptFilter { order, ..all() },
        ReceiptFilter { received: day(), ..all() },
    ] {
        let tables = [("goods_receipts", PAGE), ("goods_receipt_items", PAGE), ("tickets", PAGE)];
        store = reads_at_most(store, &tables, |db| {
            let page = PgGoodsReceipts::new(db.clone());
            let page = block_on(page.list(known.team, filter.clone(), first_page(), false));
            assert_eq!(page.expect("receipts are read").items.len(), 20, "{filter:?}");
        });
    }
    // those that are open are few among all, and found without these
    let open = ReceiptFilter { state: open, ..all() };
    reads_at_most(store, &[("goods_receipts", PAGE + ROWS / RARE)], |db| {
        let page = PgGoodsReceipts::new(db.clone());
        let page = block_on(page.list(known.team, open.clone(), first_page(), true));
        assert_eq!(page.expect("receipts are read").total, Some((ROWS / RARE).unsigned_abs()));
    });
}

#[test]
fn a_first_page_of_tickets_reads_itself() {
    let (mut store, known) = full_of_supplies();
    let all = TicketFilter::default;
    let order = Some(Id::new(known.id(&store, "order", RARE)));
    for filter in [
        all(),
        TicketFilter { status: Some(TicketStatus::Open), ..all() },
        TicketFilter { status: Some(TicketStatus::Closed), ..all() },
        TicketFilter { priority: Some(Priority::Urgent), ..all() },
        TicketFilter { priority: Some(Priority::Low), ..all() },
        TicketFilter { assignee: Some(Id::new(known.user)), ..all() },
        TicketFilter { vendor: Some(known.common), ..all() },
        TicketFilter { vendor: Some(known.rare), ..all() },
        TicketFilter { order, ..all() },
        TicketFilter { created: day(), ..all() },
    ] {
        store = reads_at_most(store, &[("tickets", PAGE), ("goods_receipts", PAGE)], |db| {
            let page = PgTickets::new(db.clone());
            let page = block_on(page.list(known.team, filter.clone(), first_page(), false));
            assert_eq!(page.expect("tickets are read").items.len(), 20, "{filter:?}");
        });
    }
}

#[test]
fn a_first_page_of_a_vendors_orders_reads_its_assignments_or_what_stands_first() {
    let (mut store, known) = full_of_supplies();
    let list = |db: &Db, vendor: VendorId| {
        let filter = OrderFilter { vendor: Some(vendor), ..OrderFilter::default() };
        let page = block_on(PgSalesOrders::new(db.clone()).list(known.team, filter, first_page(), false));
        page.expect("orders are read").items.len()
    };
    let few = ROWS / RARE;
    for (vendor, assigned, found) in
        [(known.common, PAGE, 20), (known.scattered, 2 * few, 20), (known.rare, 2 * few, 1)]
    {
        let tables = [("sales_orders", PAGE + few), ("assignments", assigned)];
        store = reads_at_most(store, &tables, |db| assert_eq!(list(db, vendor), found));
    }
    let unassigned = store.vendor(known.team, "NONE").id;
    reads_at_most(store, &[("assignments", 1)], |db| assert_eq!(list(db, unassigned), 0));
}

#[test]
fn what_is_looked_up_by_its_record_reads_that_records_own() {
    let (store, known) = full_of_supplies();
    let orders = [3, 7, 17].map(|number| Id::new(known.id(&store, "order", number)));
    let receipt = Id::new(known.id(&store, "receipt", 17));
    let store = reads_at_most(store, &[("assignments", 3), ("sales_orders", 6)], |db| {
        let found = PgAssignments::new(db.clone());
        let found = block_on(found.of_orders(known.team, Visibility::All, orders.to_vec()));
        assert_eq!(found.expect("assignments are read").len(), 3);
    });
    reads_at_most(store, &[("tickets", 4), ("ticket_comments", 1), ("goods_receipts", 2)], |db| {
        let found = block_on(PgTickets::new(db.clone()).of_receipt(known.team, receipt));
        let found = found.expect("the ticket is read").expect("there is one");
        assert_eq!(found.comments.len(), 1);
    });
}

#[test]
fn a_verification_reads_its_own_order_and_receipt() {
    let (mut store, known) = full_of_supplies();
    for table in TABLES {
        let receipts: Vec<_> = (0..TIMES).map(|_| store.received(known.team, 3)).collect();
        let read;
        (store, read) = reading(store, table, |db| {
            for receipt in receipts {
                let ids = (Id::new(SystemIds.uuid()), Id::new(SystemIds.uuid()));
                let (receipts, context) = (PgGoodsReceipts::new(db.clone()), context(known.team));
                let verified = receipts.verify(context, short(&receipt), ids, crate::support::LOCALE);
                assert_eq!(done(block_on(verified)).mismatches, 3);
            }
        });
        assert_eq!(read.sequential_scans, 0, "{table}: {read:?}");
        // every version of a row that changed counts until something is vacuumed
        assert!(read.rows <= 100 * TIMES, "{table}: {read:?}");
    }
}
