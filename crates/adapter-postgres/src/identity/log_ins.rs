//! Log-ins: accounts by e-mail, and the count of wrong passwords.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Bytea, Text, Timestamptz};
use diesel::{QueryableByName, sql_query};
use identity::ports::{Account, Attempt, LogIns};
use identity::user::{Email, PasswordHash, User};
use kernel::error::StoreError;
use kernel::id::Id;
use uuid::Uuid;

use super::users::table::UserRow;
use crate::db::{Db, Lane, Scope};
use crate::schema::users;
use crate::write_error::WriteError;

/// Log-ins in PostgreSQL.
pub struct PgLogIns {
    db: Db,
}

impl PgLogIns {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(QueryableByName)]
#[diesel(table_name = users)]
struct AccountRow {
    team_id: Uuid,
    id: Uuid,
    email: String,
    password_hash: String,
    roles: Vec<String>,
    vendor_id: Option<Uuid>,
    is_active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        let user = UserRow {
            id: row.id,
            email: row.email,
            roles: row.roles,
            vendor_id: row.vendor_id,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        let password = PasswordHash::from_stored(row.password_hash);
        Ok(Self { team: Id::new(row.team_id), user: User::try_from(user)?, password })
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Until when attempts are refused, at that moment.
    fn auth_log_in_locked_until(wanted: Bytea, moment: Timestamptz) -> Nullable<Timestamptz>;
    /// Counts an attempt, unless a lock refuses it: then until when.
    fn auth_log_in_settle(wanted: Bytea, was_right: Bool, moment: Timestamptz) -> Nullable<Timestamptz>;
}

#[async_trait]
impl LogIns for PgLogIns {
    #[tracing::instrument(name = "LogIns::account", level = "debug", skip_all)]
    async fn account(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let key = email.key();
        let row = self.db.read(Scope::Auth, move |connection| {
            sql_query("SELECT * FROM auth_account($1)")
                .bind::<Text, _>(key)
                .get_result::<AccountRow>(connection)
                .optional()
        });
        row.await?.map(Account::try_from).transpose()
    }

    #[tracing::instrument(name = "LogIns::locked_until", level = "debug", skip_all)]
    async fn locked_until(
        &self,
        attempt: &Attempt,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let attempt = attempt.fingerprint();
        self.db
            .read(Scope::Auth, move |connection| {
                diesel::select(auth_log_in_locked_until(&attempt[..], now)).get_result(connection)
            })
            .await
    }

    #[tracing::instrument(name = "LogIns::settle", level = "debug", skip_all)]
    async fn settle(
        &self,
        attempt: &Attempt,
        right: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let attempt = attempt.fingerprint();
        self.db
            .write(Scope::Auth, Lane::Ordinary, move |connection| {
                let settled = diesel::select(auth_log_in_settle(&attempt[..], right, now));
                settled.get_result(connection).map_err(WriteError::from)
            })
            .await
    }
}
