//! Selling over HTTP: pos orders with three lines and three stock movements against the same statements run by pgbench,
//! by 1 and by 8 clients; and the time for a first page of orders with each filter at 1,000 and at 1,000,000 orders. One
//! PostgreSQL with default durability, in turns, medians. `make bench` runs it; for a quick look:
//! `cargo bench … --bench selling -- --rounds 1 --orders 20000`.

#![expect(clippy::expect_used, reason = "what goes wrong here ends the run")]

#[path = "support/people.rs"]
mod people;
#[path = "support/sql.rs"]
mod sql;
mod support;

use std::time::Instant;

use serde_json::json;

use self::sql::begin;
use self::support::{Fixture, Team, argument, median};

/// Orders per round.
const ORDERS: usize = 3_000;
/// Products in the catalogue.
const PRODUCTS: usize = 300;
/// Requests per page and round.
const PAGES: usize = 100;

fn main() {
    let (rounds, orders) = (argument("--rounds", 5), argument("--orders", 1_000_000));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixture = Fixture::start(folder.path(), |_| {});
    let [small, large] = ["small", "large"].map(|name| fixture.team(name));
    let bench = Bench { fixture, small, large };
    println!("| an order of 3 lines, 3 movements | clients | median orders/s | of pgbench |");
    println!("| --- | ---: | ---: | ---: |");
    for clients in [1, 8] {
        bench.orders(clients, rounds);
    }
    bench.pages(rounds, orders);
    bench.fixture.stop();
}

struct Bench {
    fixture: Fixture,
    small: Team,
    large: Team,
}

impl Bench {
    /// Measures the creation of orders, over HTTP and by pgbench in turns.
    fn orders(&self, clients: usize, rounds: usize) {
        let orders = ORDERS * clients.min(4) / 4;
        let (mut over_http, mut by_pgbench) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let by_http = self.by_http(clients, orders);
            self.prepare();
            let by_sql = self.fixture.pgbench(&self.script(), clients, orders, &[]);
            let sold =
                self.fixture.read("SELECT -sum(quantity)::bigint FROM stock_movements WHERE cause = 'sale'");
            assert_eq!(sold, [(orders / clients * clients * 3).to_string()], "pgbench did it all");
            // the first round is for warming up
            if round > 0 {
                over_http.push(by_http);
                by_pgbench.push(by_sql);
            }
        }
        let (http, sql) = (median(&over_http), median(&by_pgbench));
        println!("| pgbench, the same statements | {clients} | {sql:.0} | 1.00 |");
        println!("| HTTP | {clients} | {http:.0} | {:.2} |", http / sql);
    }

    /// Deletes all orders and creates a catalogue with enough stock.
    fn prepare(&self) {
        let team = &self.small.id;
        self.fixture.sql(&format!(
            "TRUNCATE sales_orders, products, number_counters, outbox, audit_entries CASCADE;
             INSERT INTO products (team_id, id, number, sku, name, name_key, unit_price, tax_rate, discount_rate, stock,
                                   movements, version, created_at, updated_at)
             SELECT '{team}', gen_random_uuid(), n, 'SKU-' || n, 'Product ' || n, 'product ' || n, 10, 0.1, 0, 0, 0, 1,
                    now(), now() FROM generate_series(1, {PRODUCTS}) n;
             INSERT INTO stock_movements (team_id, product_id, sequence, before, quantity, balance, cause, created_at)
             SELECT team_id, id, 1, 0, 1000000, 1000000, 'opening', now() FROM products;
             UPDATE products SET stock = 1000000, movements = 1;
             VACUUM ANALYZE;
             CHECKPOINT"
        ));
    }

    fn by_http(&self, clients: usize, orders: usize) -> f64 {
        self.prepare();
        let started = Instant::now();
        std::thread::scope(|scope| {
            for client in 0..clients {
                scope.spawn(move || {
                    let mut connection = self.fixture.connect();
                    for order in 0..orders / clients {
                        let product = |line: usize| (client * 7_919 + order * 3 + line) % PRODUCTS + 1;
                        let items: Vec<_> =
                            (0..3).map(|line| json!({"productId": product(line), "quantity": 1})).collect();
                        let body = json!({
                            "customerId": order, "customerName": "John Doe", "customerPhone": "+1234567890",
                            "paymentMethod": "Cash", "orderItems": items,
                        });
                        connection.send("POST", "/pos/api/orders", &self.small, &body.to_string());
                    }
                });
            }
        });
        (orders / clients * clients) as f64 / started.elapsed().as_secs_f64()
    }

    /// The statements that the service runs for an order.
    fn script(&self) -> String {
        let team = &self.small.id;
        let begin = begin(team);
        let of = |column: &str, line: usize| format!("max({column}) FILTER (WHERE number = :p{line})");
        let locked: Vec<_> = (1..=3)
            .map(|line| {
                let id = of("id::text", line);
                format!(
                    "({id})::uuid AS i{line}, {} AS s{line}, {} AS m{line}",
                    of("stock", line),
                    of("movements", line)
                )
            })
            .collect();
        let lines: Vec<_> = (1..=3)
            .map(|line| {
                format!("('{team}', :ord::uuid, {line}, gen_random_uuid(), :line::bigint + {line} - 3, :i{line}::uuid, :p{line}::bigint, 'Product', 'SKU', 10, 1, 10, 1, 0, 11, 1, NULL)")
            })
            .collect();
        let movements: Vec<_> = (1..=3)
            .map(|line| {
                format!("('{team}', :i{line}::uuid, :m{line}::bigint + 1, :s{line}::numeric, -1, :s{line}::numeric - 1, 'sale', NULL, :ord::uuid, NULL, now())")
            })
            .collect();
        let stocks: Vec<_> = (1..=3)
            .map(|line| {
                format!("(:i{line}::uuid, :s{line}::numeric - 1, :m{line}::bigint + 1, :m{line}::bigint)")
            })
            .collect();
        let event = |kind: &str, of: &str, payload: &str| {
            format!("('{team}', gen_random_uuid(), '{kind}', :{of}::uuid, 1, '{payload}', now())")
        };
        let facts = r#"{"orderId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55", "orderNumber": "ORD-20241201-0001", "channel": "pos", "status": "RECEIVED", "paymentStatus": "Pending", "totalAmount": 33.00, "currency": "EUR"}"#;
        let moved =
            r#"{"productId": 1, "sku": "SKU-1", "quantity": -1, "stockQuantity": 999999, "reason": "sale"}"#;
        let events = [
            event("sales_order.created", "ord", facts),
            event("stock.changed", "i1", moved),
            event("stock.changed", "i2", moved),
            event("stock.changed", "i3", moved),
        ];
        let after = r#"{"orderNumber": "ORD-20241201-0001", "channel": "pos", "status": "RECEIVED", "paymentStatus": "Pending", "paymentMethod": "Cash", "customerId": 1, "customerName": "John Doe", "customerPhone": "+1234567890", "customerEmail": null, "notes": null, "cancelReason": null, "totalAmount": 33.00, "currency": "EUR", "lines": 3, "deleted": false}"#;
        format!(
            "\\set n :n + 1
\\set p1 (:client_id * 7919 + :n * 3) % {PRODUCTS} + 1
\\set p2 (:client_id * 7919 + :n * 3 + 1) % {PRODUCTS} + 1
\\set p3 (:client_id * 7919 + :n * 3 + 2) % {PRODUCTS} + 1
{begin}
SET LOCAL synchronous_commit = off;
SELECT time_zone, currency FROM teams WHERE id = '{team}';
WITH drawn AS (INSERT INTO number_counters AS c (team_id, kind, period, last) SELECT '{team}', kind, period, count FROM unnest(ARRAY['sales_order', 'sales_order_line', 'pos_order'], ARRAY['', '', '20241201'], ARRAY[1, 3, 1]::bigint[]) AS draws (kind, period, count) ORDER BY kind ON CONFLICT (team_id, kind, period) DO UPDATE SET last = c.last + excluded.last RETURNING kind, last) SELECT max(last) FILTER (WHERE kind = 'sales_order') AS number, max(last) FILTER (WHERE kind = 'sales_order_line') AS line, max(last) FILTER (WHERE kind = 'pos_order') AS count FROM drawn \\gset
COMMIT;
{begin}
SELECT {} FROM (SELECT id, number, sku, name, unit_price, tax_rate, discount_rate, stock, movements, version, created_at, updated_at FROM products WHERE team_id = '{team}' AND number = ANY (ARRAY[:p1, :p2, :p3]::bigint[]) ORDER BY id FOR NO KEY UPDATE) locked \\gset
INSERT INTO sales_orders (team_id, id, number, order_number, channel, status, payment_status, payment_method, customer_number, customer_name, customer_phone, name_key, phone_key, currency, sub_total, tax_amount, discount_amount, total_amount, version, created_at, updated_at) VALUES ('{team}', gen_random_uuid(), :number, 'ORD-20241201-' || lpad(:count::text, 4, '0'), 'pos', 'RECEIVED', 'Pending', 'Cash', 1, 'John Doe', '+1234567890', 'john doe', '+1234567890', 'EUR', 30, 3, 0, 33, 1, now(), now()) RETURNING id AS ord \\gset
INSERT INTO sales_order_lines (team_id, order_id, position, id, number, product_id, product_number, product_name, sku, unit_price, quantity, sub_total, tax_amount, discount_amount, total_amount, taken, notes) VALUES {};
INSERT INTO stock_movements (team_id, product_id, sequence, before, quantity, balance, cause, reason, order_id, manufacturing_order_id, created_at) VALUES {};
UPDATE products p SET stock = m.stock, movements = m.movements FROM (VALUES {}) AS m (id, stock, movements, was) WHERE p.team_id = '{team}' AND p.id = m.id AND p.movements = m.was;
INSERT INTO outbox (team_id, id, event_type, aggregate_id, sequence, payload, occurred_at) VALUES {};
INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id, before, after) VALUES ('{team}', gen_random_uuid(), now(), 'api_key x', 'req_x', 'sales_order.created', 'sales_order', :ord, NULL, '{after}');
COMMIT;
",
            locked.join(", "),
            lines.join(", "),
            movements.join(", "),
            stocks.join(", "),
            events.join(", "),
        )
    }

    /// Measures a first page with each filter, at 1,000 orders and at `orders`. Selective filters find 200 orders in
    /// both cases.
    fn pages(&self, rounds: usize, orders: usize) {
        self.fixture.sql("TRUNCATE sales_orders, products, outbox, audit_entries CASCADE");
        for (team, count) in [(&self.small, 1_000), (&self.large, orders)] {
            self.fixture.sql(&stored(&team.id, count));
        }
        self.fixture.sql("VACUUM ANALYZE");
        self.fixture.sql("CHECKPOINT");
        println!("\n| median ms of a first page of 50 | 1,000 orders | {orders} orders | ratio |");
        println!("| --- | ---: | ---: | ---: |");
        for (name, filter) in [
            ("all", ""),
            ("orderStatus=Pending, of most", "&orderStatus=Pending"),
            ("orderStatus=Processing, of 200", "&orderStatus=Processing"),
            ("paymentStatus=Pending, of most", "&paymentStatus=Pending"),
            ("paymentStatus=Paid, of 200", "&paymentStatus=Paid"),
            ("orderNumber=ORD-, of all", "&orderNumber=ORD-"),
            ("orderNumber=RARE-, of 200", "&orderNumber=RARE-"),
            ("customerName=customer, of most", "&customerName=customer"),
            ("customerName=somebody, of 200", "&customerName=somebody"),
            ("customerPhone=555, of 200", "&customerPhone=555"),
            ("startDate and endDate, of 200", "&startDate=2023-06-01T00:00:00Z&endDate=2023-06-01T00:03:19Z"),
            ("minTotal=1, of all", "&minTotal=1"),
            ("minTotal=5000, of 200", "&minTotal=5000"),
            ("maxTotal=100, of most", "&maxTotal=100"),
            ("status Processing and minTotal=1", "&orderStatus=Processing&minTotal=1"),
        ] {
            let path = format!("/pos/api/orders?pageSize=50&total=false{filter}");
            self.row(name, rounds, [&self.small, &self.large], &path);
        }
        let keys = [&self.small, &self.large];
        self.row("by customer, of 200", rounds, keys, "/pos/api/orders/customer/7?pageSize=50&total=false");
        self.row("all, with their total", rounds, keys, "/pos/api/orders?pageSize=50");
        let admins = ["small", "large"].map(|name| self.fixture.admin(name));
        for (name, filter) in [
            ("the order API's list", ""),
            ("status=PROCESSING, of 200", "&status=PROCESSING"),
            ("startDate and endDate, of 200", "&startDate=2023-06-01T00:00:00Z&endDate=2023-06-01T00:03:19Z"),
        ] {
            let path = format!("/api/orders?limit=50&total=false{filter}");
            self.row(name, rounds, admins.each_ref(), &path);
        }
    }

    /// Measures a request for the small and the large team and prints a row.
    fn row(&self, name: &str, rounds: usize, teams: [&Team; 2], path: &str) {
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..=rounds {
            for (team, times) in teams.into_iter().zip(&mut times) {
                let time = self.time_request(team, path);
                if round > 0 {
                    times.push(time);
                }
            }
        }
        let [small, large] = times.map(|times| median(&times));
        println!("| {name} | {small:.2} | {large:.2} | {:.2} |", large / small);
    }

    /// Milliseconds per request, sent one after the other.
    fn time_request(&self, team: &Team, path: &str) -> f64 {
        let mut connection = self.fixture.connect();
        let started = Instant::now();
        for _ in 0..PAGES {
            connection.send("GET", path, team, "");
        }
        started.elapsed().as_secs_f64() * 1_000.0 / PAGES as f64
    }
}

/// SQL that inserts orders with one line each, a second apart from June 2023; 200 of them, spread evenly, match the
/// selective filters.
fn stored(team: &str, count: usize) -> String {
    format!(
        "INSERT INTO sales_orders (team_id, id, number, order_number, channel, status, payment_status, customer_number,
             customer_name, customer_phone, name_key, phone_key, currency, sub_total, tax_amount, discount_amount,
             total_amount, version, created_at, updated_at)
         SELECT '{team}', gen_random_uuid(), n + 1, CASE WHEN rare THEN 'RARE-' ELSE 'ORD-' END || n, 'pos',
             CASE WHEN rare THEN 'PROCESSING' ELSE 'RECEIVED' END, CASE WHEN rare THEN 'Paid' ELSE 'Pending' END,
             CASE WHEN rare THEN 7 ELSE n + 1000 END, name, phone, name, phone, 'EUR', total, 0, 0, total, 1,
             timestamptz '2023-06-01T00:00:00Z' + n * interval '1 second', now()
         FROM (SELECT n, n % ({count} / 200) = 0 AS rare FROM generate_series(0, {count} - 1) n) numbered
         CROSS JOIN LATERAL (SELECT CASE WHEN rare THEN 'somebody else' ELSE 'customer ' || md5(n::text) END AS name,
             CASE WHEN rare THEN '555' ELSE '+49' || lpad((n % 400)::text, 6, '0') END AS phone,
             CASE WHEN rare THEN 5000 ELSE 10 + n % 90 END AS total) orders;
         INSERT INTO sales_order_lines (team_id, order_id, position, id, number, product_name, unit_price, quantity,
             sub_total, tax_amount, discount_amount, total_amount, taken)
         SELECT team_id, id, 1, gen_random_uuid(), number + 1, 'Product', total_amount, 1, total_amount, 0, 0,
             total_amount, 0 FROM sales_orders WHERE team_id = '{team}';"
    )
}
