//! The database of this process: the configured one, or a private one.

use adapter_postgres::provision::{DATABASE, OWNER, ProvisionError, SERVICE, provision};
use adapter_postgres::{Db, DbSettings, migrate, pooling, roles};
use embedded_postgres::{Server, Settings};
use kernel::error::StoreError;

use crate::config::Config;

/// The connections of one process; see `DbSettings`.
const CONNECTIONS: u32 = 8;

/// A database, and its server if that is a private one.
pub(crate) struct Database {
    pub(crate) owner_url: String,
    pub(crate) service_url: String,
    server: Option<Server>,
}

/// Why the database can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DatabaseError {
    #[error("the private PostgreSQL did not start")]
    Private(#[from] embedded_postgres::Error),
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    #[error(transparent)]
    Migrate(#[from] migrate::MigrateError),
    #[error(transparent)]
    Pooling(#[from] pooling::PoolingError),
    #[error(transparent)]
    Role(#[from] roles::RoleError),
    #[error(transparent)]
    Open(#[from] StoreError),
}

impl Database {
    /// Selects the configured database, or attaches to the private one, which it starts if needed.
    pub(crate) fn reach(config: &Config) -> Result<Self, DatabaseError> {
        if let Some(service_url) = config.database_url.clone() {
            let owner_url = config.database_owner_url.clone().unwrap_or_else(|| service_url.clone());
            return Ok(Self { owner_url, service_url, server: None });
        }
        let mut settings = Settings::new(config.data_dir.join("postgres"));
        settings.pg_bin = config.pg_bin.clone();
        settings.parameters = tuning();
        let server = Server::start(settings)?;
        provision(|database| server.superuser_url(database), DATABASE)?;
        Ok(Self {
            owner_url: server.url(OWNER, DATABASE),
            service_url: server.url(SERVICE, DATABASE),
            server: Some(server),
        })
    }

    /// Runs the pending migrations; returns their names. Refuses a pooler of transactions first.
    pub(crate) fn migrate(&self) -> Result<Vec<String>, DatabaseError> {
        pooling::check(&self.owner_url)?;
        Ok(migrate::migrate(&self.owner_url)?)
    }

    /// Runs the pending migrations, refuses a role with too many privileges, and opens the pool.
    pub(crate) fn open(&self) -> Result<Db, DatabaseError> {
        let run = self.migrate()?;
        if !run.is_empty() {
            tracing::info!(migrations = ?run, "database brought up to date");
        }
        pooling::check(&self.service_url)?;
        roles::check(&self.service_url)?;
        Ok(Db::open(&DbSettings { url: self.service_url.clone(), connections: CONNECTIONS })?)
    }

    /// Releases the private server, which stops if no other process uses it.
    pub(crate) fn close(self) -> Result<(), DatabaseError> {
        match self.server {
            Some(server) => Ok(server.stop()?),
            None => Ok(()),
        }
    }
}

/// Parameters for current machines; PostgreSQL's defaults are for very small ones.
fn tuning() -> Vec<(String, String)> {
    let parameters = [
        ("shared_buffers", "256MB"),
        ("max_wal_size", "2GB"),
        ("work_mem", "16MB"),
        ("wal_compression", "on"),
    ];
    parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
