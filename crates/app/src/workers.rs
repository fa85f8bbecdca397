//! What runs beside the requests.

use std::time::Duration;

use adapter_postgres::Db;
use adapter_postgres::sweeper::sweep_answers;

use crate::wiring::clock;

const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Runs until the process ends.
pub(crate) async fn run(db: Db) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        match sweep_answers(&db, clock().now()).await {
            Ok(swept) => tracing::debug!(swept, "expired answers deleted"),
            Err(error) => tracing::warn!(%error, "expired answers could not be deleted"),
        }
    }
}
