use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use adapter_http::AccessRecorder;
use adapter_postgres::audit::PgAccessLog;
use identity::AccessTokens;
use kernel::signing::SigningKeys;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Failure;
use super::demo::Demo;
use crate::config::Config;
use crate::database::Database;
use crate::keys::{sealing_keys, signing_keys};
use crate::wiring::{self, Stores};
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

/// What a request has left once the process is told to end.
const GRACE: u64 = 25;
/// What the last records of the access log may take then.
const LAST_RECORDS: Duration = Duration::from_secs(3);

pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<ExitCode, Failure> {
    let metrics = metrics()?;
    let keys = signing_keys(config.signing_key.as_ref(), &config.data_dir)?;
    // one that can't be used stops the start, not the first who needs it
    sealing_keys(config.encryption_key.as_ref(), &config.data_dir)?;
    let objects = wiring::objects(config)?;
    let database = Database::reach(config)?;
    let stores = Stores { db: database.open()?, objects };
    let served = actix_web::rt::System::new().block_on(serve(arguments, config, &stores, keys, metrics));
    drop(stores);
    database.close()?;
    served.map(|()| ExitCode::SUCCESS)
}

async fn serve(
    arguments: &Arguments,
    config: &Config,
    stores: &Stores,
    keys: Arc<SigningKeys>,
    metrics: PrometheusHandle,
) -> Result<(), Failure> {
    let db = &stores.db;
    let asked_to_end = asked_to_end()?;
    let tokens = AccessTokens::new(keys.clone()).map_err(|error| Failure::of(&error))?;
    let demo = if arguments.demo { Some(Demo::prepare(db, &config.data_dir).await?) } else { None };
    let workers = (arguments.only != Some(Part::Api)).then(|| Workers::start(stores, keys, &config.data_dir));
    if arguments.only == Some(Part::Worker) {
        println!("Throughline's workers run");
        asked_to_end.await;
        finish(workers).await;
        return Ok(());
    }
    let (recorder, recording) = AccessRecorder::new(Arc::new(PgAccessLog::new(db.clone())));
    let (end_recording, ended) = oneshot::channel::<()>();
    let recording = actix_web::rt::spawn(recording.run(async { ended.await.unwrap_or_default() }));
    let ending = Arc::new(AtomicBool::new(false));
    let metrics = Box::new(move || metrics.render());
    let proxies = config.trusted_proxies.clone();
    let limits =
        wiring::limits(config).map_err(|error| Failure::Told(format!("REDIS_URL can't be used: {error}")))?;
    let tokens = Arc::new(tokens);
    let services = wiring::services(stores, tokens, proxies, limits, ending.clone(), metrics, recorder);
    let services = web::Data::new(services);
    let hosts = config.pos_hosts.clone();
    let app = move || App::new().service(adapter_http::surfaces(services.clone(), hosts.clone()));
    let server = HttpServer::new(app)
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(75))
        .max_connections(10_000)
        .worker_max_blocking_threads(16)
        .shutdown_timeout(GRACE)
        .disable_signals()
        .bind(config.http_addr)
        .map_err(|error| {
            Failure::Told(format!("HTTP_ADDR {} can't be listened on: {error}", config.http_addr))
        })?;
    let address = server.addrs().first().map_or(config.http_addr, |address| *address);
    let address = format!("http://{address}");
    let running = server.run();
    let handle = running.handle();
    actix_web::rt::spawn(async move {
        asked_to_end.await;
        tracing::info!("ending: no new requests, finishing what runs");
        ending.store(true, Ordering::Relaxed);
        handle.stop(true).await;
    });
    println!("Throughline listens on {address}");
    if let Some(demo) = demo {
        demo.tell(&address);
    }
    let served = running.await.map_err(|error| Failure::of(&error));
    drop(end_recording);
    if timeout(LAST_RECORDS, recording).await.is_err() {
        tracing::warn!("the process ends before the last records of the access log were written");
    }
    finish(workers).await;
    served
}

async fn finish(workers: Option<Workers>) {
    if let Some(workers) = workers {
        workers.finish().await;
    }
}

/// SIGTERM from a supervisor, SIGINT from a terminal: taken from this call on, also before anybody waits for them.
fn asked_to_end() -> Result<impl Future<Output = ()> + use<>, Failure> {
    let told = |kind| signal(kind).map_err(|error| Failure::of(&error));
    let (mut terminate, mut interrupt) = (told(SignalKind::terminate())?, told(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Seconds that tell a fast answer from a slow one.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

fn metrics() -> Result<PrometheusHandle, Failure> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| Failure::of(&error))
}
