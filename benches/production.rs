//! Orders and operations over HTTP. Starting and completing an operation against the same statements run by pgbench,
//! and what a page of orders and an order's details take at 1,000 and at 1,000,000 orders: one PostgreSQL with default
//! durability, one run, in turns, medians. `make bench` runs it; `cargo bench … --bench production -- --rounds 1
//! --orders 20000` is a quick look.

#![expect(clippy::expect_used, reason = "what goes wrong here ends the run")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use embedded_postgres::{Server, Settings};
use serde_json::{Value, json};
use testkit::Service;

const CLIENTS: usize = 8;
/// Operations that a round starts and completes.
const OPERATIONS: usize = 4_000;
/// How often a page is asked for in a round.
const PAGES: usize = 200;

fn main() {
    let (rounds, orders) = (argument("--rounds", 5), argument("--orders", 1_000_000));
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("PostgreSQL's user may enter it");
    let bench = Bench::start(folder.path());
    bench.operations(rounds);
    bench.pages(rounds, orders);
    bench.end();
}

fn argument(name: &str, default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().map_or(default, |number| number.parse().expect("a number"))
}

struct Bench {
    server: Server,
    service: Service,
    folder: PathBuf,
    small: Team,
    large: Team,
}

/// A team, its key, and what its orders are made by.
struct Team {
    id: String,
    key: String,
    /// The operator who works.
    operator: String,
    routing: String,
}

impl Bench {
    fn start(folder: &Path) -> Self {
        let data = folder.join("data");
        let binary = env!("CARGO_BIN_EXE_throughline");
        let mut serve = testkit::command(binary);
        serve.arg("serve").env("DATA_DIR", &data).env("RUST_LOG", "warn").env("RATE_LIMITS", "off");
        let service = Service::spawn(serve);
        let server =
            Server::start(Settings::new(data.join("postgres"))).expect("it joins the service's PostgreSQL");
        let [small, large] = ["small", "large"].map(|name| Team::found(&service, &data, name));
        Self { server, service, folder: folder.to_owned(), small, large }
    }

    fn end(self) {
        drop(self.service);
        self.server.stop().expect("PostgreSQL stops");
    }

    /// Starts and completes operations, over HTTP and by pgbench in turns.
    fn operations(&self, rounds: usize) {
        let (mut over_http, mut by_pgbench) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let by_http = self.operations_by_http();
            let by_sql = self.operations_by_pgbench();
            // the first round warms everything up
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

    /// Orders of one operation each, which nobody has begun, numbered from 1.
    fn prepare(&self) {
        let Team { id, routing, .. } = &self.small;
        self.sql(&format!(
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
        let team = &self.small;
        let ids = self.read("SELECT operation FROM bench ORDER BY k");
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for ids in ids.chunks(OPERATIONS.div_ceil(CLIENTS)) {
                scope.spawn(move || {
                    let mut connection = Connection::open(self.service.address());
                    for id in ids {
                        for body in [
                            json!({"action": "start", "operatorId": team.operator}),
                            json!({"action": "complete"}),
                        ] {
                            let path = format!("/api/v1/work-order-operations/{id}");
                            connection.ask("PATCH", &path, team, &body.to_string());
                        }
                    }
                });
            }
        });
        OPERATIONS as f64 / begun.elapsed().as_secs_f64()
    }

    fn operations_by_pgbench(&self) -> f64 {
        self.prepare();
        let script = self.folder.join("operations.sql");
        fs::write(&script, self.script()).expect("the folder takes files");
        let pgbench = self.server.installation().program("pgbench");
        let each = OPERATIONS / CLIENTS;
        let output = Command::new(pgbench)
            .args(["-n", "-M", "prepared", "-c", &CLIENTS.to_string(), "-j", "2", "-t", &each.to_string()])
            .args(["-D", "n=0", "-D", &format!("each={each}"), "-f"])
            .arg(&script)
            .arg(self.server.url("throughline", "throughline"))
            .output()
            .expect("pgbench runs");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{told} {}", String::from_utf8_lossy(&output.stderr));
        let done = self.read("SELECT count(*) FROM work_order_operations WHERE status = 'completed'");
        assert_eq!(done, [OPERATIONS.to_string()], "pgbench did it all");
        let rate = told.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rate| rate.split_whitespace().next()).expect("pgbench tells its rate");
        rate.parse().expect("a number")
    }

    /// What the service asks of PostgreSQL for a start and a completion, one statement after the other.
    fn script(&self) -> String {
        let Team { id: team, operator, .. } = &self.small;
        let begin = format!(
            "BEGIN; SELECT set_config('role', 'throughline_team', true), set_config('app.team_id', '{team}', true) \\;"
        );
        let begin = begin.replace(" \\;", ";");
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

    /// A first page and an order's details, where there are 1,000 orders and where there are `orders`.
    fn pages(&self, rounds: usize, orders_there: usize) {
        self.sql("TRUNCATE manufacturing_orders, outbox, audit_entries CASCADE");
        for (team, count) in [(&self.small, 1_000), (&self.large, orders_there)] {
            self.sql(&orders(&team.id, &team.routing, count));
        }
        // as many in both teams, so that both pages are full
        self.sql(
            "UPDATE manufacturing_orders SET status = 'on_hold', held_status = 'pending' WHERE sku = 'RARE'",
        );
        self.sql("VACUUM ANALYZE");
        self.sql("CHECKPOINT");
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
                for (team, times) in [&self.small, &self.large].into_iter().zip(&mut times) {
                    let time = self.asked(team, &path);
                    if round > 0 {
                        times.push(time);
                    }
                }
            }
            let [small, large] = times.map(|times| median(&times));
            println!("| {name} | {small:.2} | {large:.2} | {:.2} |", large / small);
        }
    }

    /// Milliseconds that a request takes, one after the other; without a path, that of one order after the other.
    fn asked(&self, team: &Team, path: &str) -> f64 {
        let mut connection = Connection::open(self.service.address());
        let some = format!("SELECT id FROM manufacturing_orders WHERE team_id = '{}' LIMIT {PAGES}", team.id);
        let paths: Vec<_> = match path {
            "" => self.read(&some).iter().map(|id| format!("/api/v1/orders/{id}")).collect(),
            path => vec![path.to_owned(); PAGES],
        };
        let begun = Instant::now();
        for path in &paths {
            connection.ask("GET", path, team, "");
        }
        begun.elapsed().as_secs_f64() * 1_000.0 / paths.len() as f64
    }

    fn sql(&self, statements: &str) {
        self.psql(statements);
    }

    fn read(&self, query: &str) -> Vec<String> {
        self.psql(query).lines().map(str::to_owned).collect()
    }

    fn psql(&self, script: &str) -> String {
        let mut child = Command::new(self.server.installation().program("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                &self.server.superuser_url("throughline"),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("psql runs");
        child.stdin.take().expect("piped").write_all(script.as_bytes()).expect("psql reads");
        let output = child.wait_with_output().expect("psql ends");
        assert!(output.status.success(), "psql: {script}");
        String::from_utf8(output.stdout).expect("text")
    }
}

/// So many orders of a team, with the operations of their routing.
fn orders(team: &str, routing: &str, count: usize) -> String {
    format!(
        "INSERT INTO manufacturing_orders (team_id, id, order_number, erp_reference, sku, description, quantity, priority,
             status, routing_id, routing_version, scheduled_start, version, created_at, updated_at)
         SELECT '{team}', gen_random_uuid(), 'WO-' || n, 'ERP-' || n, CASE n % ({count} / 200) WHEN 0 THEN 'RARE' ELSE 'SKU-' || n % 500 END, '', 100, 1 + n % 5,
             'pending', '{routing}', 1,
             now() + n * interval '1 minute', 1, now() - n * interval '1 second', now()
         FROM generate_series(1, {count}) n;
         SELECT lay_out_operations('{team}', array_agg(id), now()) FROM manufacturing_orders WHERE team_id = '{team}';"
    )
}

impl Team {
    /// Founds a team with an operator and a routing of one operation.
    fn found(service: &Service, data: &Path, name: &str) -> Self {
        let mut bootstrap = testkit::command(env!("CARGO_BIN_EXE_throughline"))
            .args([
                "bootstrap",
                "--team",
                name,
                "--email",
                &format!("{name}@bench.example"),
                "--password-stdin",
            ])
            .env("DATA_DIR", data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        bootstrap.stdin.take().expect("piped").write_all(b"correct horse battery staple").expect("it reads");
        let output = bootstrap.wait_with_output().expect("it ends");
        let told: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        let text =
            |value: &Value, name: &str| value.get(name).and_then(Value::as_str).expect("text").to_owned();
        let mut team = Self {
            id: text(&told, "teamId"),
            key: text(&told, "apiKey"),
            operator: String::new(),
            routing: String::new(),
        };
        let mut connection = Connection::open(service.address());
        let mut made = |path: &str, body: Value| {
            let answer = connection.ask("POST", path, &team, &body.to_string());
            text(&serde_json::from_str(&answer).expect("JSON"), "id")
        };
        let department = made("/api/v1/departments", json!({"name": "Assembly"}));
        let operator = made("/api/v1/operators", json!({"name": "Ann", "badge": "A-17"}));
        let operations = json!([{"operationName": "Assembly Station 1", "departmentId": department, "runTimeMinutes": 45}]);
        let routing = made("/api/v1/routings", json!({"name": "Widget", "operations": operations}));
        (team.operator, team.routing) = (operator, routing);
        team
    }
}

/// A connection that stays open. As cheap as it can be: it shares the processors with what is measured.
struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(address: &str) -> Self {
        let address = address.strip_prefix("http://").expect("the service speaks HTTP");
        let stream = TcpStream::connect(address).expect("the service listens");
        stream.set_nodelay(true).expect("the socket is set up");
        Self { stream: BufReader::new(stream) }
    }

    /// Asks, and gives the body of the answer, which must be one of success.
    fn ask(&mut self, method: &str, path: &str, team: &Team, body: &str) -> String {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\nX-MES-Team-ID: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            team.key,
            team.id,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("the service reads");
        let (mut head, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).expect("the service answers");
            head.push_str(&line);
        }
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut answer = vec![0; length.expect("an answer says its length")];
        self.stream.read_exact(&mut answer).expect("the answer is whole");
        let answer = String::from_utf8(answer).expect("text");
        assert!(head.starts_with("HTTP/1.1 20"), "{method} {path}: {head}{answer}");
        answer
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
