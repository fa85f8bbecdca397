//! Whether a connection is a server session of its own. Settings, roles and prepared statements last as long as a session:
//! behind a pooler that gives each transaction to any session, they would be another caller's.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::{Connection, ConnectionError, select};

/// Why a connection can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PoolingError {
    #[error("PostgreSQL can't be reached; check DATABASE_URL and DATABASE_OWNER_URL")]
    Connection(#[from] ConnectionError),
    /// The check itself failed.
    #[error("the database's sessions can't be checked")]
    Check(#[from] diesel::result::Error),
    /// Transactions are pooled.
    #[error(
        "the database is reached through a pooler that gives each transaction to any session (PgBouncer's \
         pool_mode=transaction), which is not supported; connect to PostgreSQL itself, or use pool_mode=session"
    )]
    Transactions,
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn pg_backend_pid() -> diesel::sql_types::Integer;
}

/// Refuses a database whose connections share sessions.
///
/// # Errors
/// [`PoolingError::Transactions`], or when the database can't be reached.
pub fn check(url: &str) -> Result<(), PoolingError> {
    let (mut own, mut other) = (PgConnection::establish(url)?, PgConnection::establish(url)?);
    let session: i32 = select(pg_backend_pid()).get_result(&mut own)?;
    // a shared session is the other connection's now, until its transaction is ended for idling
    other.batch_execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = '1s'")?;
    // more than once, for poolers that take sessions in turn
    for _ in 0..3 {
        match select(pg_backend_pid()).get_result::<i32>(&mut own) {
            Ok(found) if found == session => {}
            _ => return Err(PoolingError::Transactions),
        }
    }
    Ok(())
}
