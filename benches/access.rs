//! The cost of authentication, rate limits and access log for a read by id: the same route of the same service with and
//! without them, in one process with one PostgreSQL with default durability, in turns, medians. `make bench` runs it;
//! for a quick look: `cargo bench … --bench access -- --rounds 1`.

#![expect(clippy::expect_used, reason = "what goes wrong here ends the run")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use actix_web::{App, HttpServer, web};
use adapter_http::{AccessLogWriter, Services};
use adapter_objects::{Location, StoredObjects};
use adapter_postgres::audit::PgAccessLog;
use adapter_postgres::provision::{DATABASE, OWNER, SERVICE, provision};
use adapter_postgres::{Db, DbSettings, migrate::migrate};
use async_trait::async_trait;
use audit::AccessRecord;
use audit::ports::{AccessFilter, AccessLog};
use chrono::{DateTime, TimeDelta, Utc};
use embedded_postgres::{Server, Settings};
use identity::api_key::KeyName;
use identity::limits::{Bucket, InProcessLimits, Quota, Verdict};
use identity::ports::RateLimits;
use identity::{AccessTokens, BootstrapRequest, Credentials, Email, Password, TeamName};
use kernel::access::{Actor, Identity};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;
use metrics_exporter_prometheus::PrometheusBuilder;
use production_ops::Name;
use secrets::sealing::SealingKeys;
use secrets::signing::SigningKeys;
use throughline_app::accounting::{Accounting, AccountingSettings};
use throughline_app::wiring::{self, Backends};

const CLIENTS: usize = 8;
const ROUND: Duration = Duration::from_secs(4);

fn main() {
    let rounds = rounds();
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("PostgreSQL's user may enter it");
    let server = Server::start(Settings::new(folder.path().join("postgres"))).expect("PostgreSQL starts");
    let db = database(&server);
    actix_web::rt::System::new().block_on(measure(&db, rounds));
    drop(db);
    server.stop().expect("PostgreSQL stops");
}

fn rounds() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rounds").skip(1);
    arguments.next().map_or(7, |rounds| rounds.parse().expect("--rounds takes a number"))
}

fn database(server: &Server) -> Db {
    provision(|database| server.superuser_url(database), DATABASE).expect("the database is created");
    migrate(&server.url(OWNER, DATABASE)).expect("the database is migrated");
    let url = server.url(SERVICE, DATABASE);
    Db::open(&DbSettings { url, connections: 8 }).expect("a pool opens")
}

/// Serves an application on a free port; returns its address.
macro_rules! serve {
    ($app:expr) => {{
        let server = HttpServer::new($app).workers(2).worker_max_blocking_threads(16).disable_signals();
        let server = server.bind("127.0.0.1:0").expect("a port is free");
        let address = server.addrs().first().copied().expect("the server has an address");
        actix_web::rt::spawn(server.run());
        address
    }};
}

/// An accounting system that is never called.
fn accounting(db: &Db) -> Accounting {
    let url = "http://127.0.0.1:9".parse().expect("a URL");
    let settings = AccountingSettings { url, visibility: TimeDelta::minutes(10), parallel: 8 };
    Accounting::open(db, Arc::new(SealingKeys::new([7; 32], None)), settings).expect("a client")
}

async fn measure(db: &Db, rounds: usize) {
    let metrics = PrometheusBuilder::new().install_recorder().expect("metrics are recorded");
    let keys = Arc::new(SigningKeys::new([7; 32], None));
    let tokens = Arc::new(AccessTokens::new(keys).expect("tokens are signed"));
    let limits: Arc<dyn RateLimits> = Arc::new(UnlimitedRates(InProcessLimits::default()));
    let log: Arc<dyn AccessLog> = Arc::new(PgAccessLog::new(db.clone()));
    let metrics: Arc<dyn Fn() -> String + Send + Sync> = Arc::new(move || metrics.render());
    let folder = tempfile::tempdir().expect("a folder");
    let objects = StoredObjects::open(&Location::Folder(folder.path().into()), None).expect("it is opened");
    let backends = Backends { db: db.clone(), objects: Arc::new(objects), accounting: accounting(db) };
    let services = |limits: Option<&Arc<dyn RateLimits>>, log: &Arc<dyn AccessLog>| {
        let (recorder, recording) = AccessLogWriter::new(log.clone());
        actix_web::rt::spawn(recording.run(std::future::pending()));
        let (metrics, ending) = (metrics.clone(), Arc::new(AtomicBool::new(false)));
        let metrics = Box::new(move || metrics());
        let proxies = Default::default();
        let limits = limits.cloned();
        web::Data::new(wiring::services(
            &backends,
            tokens.clone(),
            proxies,
            limits,
            ending,
            metrics,
            recorder,
        ))
    };
    let whole = services(Some(&limits), &log);
    let subject = TestDepartment::create(db, &whole).await;

    let (own, actor) = (whole.clone(), subject.actor.clone());
    let unguarded = serve!(move || App::new().service(adapter_http::unguarded(own.clone(), actor.clone())));
    let nowhere: Arc<dyn AccessLog> = Arc::new(DiscardedLog);
    let surfaces = |services: web::Data<Services>| {
        serve!(move || App::new().service(adapter_http::surfaces(
            services.clone(),
            Default::default(),
            &Default::default()
        )))
    };
    let authenticated = surfaces(services(None, &nowhere));
    let limited = surfaces(services(Some(&limits), &nowhere));
    let guarded = surfaces(whole);
    let contenders = [
        ("without any of them", unguarded, ""),
        ("authentication by key alone", authenticated, &subject.key),
        ("and limits", limited, &subject.key),
        ("and access log: all, by key", guarded, &subject.key),
        ("all, by access token", guarded, &subject.token),
    ];
    let mut rates = contenders.each_ref().map(|_| Vec::new());
    for round in 0..=rounds {
        for ((_, address, credentials), rates) in contenders.iter().zip(&mut rates) {
            let request = subject.request(credentials);
            let rate = load(*address, &request).await;
            // the first round is for warming up
            if round > 0 {
                rates.push(rate);
            }
        }
    }
    print_rates(&contenders.map(|(name, ..)| name), &rates);
}

fn print_rates(names: &[&str], rates: &[Vec<f64>]) {
    let medians: Vec<f64> = rates.iter().map(|rates| median(rates)).collect();
    let base = medians.first().copied().unwrap_or(f64::NAN);
    println!("| read by id, {CLIENTS} clients | median requests/s | of without | adds |");
    println!("| --- | ---: | ---: | ---: |");
    for (name, rate) in names.iter().zip(&medians) {
        println!("| {name} | {rate:.0} | {:.2} | {:+.0} % |", rate / base, (base / rate - 1.0) * 100.0);
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A department and a key that may read it.
struct TestDepartment {
    actor: Actor,
    key: String,
    token: String,
    path: String,
}

impl TestDepartment {
    async fn create(db: &Db, services: &Services) -> Self {
        let password = "correct horse battery staple";
        let email = "admin@bench.example";
        let request = BootstrapRequest {
            team: TeamName::try_new("Bench").expect("a name"),
            time_zone: TimeZone::UTC,
            email: Email::try_new(email).expect("an e-mail"),
            password: Password::try_new(password).expect("a password"),
            key_name: KeyName::try_new("bench").expect("a name"),
        };
        let created = wiring::bootstrap(db).run(request).await.expect("a team is founded");
        let actor = Actor { team: created.team, identity: Identity::System { part: "bench" } };
        let context = WriteContext::unclaimed(&actor, "bench", wiring::clock().now());
        let name = Name::try_new("Assembly").expect("a valid name");
        let department = wiring::plant(db).departments.create(context, name).await;
        let Ok(Written::Done(department)) = department else {
            panic!("the department was not created: {department:?}")
        };
        let log_in = Credentials { email: email.into(), password: password.into() };
        let token = services
            .identity
            .log_in
            .run(&log_in, None, "bench")
            .await
            .expect("the ADMIN logs in")
            .access_token;
        Self {
            path: format!("/api/v1/departments/{}", department.id),
            key: created.api_key.as_str().to_owned(),
            actor,
            token,
        }
    }

    fn request(&self, credentials: &str) -> String {
        let team = self.actor.team;
        format!(
            "GET {} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {credentials}\r\nX-MES-Team-ID: {team}\r\n\r\n",
            self.path
        )
    }
}

/// Rate limits that count like those of the service but refuse nothing, since the bench exceeds the limits.
struct UnlimitedRates(InProcessLimits);

impl UnlimitedRates {
    fn raised(quotas: &[Quota]) -> Vec<Quota> {
        quotas.iter().map(|quota| Quota { limit: u32::MAX, ..*quota }).collect()
    }
}

#[async_trait]
impl RateLimits for UnlimitedRates {
    async fn take(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError> {
        self.0.take(bucket, &Self::raised(quotas), now).await
    }

    async fn peek(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError> {
        self.0.peek(bucket, &Self::raised(quotas), now).await
    }
}

/// An access log that discards its records.
struct DiscardedLog;

#[async_trait]
impl AccessLog for DiscardedLog {
    async fn record(&self, _: Arc<Vec<AccessRecord>>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn list(&self, _: TeamId, _: AccessFilter, _: Window) -> Result<Listing<AccessRecord>, StoreError> {
        Ok(Listing { items: Vec::new(), total: 0 })
    }
}

/// Requests per second; each client has a connection of its own.
async fn load(address: SocketAddr, request: &str) -> f64 {
    let started = Instant::now();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(CLIENTS);
    for _ in 0..CLIENTS {
        let (request, sender) = (request.to_owned(), sender.clone());
        std::thread::spawn(move || sender.blocking_send(client(address, &request, started + ROUND)));
    }
    drop(sender);
    let (mut clients, mut answered) = (0, 0);
    while let Some(count) = receiver.recv().await {
        clients += 1;
        answered += count;
    }
    assert_eq!(clients, CLIENTS, "every client was answered to the end");
    f64::from(answered) / started.elapsed().as_secs_f64()
}

/// Repeats a request until the end time; returns the number of responses. It is as cheap as possible, since it shares
/// the processors with the service.
fn client(address: SocketAddr, request: &str, end: Instant) -> u32 {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_nodelay(true).expect("the socket is set up");
    let (mut buffer, mut answered) = ([0; 4_096], 0);
    while Instant::now() < end {
        stream.write_all(request.as_bytes()).expect("the server reads");
        let mut read = 0;
        loop {
            let piece = buffer.get_mut(read..).expect("an answer of at most 4 KiB");
            read += stream.read(piece).expect("the server answers");
            let answer = buffer.get(..read).unwrap_or_default();
            // the body is one JSON object, and nothing before it ends like it
            if answer.ends_with(b"}") {
                assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(answer));
                break;
            }
        }
        answered += 1;
    }
    answered
}
