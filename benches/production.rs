//! Orders and operations over HTTP: starting and completing an operation against the same statements run by pgbench,
//! and the time for a page of orders and for an order at 1,000 and at 1,000,000 orders. One PostgreSQL with default
//! durability, in turns, medians. `make bench` runs it; for a quick look:
//! `cargo bench … --bench production -- --rounds 1 --orders 20000`.

#![expect(clippy::expect_used, reason = "what goes wrong here ends the run")]

#[path = "support/sql.rs"]
mod sql;
mod support;

use std::time::Instant;

use serde_json::{Value, json};

use self::sql::begin;
use self::support::{Fixture, Team, argument, median, text};

const CLIENTS: usize = 8;
/// Operations per round.
const OPERATIONS: usize = 4_000;
/// Requests per page and round.
const PAGES: usize = 200;

fn main() {
    let (rounds, orders) = (argument("--rounds", 5), argument("--orders", 1_000_000));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixture = Fixture::start(folder.path(), |_| {});
    let [small, large] = ["small", "large"].map(|name| Plant::create(&fixture, name));
    let bench = Bench { fixture, small, large };
    bench.operations(rounds);
    bench.pages(rounds, orders);
    bench.fixture.stop();
}

struct Bench {
    fixture: Fixture,
    small: Plant,
    large: Plant,
}

/// A team with its routing and operator.
struct Plant {
    team: Team,
    /// The id of the operator.
    operator: String,
    routing: String,
}

impl Bench {
    /// Measures starts and completions of operations, over HTTP and by pgbench in turns.
    fn operations(&self, rounds: usize) {
        let (mut over_http, mut by_pgbench) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let by_http = self.operations_by_http();
            let by_sql = self.operations_by_pgbench();
            // the first round is for warming up
            if round > 0 {
                over_http.push(by_http);
                by_pgbench.push(by_sql);
            }
        }
        let (http, sql) = (median(&over_http), median(&by_pgbench));
        println!("| start + complete of an operation, {CLIENTS} clients | median pairs/s | of pgbench |");
        println!("| --- | ---: | ---: |");
        println!("| pgbench, the same statements | {sql:.0} | 1.00 |");
        println!("| HTTP | {http:.0} | {:.2} |", http / sql);
    }

    /// Replaces all orders by orders with one operation each that is not started.
    fn prepare(&self) {
        let Plant { team: Team { id, .. }, routing, .. } = &self.small;
        self.fixture.sql(&format!(
            "TRUNCATE manufacturing_orders, outbox, audit_entries CASCADE;
             DROP TABLE IF EXISTS public.bench;
             {}
             CREATE TABLE public.bench AS SELECT row_number() OVER (ORDER BY id)::integer AS k, id AS operation
             FROM work_order_operations WHERE team_id = '{id}';
             ALTER TABLE public.bench ADD PRIMARY KEY (k);
             GRANT SELECT ON public.bench TO throughline, throughline_team;
             VACUUM ANALYZE;
             CHECKPOINT",
            orders(id, routing, OPERATIONS)
        ));
    }

    fn operations_by_http(&self) -> f64 {
        self.prepare();
        let Plant { team, operator, .. } = &self.small;
        let ids = self.fixture.read("SELECT operation FROM bench ORDER BY k");
        let started = Instant::now();
        std::thread::scope(|scope| {
            for ids in ids.chunks(OPERATIONS.div_ceil(CLIENTS)) {
                scope.spawn(move || {
                    let mut connection = self.fixture.connect();
                    for id in ids {
                        for body in [
                            json!({"action": "start", "operatorId": operator}),
                            json!({"action": "complete"}),
                        ] {
                            let path = format!("/api/v1/work-order-operations/{id}");
                            connection.send("PATCH", &path, team, &body.to_string());
                        }
                    }
                });
            }
        });
        OPERATIONS as f64 / started.elapsed().as_secs_f64()
    }

    fn operations_by_pgbench(&self) -> f64 {
        self.prepare();
        let rate = self.fixture.pgbench(&self.script(), CLIENTS, OPERATIONS, &[]);
        let done = self.fixture.read("SELECT count(*) FROM work_order_operations WHERE status = 'completed'");
        assert_eq!(done, [OPERATIONS.to_string()], "pgbench did it all");
        rate
    }

    /// The statements that the service runs for a start and a completion.
    fn script(&self) -> String {
        let Plant { team: Team { id: team, .. }, operator, .. } = &self.small;
        let begin = begin(team);
        let order = "id, order_number, erp_reference, sku, quantity, quantity_completed, priority, status, held_status,
            routing_id, routing_version, scheduled_start, scheduled_end, actual_start, actual_end, notes, custom_fields,
            version, created_at, updated_at".replace('\n', " ");
        let lock = format!(
            "SELECT id AS ord, routing_id AS routing FROM (SELECT {order} FROM manufacturing_orders
             WHERE team_id = '{team}' AND id IN (SELECT order_id FROM work_order_operations
             WHERE team_id = '{team}' AND id = :operation) FOR NO KEY UPDATE) o \\gset"
        )
        .replace('\n', " ");
        let read = format!(
            "SELECT name, allow_overlap FROM routing_versions WHERE team_id = '{team}' AND routing_id = :routing AND version = 1;
             SELECT routing_operation_id AS step FROM work_order_operations WHERE team_id = '{team}' AND order_id = :ord ORDER BY operation_number \\gset"
        )
        .replace(";\n", ";").replace("             ", "\n");
        let event = |kind: &str, aggregate: &str| {
            format!(
                "('{team}', gen_random_uuid(), '{kind}', :{aggregate}::uuid, 2, '{{\"orderId\": \"x\", \"orderNumber\": \"WO-0000001\", \"productIdentifier\": \"WIDGET-A-001\", \"quantity\": 100}}', now())"
            )
        };
        let audit = format!(
            "INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id, before, after)
             VALUES ('{team}', gen_random_uuid(), now(), 'api_key x', 'req_x', 'operation.started', 'work_order_operation', :operation,
             '{{\"orderStatus\": \"pending\", \"status\": \"pending\", \"quantityCompleted\": 0}}', '{{\"orderStatus\": \"in_progress\", \"status\": \"in_progress\", \"quantityCompleted\": 0}}');"
        )
        .replace('\n', " ");
        let outbox = "INSERT INTO outbox (team_id, id, event_type, aggregate_id, sequence, payload, occurred_at) VALUES";
        format!(
            "\\set n :n + 1
\\set k :client_id * :each + :n
SELECT operation FROM bench WHERE k = :k \\gset
{begin}
{lock}
{read}
SELECT required_skills, skill_check FROM routing_operations r JOIN teams t ON t.id = r.team_id WHERE r.team_id = '{team}' AND r.id = :step;
SELECT * FROM operators WHERE team_id = '{team}' AND (id = '{operator}' OR user_id = '{operator}') LIMIT 1;
UPDATE manufacturing_orders SET status = 'in_progress', held_status = NULL, priority = 3, notes = NULL, quantity_completed = NULL, actual_start = now(), actual_end = NULL, version = 2, updated_at = now() WHERE team_id = '{team}' AND id = :ord;
UPDATE work_order_operations SET status = 'in_progress', operator_id = '{operator}', actual_start = now(), segments = 1, running_since = now(), version = 2, updated_at = now() WHERE team_id = '{team}' AND id = :operation;
INSERT INTO operation_segments (team_id, operation_id, sequence, operator_id, started_at) VALUES ('{team}', :operation, 1, '{operator}', now());
{outbox} {}, {};
{audit}
COMMIT;
{begin}
{lock}
{read}
SELECT a.*, r.is_required FROM data_collection_activities a JOIN routing_operation_activities r ON r.team_id = a.team_id AND r.activity_id = a.id WHERE a.team_id = '{team}' AND r.routing_operation_id = :step ORDER BY r.sequence;
UPDATE manufacturing_orders SET status = 'completed', held_status = NULL, priority = 3, notes = NULL, quantity_completed = quantity, actual_end = now(), version = 3, updated_at = now() WHERE team_id = '{team}' AND id = :ord;
UPDATE work_order_operations SET status = 'completed', actual_end = now(), good = 100, active_micros = 1, running_since = NULL, version = 3, updated_at = now() WHERE team_id = '{team}' AND id = :operation;
UPDATE operation_segments SET ended_at = now(), ended_by = 'complete' WHERE team_id = '{team}' AND operation_id = ANY (ARRAY[:operation::uuid]) AND ended_at IS NULL;
{outbox} {}, {};
{audit}
COMMIT;
",
            event("order.started", "ord"),
            event("woo.started", "operation"),
            event("woo.completed", "operation"),
            event("order.completed", "ord"),
        )
    }

    /// Measures a first page and an order, at 1,000 orders and at `orders`.
    fn pages(&self, rounds: usize, orders_there: usize) {
        self.fixture.sql("TRUNCATE manufacturing_orders, outbox, audit_entries CASCADE");
        for (plant, count) in [(&self.small, 1_000), (&self.large, orders_there)] {
            self.fixture.sql(&orders(&plant.team.id, &plant.routing, count));
        }
        // equally many in both teams, so that both pages are full
        self.fixture.sql(
            "UPDATE manufacturing_orders SET status = 'on_hold', held_status = 'pending' WHERE sku = 'RARE'",
        );
        self.fixture.sql("VACUUM ANALYZE");
        self.fixture.sql("CHECKPOINT");
        println!("\n| median ms of a request | 1,000 orders | {orders_there} orders | ratio |");
        println!("| --- | ---: | ---: | ---: |");
        let all = "/api/v1/orders?limit=50&total=false";
        for (name, path) in [
            ("first page of 50", all.to_owned()),
            ("by scheduled start", format!("{all}&sort=scheduledStartDate&order=asc")),
            ("by priority", format!("{all}&sort=priority")),
            ("status=pending", format!("{all}&status=pending")),
            ("status=on_hold, of 200", format!("{all}&status=on_hold")),
            ("productIdentifier, of 200", format!("{all}&productIdentifier=RARE")),
            ("first page of 50 with its total", "/api/v1/orders?limit=50".to_owned()),
            ("an order's details", String::new()),
        ] {
            let mut times = [Vec::new(), Vec::new()];
            for round in 0..=rounds {
                for (plant, times) in [&self.small, &self.large].into_iter().zip(&mut times) {
                    let time = self.time_request(&plant.team, &path);
                    if round > 0 {
                        times.push(time);
                    }
                }
            }
            let [small, large] = times.map(|times| median(&times));
            println!("| {name} | {small:.2} | {large:.2} | {:.2} |", large / small);
        }
    }

    /// Milliseconds per request, sent one after the other; without a path, of a different order each time.
    fn time_request(&self, team: &Team, path: &str) -> f64 {
        let mut connection = self.fixture.connect();
        let some = format!("SELECT id FROM manufacturing_orders WHERE team_id = '{}' LIMIT {PAGES}", team.id);
        let paths: Vec<_> = match path {
            "" => self.fixture.read(&some).iter().map(|id| format!("/api/v1/orders/{id}")).collect(),
            path => vec![path.to_owned(); PAGES],
        };
        let started = Instant::now();
        for path in &paths {
            connection.send("GET", path, team, "");
        }
        started.elapsed().as_secs_f64() * 1_000.0 / paths.len() as f64
    }
}

/// SQL that inserts orders with the operations of their routing.
fn orders(team: &str, routing: &str, count: usize) -> String {
    format!(
        "INSERT INTO manufacturing_orders (team_id, id, order_number, erp_reference, sku, description, quantity, priority,
             status, routing_id, routing_version, scheduled_start, version, created_at, updated_at)
         SELECT '{team}', gen_random_uuid(), 'WO-' || n, 'ERP-' || n, CASE n % ({count} / 200) WHEN 0 THEN 'RARE' ELSE 'SKU-' || n % 500 END, '', 100, 1 + n % 5,
             'pending', '{routing}', 1,
             now() + n * interval '1 minute', 1, now() - n * interval '1 second', now()
         FROM generate_series(1, {count}) n;
         SELECT plan_operations('{team}', array_agg(id), now()) FROM manufacturing_orders WHERE team_id = '{team}';"
    )
}

impl Plant {
    /// Creates a team with an operator and a routing of one operation.
    fn create(fixture: &Fixture, name: &str) -> Self {
        let team = fixture.team(name);
        let mut connection = fixture.connect();
        let mut create = |path: &str, body: Value| {
            let answer = connection.send("POST", path, &team, &body.to_string());
            text(&serde_json::from_str(&answer).expect("JSON"), "id")
        };
        let department = create("/api/v1/departments", json!({"name": "Assembly"}));
        let operator = create("/api/v1/operators", json!({"name": "Ann", "badge": "A-17"}));
        let operations = json!([{"operationName": "Assembly Station 1", "departmentId": department, "runTimeMinutes": 45}]);
        let routing = create("/api/v1/routings", json!({"name": "Widget", "operations": operations}));
        Self { team, operator, routing }
    }
}
