//! What runs beside the requests.

use std::time::Duration;

use adapter_postgres::Db;
use adapter_postgres::sweeper::{sweep_answers, sweep_log_in_attempts, sweep_refresh_tokens, sweep_sessions};
use kernel::error::StoreError;

use crate::wiring::clock;

const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Runs until the process ends.
pub(crate) async fn run(db: Db) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        let now = clock().now();
        tell("expired answers", sweep_answers(&db, now).await);
        tell("expired refresh tokens", sweep_refresh_tokens(&db, now).await);
        tell("ended sessions", sweep_sessions(&db, now).await);
        tell("old attempts to log in", sweep_log_in_attempts(&db, now).await);
    }
}

fn tell(what: &str, swept: Result<usize, StoreError>) {
    match swept {
        Ok(swept) => tracing::debug!(swept, "{what} deleted"),
        Err(error) => tracing::warn!(%error, "{what} could not be deleted"),
    }
}
