//! Buying in over HTTP: goods receipts of 50 lines, 10 of them mismatches that raise a ticket, verified by 8 clients
//! against the same statements run by pgbench; and the time for a first page of each list at 1,000 and at 1,000,000 rows.
//! One PostgreSQL with default durability, in turns, medians. `make bench` runs it; for a quick look:
//! `cargo bench … --bench buying_in -- --rounds 1 --rows 20000`.

#![expect(clippy::expect_used, reason = "what goes wrong here ends the run")]

#[path = "support/goods.rs"]
mod goods;
#[path = "support/people.rs"]
mod people;
#[path = "support/sql.rs"]
mod sql;
mod support;

use std::time::Instant;

use serde_json::{Value, json};

use self::goods::{Goods, LISTED, QUANTITY, VERIFIABLE, empty, rare_vendor, vendors};
use self::sql::begin;
use self::support::{Fixture, Team, argument, median, text};

const CLIENTS: usize = 8;
/// Receipts per round, and the lines of each.
const RECEIPTS: usize = 800;
const LINES: usize = 50;
/// Of these lines, one in ten lacks something, and another one arrived damaged in part.
const SHORT: usize = 3;
const DAMAGED: usize = 7;
/// Of the lists, lines of an order, and lines that are inserted at a time.
const OF_ORDER: usize = 10;
const BATCH: usize = 50_000;
/// Requests per page and round.
const PAGES: usize = 40;

fn main() {
    let (rounds, rows) = (argument("--rounds", 5), argument("--rows", 1_000_000));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixture = Fixture::start(folder.path(), |_| {});
    let [small, large] = ["small", "large"].map(|name| fixture.team(name).id);
    for team in [&small, &large] {
        fixture.sql(&vendors(team));
    }
    let bench = Bench { fixture, small, large };
    bench.verifications(rounds);
    bench.pages(rounds, rows);
    bench.fixture.stop();
}

struct Bench {
    fixture: Fixture,
    /// Teams, by their ids.
    small: String,
    large: String,
}

impl Bench {
    /// Measures verifications, over HTTP and by pgbench in turns.
    fn verifications(&self, rounds: usize) {
        let (mut over_http, mut by_pgbench) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let by_http = self.by_http();
            let written = self.written();
            let by_sql = self.by_pgbench(&written);
            // the first round is for warming up
            if round > 0 {
                over_http.push(by_http);
                by_pgbench.push(by_sql);
            }
        }
        let (http, sql) = (median(&over_http), median(&by_pgbench));
        println!(
            "| a receipt of {LINES} lines verified, {CLIENTS} clients | median receipts/s | ms each | of pgbench |"
        );
        println!("| --- | ---: | ---: | ---: |");
        for (name, rate) in [("pgbench, the same statements", sql), ("HTTP", http)] {
            println!("| {name} | {rate:.0} | {:.1} | {:.2} |", CLIENTS as f64 * 1_000.0 / rate, rate / sql);
        }
    }

    /// Replaces everything by receipts that await verification, each the only one of its order.
    fn prepare(&self) {
        let goods = Goods { team: &self.small, parcels: RECEIPTS, of_order: LINES, of_parcel: LINES };
        self.fixture.sql(&format!("{} {} {}", empty(), goods.stored(0..RECEIPTS, &VERIFIABLE), numbered()));
        self.fixture.sql("VACUUM ANALYZE");
        self.fixture.sql("CHECKPOINT");
    }

    fn by_http(&self) -> f64 {
        self.prepare();
        let admin = &self.fixture.admin("small");
        let bodies: Vec<_> =
            self.fixture.read(DESCRIBED).iter().map(|receipt| verification(receipt)).collect();
        let started = Instant::now();
        std::thread::scope(|scope| {
            for bodies in bodies.chunks(RECEIPTS.div_ceil(CLIENTS)) {
                scope.spawn(move || {
                    let mut connection = self.fixture.connect();
                    for body in bodies {
                        connection.send("POST", "/api/grn/verify", admin, body);
                    }
                });
            }
        });
        let seconds = started.elapsed().as_secs_f64();
        self.check_verified();
        RECEIPTS as f64 / seconds
    }

    fn by_pgbench(&self, written: &Value) -> f64 {
        self.prepare();
        let written = written.as_object().expect("an object");
        let values: Vec<_> = written.iter().map(|(name, value)| (name.as_str(), shown(value))).collect();
        let rate = self.fixture.pgbench(&self.script(), CLIENTS, RECEIPTS, &values);
        self.check_verified();
        rate
    }

    /// Both leave the same.
    fn check_verified(&self) {
        let left = self.fixture.read(
            "SELECT (SELECT count(*) FROM goods_receipts WHERE status = 'VERIFIED_MISMATCH'),
                    (SELECT count(*) FROM purchase_orders WHERE status = 'RECEIVED'),
                    (SELECT count(*) FROM sales_orders WHERE status = 'PARTIALLY_FULFILLED'),
                    (SELECT count(*) FROM tickets WHERE priority = 'URGENT'),
                    (SELECT count(*) FROM ticket_comments),
                    (SELECT count(*) FROM goods_receipt_items WHERE ticket_id IS NOT NULL),
                    (SELECT sum(accepted)::bigint FROM assignments), (SELECT count(*) FROM outbox),
                    (SELECT count(*) FROM audit_entries WHERE action <> 'session.begun')",
        );
        let (one, mismatches) = (RECEIPTS, RECEIPTS * LINES / 5);
        let accepted = RECEIPTS * (LINES * 100 - LINES / 10 * (5 + 10));
        let (events, entries) = (RECEIPTS * 4, RECEIPTS * 3);
        let expected = format!("{one}|{one}|{one}|{one}|{one}|{mismatches}|{accepted}|{events}|{entries}");
        assert_eq!(left, [expected], "every receipt was verified in full");
    }

    /// What the service wrote of the last receipt: the values of pgbench's statements, by their names.
    fn written(&self) -> Value {
        let read = self.fixture.read(WRITTEN);
        serde_json::from_str(read.first().expect("a row")).expect("JSON")
    }

    /// The statements that the service runs for a verification, with ids that were drawn in advance.
    fn script(&self) -> String {
        let team = &self.small;
        let begin = begin(team);
        format!(
            "\\set n :n + 1
\\set k :client_id * :each + :n
SELECT * FROM bench WHERE k = :k \\gset
{begin}
SET LOCAL synchronous_commit = off;
SELECT time_zone, currency FROM teams WHERE id = '{team}' LIMIT 1;
INSERT INTO number_counters AS c (team_id, kind, period, last)
SELECT '{team}', kind, period, count
FROM unnest(ARRAY['ticket'], ARRAY['202612'], ARRAY[1]::bigint[]) AS draws (kind, period, count) ORDER BY kind
ON CONFLICT (team_id, kind, period) DO UPDATE SET last = c.last + excluded.last
RETURNING kind, last \\gset
COMMIT;
{begin}
SELECT id, number, order_number, channel, status, payment_status, payment_method, customer_number, customer_name,
    customer_phone, customer_email, delivery, source, notes, cancel_reason, close_reason, currency, sub_total, tax_amount,
    discount_amount, total_amount, completed_at, stock_returned, deleted, version, created_at, updated_at
FROM sales_orders WHERE team_id = '{team}'
    AND id = ANY (SELECT order_id FROM goods_receipts WHERE team_id = '{team}' AND id = :receipt) LIMIT 1 FOR NO KEY UPDATE;
SELECT team_id, order_id, position, id, number, product_id, product_number, product_name, sku, unit_price, quantity,
    sub_total, tax_amount, discount_amount, total_amount, taken, notes
FROM sales_order_lines WHERE team_id = '{team}' AND order_id = :sales_order ORDER BY order_id, position;
SELECT a.id, a.order_id, o.order_number, l.id AS line_id, l.product_name, l.sku, l.quantity AS ordered, l.unit_price,
    a.vendor_id, v.code AS vendor_code, v.name AS vendor_name, v.email AS vendor_email, a.quantity, a.confirmed, a.reason,
    a.answered_at, a.released, a.purchase_order_id, a.dispatched, a.verified, a.received, a.accepted, a.version,
    a.assigned_at, a.updated_at
FROM assignments a
JOIN sales_orders o ON o.team_id = a.team_id AND o.id = a.order_id
JOIN sales_order_lines l ON l.team_id = a.team_id AND l.id = a.order_line_id
JOIN vendors v ON v.team_id = a.team_id AND v.id = a.vendor_id
WHERE a.team_id = '{team}' AND a.order_id = :sales_order ORDER BY a.assigned_at, a.id;
SELECT r.id, r.number, d.id AS dispatch_id, d.number AS dispatch_number, d.tracking_reference, d.purchase_order_id,
    p.number AS purchase_order_number, d.order_id, o.order_number, d.vendor_id, v.code AS vendor_code,
    v.name AS vendor_name, coalesce(contact.email, v.email) AS vendor_email, r.remarks, r.received_at, r.received_by,
    taker.email AS received_by_email, r.verified_at, r.verified_by, verifier.email AS verified_by_email, r.version,
    ticket.id AS ticket_id, ticket.number AS ticket_number, ticket.title AS ticket_title, ticket.status AS ticket_status,
    ticket.priority AS ticket_priority
FROM goods_receipts r
JOIN dispatches d ON d.team_id = r.team_id AND d.id = r.dispatch_id
JOIN sales_orders o ON o.team_id = d.team_id AND o.id = d.order_id
JOIN purchase_orders p ON p.team_id = d.team_id AND p.id = d.purchase_order_id
JOIN vendors v ON v.team_id = d.team_id AND v.id = d.vendor_id
LEFT JOIN LATERAL (SELECT u.email FROM users u WHERE u.team_id = d.team_id AND u.vendor_id = d.vendor_id AND u.is_active
    ORDER BY u.created_at, u.id LIMIT 1) contact ON true
LEFT JOIN users taker ON taker.team_id = r.team_id AND taker.id = r.received_by
LEFT JOIN users verifier ON verifier.team_id = r.team_id AND verifier.id = r.verified_by
LEFT JOIN LATERAL (SELECT t.id, t.number, t.title, t.status, t.priority FROM tickets t
    WHERE t.team_id = r.team_id AND t.receipt_id = r.id ORDER BY t.created_at DESC, t.id DESC LIMIT 1) ticket ON true
WHERE r.team_id = '{team}' AND r.id = :receipt;
SELECT i.receipt_id, i.id, i.assignment_id, l.id AS line_id, l.product_name, l.sku, a.quantity AS assigned, i.dispatched,
    a.received AS received_before, i.status, i.received, i.remarks, i.damage_description, i.damaged, i.accepts_excess,
    i.accepted, i.ticket_id
FROM goods_receipt_items i
JOIN assignments a ON a.team_id = i.team_id AND a.id = i.assignment_id
JOIN sales_order_lines l ON l.team_id = a.team_id AND l.id = a.order_line_id
WHERE i.team_id = '{team}' AND i.receipt_id = :receipt ORDER BY i.receipt_id, i.position;
WITH verified AS (
    UPDATE goods_receipts SET status = 'VERIFIED_MISMATCH', remarks = :remarks, verified_at = now(), verified_by = :user,
        version = 2
    WHERE team_id = '{team}' AND id = :receipt
), opened AS (
    INSERT INTO tickets (team_id, id, number, receipt_id, order_id, vendor_id, title, description, status, priority,
        created_by, version, created_at, updated_at)
    SELECT '{team}', id, number, :receipt, :sales_order, :vendor, title, description, 'OPEN', priority, created_by, 1, at, at
    FROM unnest(ARRAY[:ticket]::uuid[], ARRAY['TKT-202612-' || :last]::text[], ARRAY[:title]::text[],
                ARRAY[:description]::text[], ARRAY[:priority]::text[], ARRAY[:user]::uuid[], ARRAY[now()])
         AS t (id, number, title, description, priority, created_by, at)
), joined AS (
    UPDATE tickets t SET priority = j.priority, version = j.version, updated_at = j.at
    FROM unnest(:none::uuid[], :none::text[], :none::bigint[], :none::timestamptz[]) AS j (id, priority, version, at)
    WHERE t.team_id = '{team}' AND t.id = j.id
), said AS (
    INSERT INTO ticket_comments (team_id, ticket_id, id, content, author_id, created_at)
    SELECT '{team}', ticket_id, id, content, author_id, at
    FROM unnest(ARRAY[:ticket]::uuid[], ARRAY[:comment_id]::uuid[], ARRAY[:comment]::text[], ARRAY[:user]::uuid[],
                ARRAY[now()]) AS c (ticket_id, id, content, author_id, at)
)
UPDATE goods_receipt_items i
SET status = c.status, received = c.received, remarks = c.remarks, damage_description = c.damage_description,
    damaged = c.damaged, accepts_excess = c.accepts_excess, accepted = c.accepted, ticket_id = c.ticket_id
FROM unnest(:items::uuid[], :item_status::text[], :item_received::numeric[], :item_remarks::text[],
            :item_damage::text[], :item_damaged::numeric[], :item_excess::boolean[], :item_accepted::numeric[],
            :tickets::uuid[])
     AS c (id, status, received, remarks, damage_description, damaged, accepts_excess, accepted, ticket_id)
WHERE i.team_id = '{team}' AND i.receipt_id = :receipt AND i.id = c.id;
WITH saved AS (
    UPDATE assignments a
    SET confirmed = c.confirmed, reason = c.reason, answered_at = c.answered_at, released = c.released,
        purchase_order_id = c.purchase_order_id, dispatched = c.dispatched, verified = c.verified, received = c.received,
        accepted = c.accepted, version = c.version, updated_at = c.updated_at
    FROM unnest(:assignments::uuid[], :confirmed::numeric[], :reason::text[], :answered_at::timestamptz[],
                :released::boolean[], :purchase_orders::uuid[], :dispatched::numeric[], :verified::numeric[],
                :received::numeric[], :accepted::numeric[], :version::bigint[], :updated_at::timestamptz[])
         AS c (id, confirmed, reason, answered_at, released, purchase_order_id, dispatched, verified, received, accepted,
               version, updated_at)
    WHERE a.team_id = '{team}' AND a.id = c.id
)
UPDATE purchase_orders p SET status = s.status, version = p.version + 1, updated_at = now()
FROM unnest(ARRAY[:purchase_order]::uuid[], ARRAY['RECEIVED']) AS s (id, status)
WHERE p.team_id = '{team}' AND p.id = s.id AND p.status <> s.status
RETURNING p.id, p.number, p.version, p.created_at;
UPDATE sales_orders SET status = 'PARTIALLY_FULFILLED', completed_at = NULL, version = 2, updated_at = now()
WHERE team_id = '{team}' AND id = :sales_order;
INSERT INTO outbox (team_id, id, event_type, aggregate_id, sequence, payload, folded_record, folded_id, occurred_at)
SELECT '{team}', id, event_type, aggregate_id, sequence, payload::jsonb, folded_record, folded_id, occurred_at
FROM unnest(ARRAY[gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid()], :event_type::text[],
            ARRAY[:receipt, :ticket, :purchase_order, :sales_order]::uuid[], :sequence::bigint[], :payload::text[],
            ARRAY[NULL, NULL, NULL, NULL]::text[], ARRAY[NULL, NULL, NULL, NULL]::uuid[],
            ARRAY[now(), now(), now(), now()])
     AS event (id, event_type, aggregate_id, sequence, payload, folded_record, folded_id, occurred_at);
INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id, before, after)
SELECT '{team}', id, now(), :actor, 'req_x', action, subject_kind, subject_id, before::json, after::json
FROM unnest(ARRAY[gen_random_uuid(), gen_random_uuid(), gen_random_uuid()], :action::text[], :kind_of_subject::text[],
            ARRAY[:receipt, :ticket, :sales_order]::uuid[], :before::text[], :after::text[])
     AS entry (id, action, subject_kind, subject_id, before, after);
COMMIT;
"
        )
    }

    /// Measures a first page of each list with each filter, at 1,000 rows and at `rows`. Selective filters find 200 rows in
    /// both cases.
    fn pages(&self, rounds: usize, rows: usize) {
        self.fixture.sql(empty());
        // a million rows are inserted without looking up what they refer to, and with little WAL kept: they take 5 GB
        let unchecked = "SET session_replication_role = replica;";
        for (team, parcels, checked) in [(&self.small, 1_000, ""), (&self.large, rows, unchecked)] {
            let goods = Goods { team, parcels, of_order: OF_ORDER, of_parcel: 1 };
            for first in (0..parcels).step_by(BATCH) {
                let some = first..parcels.min(first + BATCH);
                self.fixture.sql(&format!("{checked} {} CHECKPOINT;", goods.stored(some, &LISTED)));
            }
        }
        self.fixture.sql("VACUUM ANALYZE");
        self.fixture.sql("CHECKPOINT");
        let size = self.fixture.read("SELECT pg_size_pretty(pg_database_size(current_database()))");
        println!("\n| p50, ms of a first page of 50 | 1,000 rows | {rows} rows | ratio |");
        println!("| --- | ---: | ---: | ---: |");
        let teams = ["small", "large"].map(|name| self.fixture.admin(name));
        let vendor = format!("vendorId={}", rare_vendor());
        for (name, path, most, few) in [
            ("assignments", "/api/assignments", "status=CONFIRMED", "status=RELEASED"),
            ("purchase orders", "/api/purchase-orders", "status=RECEIVED", "status=CLOSED"),
            ("dispatches", "/api/dispatches", "status=RECEIVED", "status=DISPATCHED"),
            ("goods receipts", "/api/grn", "status=VERIFIED_MISMATCH", "status=PENDING_VERIFICATION"),
            ("tickets", "/api/grn/tickets", "status=OPEN", "status=RESOLVED"),
        ] {
            for (filter, label) in [
                ("", "all".to_owned()),
                (most, format!("{most}, of most")),
                (few, format!("{few}, of 200")),
                (&*vendor, "vendorId, of 200".to_owned()),
            ] {
                let path = format!("{path}?limit=50&total=false&{filter}");
                self.row(&format!("{name}: {label}"), rounds, &teams, &path);
            }
        }
        self.row("goods receipts: pending, of 200", rounds, &teams, "/api/grn/pending?limit=50&total=false");
        println!("\nThe database takes {}.", size.concat());
    }

    /// Measures a request for both teams and prints a row.
    fn row(&self, name: &str, rounds: usize, teams: &[Team; 2], path: &str) {
        for team in teams {
            let page = self.fixture.connect().send("GET", path, team, "");
            let page: Value = serde_json::from_str(&page).expect("JSON");
            let mut lists = page.get("data").and_then(Value::as_object).expect("data").values();
            assert!(
                lists.any(|list| list.as_array().is_some_and(|it| it.len() == 50)),
                "a full page of {path}"
            );
        }
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..=rounds {
            for (team, times) in teams.iter().zip(&mut times) {
                let taken = self.time_requests(team, path);
                if round > 0 {
                    times.extend(taken);
                }
            }
        }
        let [small, large] = times.map(|times| median(&times));
        println!("| {name} | {small:.2} | {large:.2} | {:.2} |", large / small);
    }

    /// Milliseconds of each request, sent one after the other.
    fn time_requests(&self, team: &Team, path: &str) -> Vec<f64> {
        let mut connection = self.fixture.connect();
        let mut time = |_| {
            let started = Instant::now();
            connection.send("GET", path, team, "");
            started.elapsed().as_secs_f64() * 1_000.0
        };
        (0..PAGES).map(&mut time).collect()
    }
}

/// A value as pgbench takes it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The values of the last verification, as a JSON object.
const WRITTEN: &str = "SELECT json_build_object(
        'user', r.verified_by, 'remarks', r.remarks, 'title', t.title, 'description', t.description,
        'priority', t.priority, 'comment', c.content, 'none', '{}', 'actor', max(audit.actor),
        'item_status', array_agg(i.status ORDER BY position)::text,
        'item_received', array_agg(i.received ORDER BY position)::text,
        'item_remarks', array_agg(i.remarks ORDER BY position)::text,
        'item_damage', array_agg(i.damage_description ORDER BY position)::text,
        'item_damaged', array_agg(i.damaged ORDER BY position)::text,
        'item_excess', array_agg(i.accepts_excess ORDER BY position)::text,
        'item_accepted', array_agg(i.accepted ORDER BY position)::text,
        'confirmed', array_agg(a.confirmed ORDER BY position)::text,
        'reason', array_agg(a.reason ORDER BY position)::text,
        'answered_at', array_agg(a.answered_at ORDER BY position)::text,
        'released', array_agg(a.released ORDER BY position)::text,
        'dispatched', array_agg(a.dispatched ORDER BY position)::text,
        'verified', array_agg(a.verified ORDER BY position)::text,
        'received', array_agg(a.received ORDER BY position)::text,
        'accepted', array_agg(a.accepted ORDER BY position)::text,
        'version', array_agg(a.version ORDER BY position)::text,
        'updated_at', array_agg(a.updated_at ORDER BY position)::text,
        'event_type', max(event.types), 'sequence', max(event.sequences), 'payload', max(event.payloads),
        'action', max(audit.actions), 'kind_of_subject', max(audit.kinds), 'before', max(audit.befores),
        'after', max(audit.afters))
    FROM (SELECT * FROM goods_receipts ORDER BY number DESC LIMIT 1) r
    JOIN tickets t ON t.team_id = r.team_id AND t.receipt_id = r.id
    JOIN ticket_comments c ON c.team_id = t.team_id AND c.ticket_id = t.id
    JOIN goods_receipt_items i ON i.team_id = r.team_id AND i.receipt_id = r.id
    JOIN assignments a ON a.team_id = i.team_id AND a.id = i.assignment_id
    CROSS JOIN LATERAL (
        SELECT array_agg(e.event_type ORDER BY place)::text AS types, array_agg(e.sequence ORDER BY place)::text AS sequences,
               array_agg(e.payload::text ORDER BY place)::text AS payloads
        FROM outbox e, array_position(ARRAY[r.id, t.id, a.purchase_order_id, r.order_id], e.aggregate_id) place
        WHERE place IS NOT NULL) event
    CROSS JOIN LATERAL (
        SELECT max(e.actor) AS actor, array_agg(e.action ORDER BY place)::text AS actions,
               array_agg(e.subject_kind ORDER BY place)::text AS kinds,
               array_agg(e.before::text ORDER BY place)::text AS befores,
               array_agg(e.after::text ORDER BY place)::text AS afters
        FROM audit_entries e, array_position(ARRAY[r.id, t.id, r.order_id], e.subject_id) place
        WHERE place IS NOT NULL) audit
    GROUP BY r.verified_by, r.remarks, t.title, t.description, t.priority, c.content";

/// The receipts with their items, as JSON, a row each.
const DESCRIBED: &str =
    "SELECT json_build_object('receipt', r.id, 'number', r.number, 'dispatch', r.dispatch_id, 'items',
    json_agg(json_build_object('id', i.id, 'assignment', i.assignment_id) ORDER BY i.position))
    FROM goods_receipts r JOIN goods_receipt_items i ON i.team_id = r.team_id AND i.receipt_id = r.id
    GROUP BY r.team_id, r.id ORDER BY r.number";

/// The body of a verification.
fn verification(receipt: &str) -> String {
    let receipt: Value = serde_json::from_str(receipt).expect("JSON");
    let items = receipt.get("items").and_then(Value::as_array).expect("items");
    let found = items.iter().enumerate().filter_map(|(position, item)| {
        let (received, status) = match position % 10 {
            SHORT => (QUANTITY - 5, "SHORTAGE_REPORTED"),
            DAMAGED => (QUANTITY, "DAMAGE_REPORTED"),
            _ => return None,
        };
        let is_damaged = position % 10 == DAMAGED;
        Some(json!({
            "grnItemId": text(item, "id"), "assignedOrderItemId": text(item, "assignment"),
            "assignedQuantity": QUANTITY, "confirmedQuantity": QUANTITY, "receivedQuantity": received,
            "discrepancyQuantity": received - QUANTITY, "status": status, "damageReported": is_damaged,
            "itemRemarks": "Counted twice at the gate",
            "damageDescription": is_damaged.then_some("Crushed packaging"),
            "damagedQuantity": is_damaged.then_some(10),
        }))
    });
    let body = json!({
        "goodsReceiptNoteId": text(&receipt, "receipt"), "grnNumber": text(&receipt, "number"),
        "dispatchId": text(&receipt, "dispatch"), "operatorRemarks": "Verification completed with discrepancies",
        "mismatches": found.collect::<Vec<_>>(),
    });
    body.to_string()
}

/// SQL that numbers the receipts for pgbench, each with the ids of its verification.
fn numbered() -> String {
    format!(
        "DROP TABLE IF EXISTS public.bench;
         CREATE TABLE public.bench AS
         WITH receipts AS MATERIALIZED (SELECT *, gen_random_uuid() AS ticket FROM goods_receipts)
         SELECT (row_number() OVER (ORDER BY r.number))::integer AS k, r.id AS receipt,
             r.order_id AS sales_order, r.vendor_id AS vendor, d.purchase_order_id
             AS purchase_order, array_fill(d.purchase_order_id, ARRAY[{LINES}]) AS purchase_orders, r.ticket,
             gen_random_uuid() AS comment_id, i.*
         FROM receipts r JOIN dispatches d ON d.team_id = r.team_id AND d.id = r.dispatch_id
         CROSS JOIN LATERAL (
             SELECT array_agg(id ORDER BY position) AS items, array_agg(assignment_id ORDER BY position) AS assignments,
                 array_agg(CASE WHEN (position - 1) % 10 IN ({SHORT}, {DAMAGED}) THEN r.ticket END ORDER BY position)
                 AS tickets
             FROM goods_receipt_items WHERE team_id = r.team_id AND receipt_id = r.id) i;
         ALTER TABLE public.bench ADD PRIMARY KEY (k);
         GRANT SELECT ON public.bench TO throughline;"
    )
}
