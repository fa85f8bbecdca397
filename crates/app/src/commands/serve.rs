use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::{App, HttpServer, web};
use adapter_http::AccessLogWriter;
use adapter_postgres::audit::PgAccessLog;
use chrono::TimeDelta;
use identity::AccessTokens;
use identity::ports::RateLimits;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use secrets::signing::SigningKeys;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::demo::{Demo, DemoSandbox};
use super::{CommandError, shutdown_signal};
use crate::accounting::{Accounting, AccountingSettings};
use crate::config::Config;
use crate::database::Database;
use crate::keys::{sealing_keys, signing_keys};
use crate::wiring::{self, Backends};
use crate::workers::Workers;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// With a demo team, its user and key printed at start, and 20,000 orders to look at
    #[arg(long)]
    demo: bool,
    /// Run only the API, or only the background workers
    #[arg(long, value_enum)]
    only: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Api,
    Worker,
}

/// The default address.
const HTTP_ADDR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// The time left for requests at shutdown, which takes 25 s at most.
const GRACE: Duration = Duration::from_secs(18);
/// How long invoices are still sent at shutdown; their calls have the rest of the time.
const LAST_SENDS: TimeDelta = TimeDelta::seconds(3);
/// The time for the last records of the access log at shutdown.
const LAST_RECORDS: Duration = Duration::from_secs(2);

pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<ExitCode, CommandError> {
    let metrics = metrics()?;
    let keys = signing_keys(config.signing_key.as_ref(), &config.data_dir)?;
    let sealing = sealing_keys(config.encryption_key.as_ref(), &config.data_dir)?;
    let sandbox =
        if arguments.demo && !config.wfirma.url_is_given { Some(DemoSandbox::open()?) } else { None };
    let url = sandbox.as_ref().map_or(&config.wfirma.url, DemoSandbox::url);
    let accounting = AccountingSettings { url: url.clone(), ..AccountingSettings::of(config) };
    let objects = wiring::objects(config)?;
    let system = actix_web::rt::System::new();
    let limits = system.block_on(async { wiring::limits(config) });
    let limits =
        limits.map_err(|error| CommandError::Message(format!("REDIS_URL can't be used: {error}")))?;
    let address = config.http_addr.unwrap_or(HTTP_ADDR);
    if arguments.only != Some(Part::Worker) {
        // before a database is made for nothing
        TcpListener::bind(address).map_err(|error| CommandError::Listen(address, error))?;
    }
    let database = Database::reach(config)?;
    let db = database.open()?;
    let accounting = Accounting::open(&db, sealing, accounting).map_err(|error| CommandError::of(&error))?;
    let backends = Backends { db, objects, accounting };
    let serving = Serving { arguments, config, backends: &backends, keys, metrics, sandbox, limits, address };
    let served = system.block_on(serve(serving));
    drop(backends);
    database.close()?;
    served.map(|()| ExitCode::SUCCESS)
}

/// What was checked and opened before it serves.
struct Serving<'a> {
    arguments: &'a Arguments,
    config: &'a Config,
    backends: &'a Backends,
    keys: Arc<SigningKeys>,
    metrics: PrometheusHandle,
    sandbox: Option<DemoSandbox>,
    limits: Option<Arc<dyn RateLimits>>,
    address: SocketAddr,
}

async fn serve(serving: Serving<'_>) -> Result<(), CommandError> {
    let Serving { arguments, config, backends, keys, metrics, sandbox, limits, address: asked } = serving;
    let db = &backends.db;
    let shutdown_signal = shutdown_signal()?;
    let tokens = AccessTokens::new(keys.clone()).map_err(|error| CommandError::of(&error))?;
    let demo =
        if arguments.demo { Some(Demo::prepare(backends, &config.data_dir, sandbox).await?) } else { None };
    connect_configured_team(backends, config).await?;
    let workers =
        (arguments.only != Some(Part::Api)).then(|| Workers::start(backends, keys, &config.data_dir));
    if arguments.only == Some(Part::Worker) {
        println!("Throughline's workers run");
        shutdown_signal.await;
        finish(workers).await;
        return Ok(());
    }
    let (recorder, recording) = AccessLogWriter::new(Arc::new(PgAccessLog::new(db.clone())));
    let (end_recording, ended) = oneshot::channel::<()>();
    let recording = actix_web::rt::spawn(recording.run(async { ended.await.unwrap_or_default() }));
    let ending = Arc::new(AtomicBool::new(false));
    let metrics = Box::new(move || metrics.render());
    let proxies = config.trusted_proxies.clone();
    let tokens = Arc::new(tokens);
    let services = wiring::services(backends, tokens, proxies, limits, ending.clone(), metrics, recorder);
    let (background, process_batch) =
        (services.background.clone(), services.accounting.process_batch.clone());
    let services = web::Data::new(services);
    let (hosts, origins) = (config.pos_hosts.clone(), config.cors_origins.clone());
    let app = move || App::new().service(adapter_http::surfaces(services.clone(), hosts.clone(), &origins));
    let server = HttpServer::new(app)
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(75))
        .max_connections(10_000)
        .worker_max_blocking_threads(16)
        .shutdown_timeout(GRACE.as_secs())
        .disable_signals()
        .bind(asked)
        .map_err(|error| CommandError::Listen(asked, error))?;
    let address = server.addrs().first().map_or(asked, |address| *address);
    let address = format!("http://{address}");
    let running = server.run();
    let handle = running.handle();
    let signalled_at = Arc::new(OnceLock::new());
    let signalled = signalled_at.clone();
    actix_web::rt::spawn(async move {
        shutdown_signal.await;
        signalled.get_or_init(Instant::now);
        tracing::info!("ending: no new requests, finishing what runs");
        ending.store(true, Ordering::Relaxed);
        process_batch.close(wiring::clock().now() + LAST_SENDS);
        handle.stop(true).await;
    });
    println!("Throughline listens on {address}");
    if let Some(demo) = demo {
        demo.print_usage(&address);
    }
    let served = running.await.map_err(|error| CommandError::of(&error));
    // the callers of running batches may have disconnected
    let left = signalled_at.get().map_or(Duration::ZERO, |at| GRACE.saturating_sub(at.elapsed()));
    if !background.finish(left).await {
        tracing::warn!("the process ends within batches of invoices; those on their way will be looked up");
    }
    drop(end_recording);
    if timeout(LAST_RECORDS, recording).await.is_err() {
        tracing::warn!("the process ends before the last records of the access log were written");
    }
    finish(workers).await;
    served
}

/// Sets the accounting connection that is configured for one team, without changing its other settings.
async fn connect_configured_team(backends: &Backends, config: &Config) -> Result<(), CommandError> {
    let Some(own) = &config.wfirma.own else { return Ok(()) };
    let team = wiring::team(&backends.db).find_by_name(&own.team).await;
    let team = team.map_err(|error| CommandError::Message(format!("WFIRMA_TEAM: {error}")))?;
    let connected =
        backends.accounting.connect(team, (own.company.clone(), own.keys.clone()), "environment").await;
    connected.map_err(|error| CommandError::Message(format!("WFIRMA_TEAM can't be connected: {error}")))
}

async fn finish(workers: Option<Workers>) {
    if let Some(workers) = workers {
        workers.finish().await;
    }
}

/// The histogram buckets of response times, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

fn metrics() -> Result<PrometheusHandle, CommandError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| CommandError::of(&error))
}
