//! The migrations, embedded in the binary.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::{Connection, ConnectionError};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use kernel::error::Cause;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");
/// The advisory lock held while schema or rights are changed: "throughline" read as a number.
pub(crate) const LOCK: i64 = 0x7468_726f_7567_686c;

/// Why the database was not migrated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    #[error("PostgreSQL can't be reached to migrate; check DATABASE_OWNER_URL or DATABASE_URL")]
    Connection(#[from] ConnectionError),
    /// A migration failed and was rolled back.
    #[error("a migration failed; the database is as it was before that migration")]
    Migration(#[source] Cause),
}

/// Migrates the database, as the role that owns the tables. Of several processes one migrates and the others wait.
/// Returns the names of the migrations that were run.
///
/// # Errors
/// When PostgreSQL can't be reached or a migration fails.
pub fn migrate(owner_url: &str) -> Result<Vec<String>, MigrateError> {
    let mut connection = PgConnection::establish(owner_url)?;
    let lock = format!("SET client_min_messages = warning; SELECT pg_advisory_lock({LOCK})");
    connection.batch_execute(&lock).map_err(|error| MigrateError::Migration(Box::new(error)))?;
    let done = connection.run_pending_migrations(MIGRATIONS).map_err(MigrateError::Migration)?;
    Ok(done.iter().map(ToString::to_string).collect())
}
