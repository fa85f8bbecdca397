//! Creates the roles and the database in a private cluster.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::Bool;
use diesel::{Connection, ConnectionError, QueryableByName, RunQueryDsl, sql_query};

use crate::migrate::LOCK;
use crate::roles::ROLES;

/// The database's name in a private cluster.
pub const DATABASE: &str = "throughline";
/// The role that owns the tables and migrates.
pub const OWNER: &str = "throughline_owner";
/// The role that the service logs in as.
pub const SERVICE: &str = "throughline";

/// Why a cluster was not provisioned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvisionError {
    #[error("the private PostgreSQL did not take a connection")]
    Connection(#[from] ConnectionError),
    /// A statement failed.
    #[error("the private PostgreSQL could not be prepared")]
    Statement(#[from] diesel::result::Error),
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Creates the roles and the database `name` where they are missing. Several processes may do so at once.
///
/// `superuser_url` returns the superuser's URL of a database in the cluster.
///
/// # Errors
/// When the cluster does not take a connection, or a statement fails.
pub fn provision(superuser_url: impl Fn(&str) -> String, name: &str) -> Result<(), ProvisionError> {
    let mut maintenance = PgConnection::establish(&superuser_url("postgres"))?;
    maintenance.batch_execute("SET client_min_messages = warning; SELECT pg_advisory_lock(1)")?;
    maintenance.batch_execute(ROLES)?;
    let exists: Found = sql_query("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS found")
        .bind::<diesel::sql_types::Text, _>(name)
        .get_result(&mut maintenance)?;
    if !exists.found {
        maintenance.batch_execute(&format!("CREATE DATABASE \"{name}\" OWNER {OWNER}"))?;
    }
    let mut database = PgConnection::establish(&superuser_url(name))?;
    // another process may be migrating already, which grants rights in the same schema
    database.batch_execute(&format!("SET client_min_messages = warning; SELECT pg_advisory_lock({LOCK})"))?;
    database.batch_execute(ROLES)?;
    Ok(())
}
