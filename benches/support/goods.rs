//! Goods that are bought in, in bulk: orders, assignments, purchase orders, dispatches, goods receipts and tickets, all
//! filled in by SQL.

use std::ops::Range;

/// So much is ordered, assigned, confirmed and dispatched of each line.
pub(crate) const QUANTITY: i32 = 100;
/// Vendors of a team, besides the rare one.
const VENDORS: usize = 50;

/// Goods of a team: lines of orders, each with an assignment. A parcel is a purchase order with its dispatch and its
/// receipt.
pub(crate) struct Goods<'a> {
    pub(crate) team: &'a str,
    /// So many parcels in all.
    pub(crate) parcels: usize,
    /// Lines of an order.
    pub(crate) of_order: usize,
    /// Lines of a parcel.
    pub(crate) of_parcel: usize,
}

/// How far parcels are, as conditions on their number `n` and on `step`, which is such that 200 parcels are multiples.
pub(crate) struct Stage {
    /// Those that did not arrive.
    under_way: &'static str,
    /// Those that arrived and were not verified.
    unverified: &'static str,
    /// Those of the rare vendor, whose assignments were released and whose tickets are resolved.
    rare: &'static str,
}

/// Receipts that await verification.
pub(crate) const VERIFIABLE: Stage = Stage { under_way: "false", unverified: "true", rare: "false" };
/// Receipts that were verified and have a ticket each, but for 200 that did not arrive, 200 that were not verified, and 200
/// of the rare vendor.
pub(crate) const LISTED: Stage =
    Stage { under_way: "n % step = 0", unverified: "n % step = 1", rare: "n % step = 2" };

/// The things that have ids.
#[derive(Clone, Copy)]
enum Kind {
    Vendor,
    Order,
    Line,
    Assignment,
    PurchaseOrder,
    Dispatch,
    Receipt,
    Item,
    Ticket,
}

/// SQL for the id of the thing with a number. Ids follow their numbers, as those of the service follow the time.
fn id(kind: Kind, number: &str) -> String {
    format!("('0190f3c2-7b7a-7{:03x}-8000-' || lpad(to_hex({number}), 12, '0'))::uuid", kind as u16)
}

/// The id of the vendor of 200 parcels.
pub(crate) fn rare_vendor() -> String {
    format!("0190f3c2-7b7a-7{:03x}-8000-{:012x}", Kind::Vendor as u16, VENDORS)
}

/// SQL that removes all goods.
pub(crate) fn empty() -> &'static str {
    "TRUNCATE sales_orders, number_counters, outbox, audit_entries CASCADE;"
}

/// SQL that inserts the vendors of a team.
pub(crate) fn vendors(team: &str) -> String {
    let id = id(Kind::Vendor, "n");
    format!(
        "INSERT INTO vendors (team_id, id, code, name, name_key, email, payment_term_days, is_active, version,
                              created_at, updated_at)
         SELECT '{team}', {id}, 'VEN-' || n, 'Vendor ' || n, 'vendor ' || n, 'vendor' || n || '@example.com', 30, true, 1,
                now(), now() FROM generate_series(0, {VENDORS}) n;"
    )
}

impl Goods<'_> {
    /// SQL that inserts some of the parcels, beginning and ending with an order: a second apart, the latest last.
    pub(crate) fn stored(&self, some: Range<usize>, stage: &Stage) -> String {
        let &Goods { team, parcels, of_order, of_parcel } = self;
        let Stage { under_way, unverified, rare } = stage;
        let series = |of: usize| {
            format!("generate_series({}, {} - 1) n", some.start * of_parcel / of, some.end * of_parcel / of)
        };
        let step = (parcels / 200).max(1);
        let vendor = id(Kind::Vendor, &format!("CASE WHEN {rare} THEN {VENDORS} ELSE n % {VENDORS} END"));
        let parcel = format!(
            "(SELECT n::integer, {} AS purchase_order, {} AS sales_order, {vendor} AS vendor, {} AS dispatch, {} AS receipt,
                     {} AS ticket, {under_way} AS under_way, {unverified} AS unverified, {rare} AS rare,
                     timestamptz '2023-06-01T00:00:00Z' + n * interval '1 second' AS at
              FROM {}, (SELECT {step} AS step) steps) parcel",
            id(Kind::PurchaseOrder, "n"),
            id(Kind::Order, &format!("n * {of_parcel} / {of_order}")),
            id(Kind::Dispatch, "n"),
            id(Kind::Receipt, "n"),
            id(Kind::Ticket, "n"),
            series(of_parcel),
        );
        let line = format!("{parcel} CROSS JOIN generate_series(1, {of_parcel}) place");
        let number = format!("n * {of_parcel} + place - 1");
        let (line_id, assignment, item) =
            (id(Kind::Line, &number), id(Kind::Assignment, &number), id(Kind::Item, &number));
        format!(
            "INSERT INTO sales_orders (team_id, id, number, order_number, channel, status, payment_status, currency,
                 sub_total, tax_amount, discount_amount, total_amount, version, created_at, updated_at)
             SELECT '{team}', {}, n + 1, 'ORD-2023-' || n, 'oms', 'PROCESSING', 'Pending', 'EUR', {QUANTITY} * {of_order}, 0,
                 0, {QUANTITY} * {of_order}, 1, timestamptz '2023-06-01T00:00:00Z' + n * interval '1 second', now()
             FROM {};
             INSERT INTO sales_order_lines (team_id, order_id, position, id, number, product_name, sku, unit_price,
                 quantity, sub_total, tax_amount, discount_amount, total_amount, taken)
             SELECT '{team}', {}, n % {of_order} + 1, {}, n + 1, 'Product ' || n, 'SKU-' || n, 1, {QUANTITY}, {QUANTITY},
                 0, 0, {QUANTITY}, 0 FROM {};
             INSERT INTO purchase_orders (team_id, id, number, order_id, vendor_id, status, version, created_at, updated_at)
             SELECT '{team}', purchase_order, 'PO-2023-' || n, sales_order, vendor, CASE WHEN rare THEN 'CLOSED'
                 WHEN under_way OR unverified THEN 'DISPATCHED' ELSE 'RECEIVED' END, 1, at, at FROM {parcel};
             INSERT INTO assignments (team_id, id, order_id, order_line_id, vendor_id, quantity, confirmed, reason,
                 answered_at, released, purchase_order_id, dispatched, verified, received, accepted, version, assigned_at,
                 updated_at)
             SELECT '{team}', {assignment}, sales_order, {line_id}, vendor, {QUANTITY}, {QUANTITY}, NULL, at, rare,
                 purchase_order, sent, done, greatest(done - 1, 0), greatest(done - 1, 0), 1, at, at
             FROM {line} CROSS JOIN LATERAL (SELECT {QUANTITY} - CASE WHEN rare THEN 1 ELSE 0 END AS sent) quantity
             CROSS JOIN LATERAL (SELECT CASE WHEN under_way OR unverified THEN 0 ELSE sent END AS done) progress;
             INSERT INTO dispatches (team_id, id, number, purchase_order_id, order_id, vendor_id, dispatched_at, received_at)
             SELECT '{team}', dispatch, 'DSP-2023-' || n, purchase_order, sales_order, vendor, at,
                 CASE WHEN under_way THEN NULL ELSE at END FROM {parcel};
             INSERT INTO dispatch_items (team_id, dispatch_id, position, assignment_id, quantity)
             SELECT '{team}', dispatch, place, {assignment}, {QUANTITY} - CASE WHEN rare THEN 1 ELSE 0 END FROM {line};
             INSERT INTO goods_receipts (team_id, id, number, dispatch_id, order_id, vendor_id, status, received_at,
                 verified_at, version)
             SELECT '{team}', receipt, 'GRN-2023-' || n, dispatch, sales_order, vendor, CASE WHEN unverified
                 THEN 'PENDING_VERIFICATION' ELSE 'VERIFIED_MISMATCH' END, at, CASE WHEN unverified THEN NULL ELSE at END, 1
             FROM {parcel} WHERE NOT under_way;
             INSERT INTO tickets (team_id, id, number, receipt_id, order_id, vendor_id, title, description, status,
                 priority, resolved_at, version, created_at, updated_at)
             SELECT '{team}', ticket, 'TKT-2023-' || n, receipt, sales_order, vendor, 'GRN Mismatch', 'Counted twice',
                 CASE WHEN rare THEN 'RESOLVED' ELSE 'OPEN' END, 'MEDIUM', CASE WHEN rare THEN at END, 1, at, at
             FROM {parcel} WHERE NOT under_way AND NOT unverified;
             INSERT INTO goods_receipt_items (team_id, receipt_id, position, id, assignment_id, dispatched, status, received,
                 accepts_excess, accepted, ticket_id)
             SELECT '{team}', receipt, place, {item}, {assignment}, sent, CASE WHEN done THEN 'QUANTITY_MISMATCH' END,
                 CASE WHEN done THEN sent - 1 END, false, CASE WHEN done THEN sent - 1 END, CASE WHEN done THEN ticket END
             FROM {line} CROSS JOIN LATERAL (SELECT NOT unverified AS done,
                 {QUANTITY} - CASE WHEN rare THEN 1 ELSE 0 END AS sent) checked
             WHERE NOT under_way;",
            id(Kind::Order, "n"),
            series(of_order),
            id(Kind::Order, &format!("n / {of_order}")),
            id(Kind::Line, "n"),
            series(1),
        )
    }
}
