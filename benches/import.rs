//! Imports over HTTP against the baseline, psql's `\copy` and one merge. One PostgreSQL with default durability,
//! medians. `make bench` runs it; for a quick look: `cargo bench … --bench import -- --rounds 1 --sizes 10000`.

#![expect(clippy::expect_used, reason = "what goes wrong here ends the run")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use embedded_postgres::{Server, Settings};
use reqwest::blocking::Client;
use testkit::Service;

/// The cases: orders that don't exist, that all differ, and that are all unchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Created,
    Updated,
    Unchanged,
}

impl Case {
    const ALL: [Self; 3] = [Self::Created, Self::Updated, Self::Unchanged];

    const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

/// The compared programs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contender {
    Psql,
    HttpCsv,
    HttpJson,
}

impl Contender {
    const ALL: [Self; 3] = [Self::Psql, Self::HttpCsv, Self::HttpJson];

    const fn name(self) -> &'static str {
        match self {
            Self::Psql => "psql \\copy + merge",
            Self::HttpCsv => "HTTP, CSV",
            Self::HttpJson => "HTTP, JSON",
        }
    }
}

struct Bench {
    server: Server,
    service: Service,
    data: PathBuf,
    client: Client,
    key: String,
    team: String,
    folder: PathBuf,
}

fn main() {
    let (rounds, sizes) = arguments();
    let folder = tempfile::tempdir().expect("a temporary folder");
    open_to_all(folder.path());
    let mut bench = Bench::start(folder.path());
    println!("| orders | case | by | median s | rows/s | against psql |");
    println!("| ---: | --- | --- | ---: | ---: | ---: |");
    for size in sizes {
        bench.write_files(size);
        for case in Case::ALL {
            bench.measure(size, case, rounds);
        }
    }
    bench.grow();
}

fn arguments() -> (usize, Vec<usize>) {
    let given: Vec<String> = std::env::args().collect();
    let after = |name: &str| given.iter().position(|word| word == name).and_then(|at| given.get(at + 1));
    let rounds = after("--rounds").and_then(|text| text.parse().ok()).unwrap_or(5);
    let sizes = after("--sizes").map_or("10000,100000", String::as_str);
    (rounds, sizes.split(',').filter_map(|size| size.parse().ok()).collect())
}

impl Bench {
    fn start(folder: &Path) -> Self {
        let binary = env!("CARGO_BIN_EXE_throughline");
        let data = folder.join("data");
        let run = |arguments: &[&str], input: &str| {
            let mut child = testkit::command(binary)
                .args(arguments)
                .env("DATA_DIR", &data)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("the binary runs");
            child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success(), "{arguments:?}");
            String::from_utf8(output.stdout).expect("text")
        };
        let created = run(
            &["bootstrap", "--team", "Bench", "--email", "bench@bench.example", "--password-stdin"],
            "bench bench",
        );
        let created: serde_json::Value = serde_json::from_str(&created).expect("one JSON object");
        let text = |name: &str| created.get(name).and_then(|value| value.as_str()).expect("text").to_owned();
        let service = serve(&data);
        let server =
            Server::start(Settings::new(data.join("postgres"))).expect("it joins the service's PostgreSQL");
        // reqwest demands a TLS provider, although nothing here uses TLS
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(Duration::from_secs(600)).build().expect("a client");
        let bench = Self {
            server,
            service,
            data,
            client,
            key: text("apiKey"),
            team: text("teamId"),
            folder: folder.to_owned(),
        };
        bench.sql(&format!(
            "INSERT INTO departments VALUES ('{0}', '{0}', 'D', 'd', true, 1, now(), now());
             INSERT INTO work_centres SELECT '{0}', n, gen_random_uuid(), 'W ' || n, '{0}', true, 1, now(), now()
             FROM generate_series(1, 60) n",
            bench.team
        ));
        bench
    }

    /// Writes a file for each variant and format; variants differ only in quantity, so that every order differs.
    fn write_files(&self, size: usize) {
        for variant in 0..2 {
            let mut csv = "order_number,stock_code,description,quantity_to_make,priority,status,work_centre_id,due_date\n".to_owned();
            let mut json = "[".to_owned();
            for row in 0..size {
                let (quantity, centre, day) = (1 + variant + row % 900, 1 + row % 60, 1 + row % 28);
                let stock = row % 504;
                let _ = writeln!(
                    csv,
                    "WO-{row:07},FR-R38B-{stock},\"LL Road Frame - Black, {stock}\",{quantity},high,not_started,{centre},2024-07-{day:02}"
                );
                let comma = if row == 0 { "" } else { "," };
                let _ = write!(
                    json,
                    "{comma}{{\"order_number\":\"WO-{row:07}\",\"stock_code\":\"FR-R38B-{stock}\",\"description\":\"LL Road Frame - Black, {stock}\",\"quantity_to_make\":{quantity},\"priority\":\"high\",\"status\":\"not_started\",\"work_centre_id\":{centre},\"due_date\":\"2024-07-{day:02}\"}}"
                );
            }
            json.push(']');
            fs::write(self.file(variant, "csv"), csv).expect("the folder takes files");
            fs::write(self.file(variant, "json"), json).expect("the folder takes files");
        }
    }

    fn file(&self, variant: usize, format: &str) -> PathBuf {
        self.folder.join(format!("orders-{variant}.{format}"))
    }

    fn measure(&self, size: usize, case: Case, rounds: usize) {
        let mut runs: Vec<Vec<Duration>> = Contender::ALL.map(|_| Vec::new()).into();
        for _ in 0..rounds {
            for (contender, runs) in Contender::ALL.into_iter().zip(&mut runs) {
                self.prepare(case);
                runs.push(self.run(contender, if case == Case::Updated { 1 } else { 0 }));
            }
        }
        let psql = median(runs.first().expect("psql ran"));
        for (contender, runs) in Contender::ALL.into_iter().zip(&runs) {
            let time = median(runs);
            let (rate, ratio) = (size as f64 / time.as_secs_f64(), psql.as_secs_f64() / time.as_secs_f64());
            println!(
                "| {size} | {} | {} | {:.2} | {rate:.0} | {ratio:.2} |",
                case.name(),
                contender.name(),
                time.as_secs_f64()
            );
        }
    }

    /// Prepares a run: no orders, or all of variant 0, vacuumed and flushed.
    fn prepare(&self, case: Case) {
        self.sql("TRUNCATE manufacturing_orders, order_imports, order_import_chunks, outbox, audit_entries CASCADE");
        if case != Case::Created {
            self.psql(0);
        }
        self.sql("VACUUM ANALYZE manufacturing_orders");
        self.sql("CHECKPOINT");
    }

    fn run(&self, contender: Contender, variant: usize) -> Duration {
        let started = Instant::now();
        match contender {
            Contender::Psql => self.psql(variant),
            Contender::HttpCsv => {
                self.http(&fs::read(self.file(variant, "csv")).expect("a file"), "text/csv")
            }
            Contender::HttpJson => {
                self.http(&fs::read(self.file(variant, "json")).expect("a file"), "application/json")
            }
        }
        started.elapsed()
    }

    fn http(&self, body: &[u8], kind: &str) {
        let url = format!("{}/api/orders/import", self.service.address());
        let request = self.client.post(url).header("x-api-key", &self.key).header("content-type", kind);
        let answer = request.body(body.to_owned()).send().expect("an answer");
        assert_eq!(answer.status(), 200);
        let text = answer.bytes().expect("the whole answer");
        assert!(text.ends_with(b"}"), "the answer is whole");
    }

    /// The baseline: the same rows into the same table, with its constraints and policies, and nothing else.
    fn psql(&self, variant: usize) {
        let script = format!(
            "SET ROLE throughline_team; SELECT set_config('app.team_id', '{team}', false) \\g /dev/null
             CREATE TEMPORARY TABLE stage (order_number text COLLATE \"C\", sku text, description text,
                 quantity numeric(15, 3), priority text, status text, work_centre_number integer, due date);
             \\copy stage FROM '{file}' CSV HEADER
             INSERT INTO manufacturing_orders AS o (team_id, id, order_number, sku, description, quantity, priority, status,
                 work_centre_number, scheduled_end, version, created_at, updated_at)
             SELECT '{team}', gen_random_uuid(), order_number, sku, description, quantity,
                 CASE priority WHEN 'high' THEN 5 ELSE 3 END, 'pending', work_centre_number,
                 due + interval '23:59:59', 1, now(), now()
             FROM stage
             ON CONFLICT (team_id, order_number) DO UPDATE SET sku = excluded.sku, description = excluded.description,
                 quantity = excluded.quantity, priority = excluded.priority, status = excluded.status,
                 work_centre_number = excluded.work_centre_number, scheduled_end = excluded.scheduled_end,
                 version = o.version + 1, updated_at = excluded.updated_at
             WHERE o.status = 'pending' AND
                 (o.sku, o.description, o.quantity, o.priority, o.status, o.work_centre_number, o.scheduled_end)
                 IS DISTINCT FROM (excluded.sku, excluded.description, excluded.quantity, excluded.priority,
                 excluded.status, excluded.work_centre_number, excluded.scheduled_end);",
            team = self.team,
            file = self.file(variant, "csv").display(),
        );
        self.feed(&self.server.url("throughline", "throughline"), &script);
    }

    fn sql(&self, statement: &str) {
        self.feed(&self.server.superuser_url("throughline"), statement);
    }

    fn feed(&self, url: &str, script: &str) {
        let psql = self.server.installation().program("psql");
        let mut child = Command::new(psql)
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url])
            .env("PGTZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("psql runs");
        child.stdin.take().expect("piped").write_all(script.as_bytes()).expect("psql reads");
        assert!(child.wait().expect("psql ends").success(), "psql: {script}");
    }

    /// Measures the memory that an import of 100,000 rows adds to a new service: valid rows, then rows that all fail.
    fn grow(&mut self) {
        println!("\n| 100,000 rows into a fresh service | s | grown MiB |");
        println!("| --- | ---: | ---: |");
        self.write_files(100_000);
        for (name, file, kind) in
            [("created, CSV", "csv", "text/csv"), ("created, JSON", "json", "application/json")]
        {
            let body = fs::read(self.file(0, file)).expect("a file");
            self.grow_by(name, &body, kind);
        }
        let mut csv = "order_number,stock_code,description,quantity_to_make,due_date\n".to_owned();
        for row in 0..100_000 {
            let _ = writeln!(csv, "WO-{row:07},,\"LL Road Frame - Black, 58\",minus one,2024-07-32");
        }
        self.grow_by("every row fails, three faults each, CSV", csv.as_bytes(), "text/csv");
    }

    fn grow_by(&mut self, name: &str, body: &[u8], kind: &str) {
        self.prepare(Case::Created);
        self.service = serve(&self.data);
        let before = memory(self.service.pid(), "VmRSS");
        let started = Instant::now();
        self.http(body, kind);
        let seconds = started.elapsed().as_secs_f64();
        let grown = memory(self.service.pid(), "VmHWM").saturating_sub(before) / 1_024;
        println!("| {name} | {seconds:.2} | {grown} |");
    }
}

fn serve(data: &Path) -> Service {
    let mut serve = testkit::command(env!("CARGO_BIN_EXE_throughline"));
    serve.arg("serve").env("DATA_DIR", data).env("RUST_LOG", "warn").env("RATE_LIMITS", "off");
    Service::spawn(serve)
}

fn median(runs: &[Duration]) -> Duration {
    let mut times = runs.to_vec();
    times.sort();
    times.get(times.len() / 2).copied().expect("at least one run")
}

/// A figure of the process status, in KiB.
fn memory(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the service runs");
    let line = status.lines().find(|line| line.starts_with(name)).expect("Linux reports it");
    line.split_whitespace().nth(1).and_then(|figure| figure.parse().ok()).expect("a figure")
}

/// Lets PostgreSQL's user read it, if the bench runs as root.
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
}
