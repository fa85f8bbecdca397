//! Whether this process can take requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adapter_http::Readiness;
use adapter_postgres::Db;
use async_trait::async_trait;

/// Readiness: PostgreSQL responds and the process is not shutting down.
pub(crate) struct Ready {
    db: Db,
    ending: Arc<AtomicBool>,
}

impl Ready {
    pub(crate) fn new(db: Db, ending: Arc<AtomicBool>) -> Self {
        Self { db, ending }
    }
}

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> Result<(), &'static str> {
        if self.ending.load(Ordering::Relaxed) {
            return Err("the service is ending");
        }
        self.db.ping().await.map_err(|_| "PostgreSQL does not answer")
    }
}
