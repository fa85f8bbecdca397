//! The doors to PostgreSQL: [`Db::write`], [`Db::read`] and, for one statement that commits by itself,
//! [`Db::autocommit`]. Changes go through [`Db::change`], in effects.rs.
//!
//! All work for a [`Scope`], whose role and team every statement then has, so that row-level security holds
//! beneath the queries. Nothing else in Throughline waits for a connection or blocks a thread on one.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::result::{ConnectionError, Error as DieselError};
use diesel::{Connection, RunQueryDsl};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::Listing;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::write_error::{WriteError, breaks_connection, is_worth_repeating, store_error};

/// On whose behalf a statement runs. Each has its own database role with just these rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One team's data.
    Team(TeamId),
    /// Looking up a caller, before their team is known.
    Auth,
    /// Workers, in the tables whose policies name them.
    System,
}

impl Scope {
    const fn role(self) -> &'static str {
        match self {
            Self::Team(_) => "throughline_team",
            Self::Auth => "throughline_auth",
            Self::System => "throughline_system",
        }
    }

    /// The statement that takes the scope's role and team, for this transaction or for the session.
    fn settings(self, for_transaction: bool) -> String {
        let team = if let Self::Team(team) = self { team.to_string() } else { String::new() };
        let role = self.role();
        format!(
            "SELECT set_config('role', '{role}', {for_transaction}), \
             set_config('app.team_id', '{team}', {for_transaction})"
        )
    }
}

/// Which connections work may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Ordinary,
    /// At most a quarter of them, with up to ten minutes a statement.
    Bulk,
}

/// How the service uses its PostgreSQL.
#[derive(Debug, Clone)]
pub struct DbSettings {
    /// libpq connection string or URL.
    pub url: String,
    /// Connections at most; 8 serve two cores well, 16 only lengthen the tail.
    pub connections: u32,
}

/// A pool of connections behind the two doors.
#[derive(Clone)]
pub struct Db {
    pool: r2d2::Pool<Sessions>,
    permits: Arc<Semaphore>,
    bulk: Arc<Semaphore>,
}

/// How long a request waits for a connection before it gets 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(200);
/// How long bulk work waits for its lane.
const BULK_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(60);
const ATTEMPTS: u32 = 8;

impl Db {
    /// Opens a pool; connections are made as they are needed.
    ///
    /// # Errors
    /// When the first connection can't be made.
    pub fn open(settings: &DbSettings) -> Result<Self, StoreError> {
        let pool = r2d2::Pool::builder()
            .max_size(settings.connections)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(Duration::from_secs(5))
            .error_handler(Box::new(LogErrors))
            .build(Sessions { url: settings.url.clone() })
            .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        let connections = settings.connections as usize;
        Ok(Self {
            pool,
            permits: Arc::new(Semaphore::new(connections)),
            bulk: Arc::new(Semaphore::new((connections / 4).max(1))),
        })
    }

    /// Runs reads, each statement in its own transaction.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when no connection is free in time, or what the statements fail with.
    pub async fn read<T: Send + 'static>(
        &self,
        scope: Scope,
        work: impl FnOnce(&mut PgConnection) -> Result<T, DieselError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.on_session(Lane::Ordinary, move |session| {
            session.enter(scope).and_then(|()| work(&mut session.connection)).map_err(|error| {
                session.broken |= breaks_connection(&error);
                store_error(error)
            })
        })
        .await
    }

    /// Runs one statement that changes something and commits by itself: what may be done twice, should its answer be lost.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn autocommit<T: Send + 'static>(
        &self,
        scope: Scope,
        work: impl FnOnce(&mut PgConnection) -> Result<T, DieselError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read(scope, work).await
    }

    /// Runs a transaction, repeated if a deadlock or a serialization failure ends it.
    ///
    /// `Ok` of the work commits, `Err` rolls back.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when no connection is free in time, [`StoreError::OutcomeUnknown`] when the
    /// connection breaks while it commits, or what the work fails with.
    pub async fn write<T, E>(
        &self,
        scope: Scope,
        lane: Lane,
        mut work: impl FnMut(&mut PgConnection) -> Result<T, WriteError<E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.on_session(lane, move |session| session.transaction(scope, lane, &mut work)).await
    }

    /// Whether PostgreSQL answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it doesn't.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(Scope::Auth, |connection| diesel::sql_query("SELECT 1").execute(connection).map(drop)).await
    }

    async fn on_session<T, E>(
        &self,
        lane: Lane,
        work: impl FnOnce(&mut Session) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let permits = self.permits(lane).await?;
        let pool = self.pool.clone();
        let span = tracing::Span::current();
        #[expect(clippy::disallowed_methods, reason = "this is the one door to blocking on PostgreSQL")]
        let done = tokio::task::spawn_blocking(move || {
            let _permits = permits;
            let _entered = span.entered();
            let mut session = pool.get().map_err(|error| StoreError::Unavailable(Box::new(error)))?;
            work(&mut session)
        });
        done.await.unwrap_or_else(|error| Err(StoreError::Internal(Box::new(error)).into()))
    }

    /// The permits for one connection, and for one piece of bulk work.
    async fn permits(&self, lane: Lane) -> Result<Vec<OwnedSemaphorePermit>, StoreError> {
        let mut permits = Vec::with_capacity(2);
        if lane == Lane::Bulk {
            permits.push(acquire(&self.bulk, BULK_ACQUIRE_TIMEOUT).await?);
            permits.push(acquire(&self.permits, BULK_ACQUIRE_TIMEOUT).await?);
        } else {
            permits.push(acquire(&self.permits, ACQUIRE_TIMEOUT).await?);
        }
        Ok(permits)
    }
}

/// A list's window as the port returns it, of its rows and the total.
pub(crate) fn listing<R: TryInto<T, Error = StoreError>, T>(
    (rows, total): (Vec<R>, i64),
) -> Result<Listing<T>, StoreError> {
    let items = rows.into_iter().map(R::try_into).collect::<Result<_, _>>()?;
    Ok(Listing { items, total: total.unsigned_abs() })
}

async fn acquire(semaphore: &Arc<Semaphore>, timeout: Duration) -> Result<OwnedSemaphorePermit, StoreError> {
    let permit = tokio::time::timeout(timeout, semaphore.clone().acquire_owned()).await;
    let permit = permit.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
    permit.map_err(|error| StoreError::Unavailable(Box::new(error)))
}

/// A connection, and the scope its session has outside of transactions.
struct Session {
    connection: PgConnection,
    scope: Option<Scope>,
    broken: bool,
}

impl Session {
    /// Sets the scope of the following statements, unless the session has it already.
    fn enter(&mut self, scope: Scope) -> Result<(), DieselError> {
        if self.scope != Some(scope) {
            self.scope = None;
            self.connection.batch_execute(&scope.settings(false))?;
            self.scope = Some(scope);
        }
        Ok(())
    }

    fn transaction<T, E: From<StoreError>>(
        &mut self,
        scope: Scope,
        lane: Lane,
        work: &mut dyn FnMut(&mut PgConnection) -> Result<T, WriteError<E>>,
    ) -> Result<T, E> {
        let mut attempt = 1;
        loop {
            match self.attempt(scope, lane, work) {
                Err(WriteError::Statement(error)) if attempt < ATTEMPTS && is_worth_repeating(&error) => {
                    tracing::debug!(attempt, %error, "transaction repeated");
                    attempt += 1;
                }
                done => return done.map_err(WriteError::into_port_error),
            }
        }
    }

    fn attempt<T, E: From<StoreError>>(
        &mut self,
        scope: Scope,
        lane: Lane,
        work: &mut dyn FnMut(&mut PgConnection) -> Result<T, WriteError<E>>,
    ) -> Result<T, WriteError<E>> {
        let begin = begin(scope, lane);
        if let Err(error) = AnsiTransactionManager::begin_transaction_sql(&mut self.connection, &begin) {
            self.roll_back();
            self.broken |= breaks_connection(&error);
            return Err(error.into());
        }
        match work(&mut self.connection) {
            Ok(done) => self.commit().map(|()| done),
            Err(failure) => {
                self.roll_back();
                if let WriteError::Statement(error) = &failure {
                    self.broken |= breaks_connection(error);
                }
                Err(failure)
            }
        }
    }

    fn commit<E: From<StoreError>>(&mut self) -> Result<(), WriteError<E>> {
        AnsiTransactionManager::commit_transaction(&mut self.connection).map_err(|error| {
            self.broken |= breaks_connection(&error);
            if breaks_connection(&error) {
                WriteError::store(StoreError::OutcomeUnknown(Box::new(error)))
            } else {
                WriteError::Statement(error)
            }
        })
    }

    /// A session that can't roll back is discarded.
    fn roll_back(&mut self) {
        if AnsiTransactionManager::rollback_transaction(&mut self.connection).is_err() {
            self.broken = true;
        }
    }
}

/// One message that begins the transaction with role, team and time limits. Every value is typed; none is text from
/// outside.
fn begin(scope: Scope, lane: Lane) -> String {
    let limits = match lane {
        Lane::Ordinary => "",
        Lane::Bulk => {
            "; SET LOCAL statement_timeout = '10min'; SET LOCAL lock_timeout = '60s'; SET LOCAL work_mem = '64MB'"
        }
    };
    format!("BEGIN; {}{limits}", scope.settings(true))
}

/// Makes and judges connections for the pool.
struct Sessions {
    url: String,
}

impl r2d2::ManageConnection for Sessions {
    type Connection = Session;
    type Error = ConnectionError;

    fn connect(&self) -> Result<Session, ConnectionError> {
        let mut connection = PgConnection::establish(&self.url)?;
        connection
            .batch_execute(
                "SET application_name = 'throughline'; SET timezone = 'UTC'; SET statement_timeout = '30s'; \
                 SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'",
            )
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(Session { connection, scope: None, broken: false })
    }

    fn is_valid(&self, session: &mut Session) -> Result<(), ConnectionError> {
        session.connection.batch_execute("").map_err(ConnectionError::CouldntSetupConfiguration)
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        session.broken || std::thread::panicking()
    }
}

#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<ConnectionError> for LogErrors {
    fn handle_error(&self, error: ConnectionError) {
        tracing::warn!(%error, "PostgreSQL did not take a connection");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Id;

    #[test]
    fn a_transaction_begins_with_its_role_and_team_in_one_message() {
        let team = Id::new("0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11".parse().unwrap());
        assert_eq!(
            begin(Scope::Team(team), Lane::Ordinary),
            "BEGIN; SELECT set_config('role', 'throughline_team', true), \
             set_config('app.team_id', '0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11', true)"
        );
        assert!(begin(Scope::System, Lane::Bulk).contains("set_config('app.team_id', '', true)"));
    }
}
