//! The accounting connection of each team, its keys sealed for that team alone.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use invoicing::accounting::{
    AccountingConnection, AccountingKey, CompanyId, ConnectionFault, Keys, PaymentTerm,
};
use invoicing::ports::{ConnectionStoreError, Connections, SealedConnection, StoredConnection};
use kernel::audit::AuditEntry;
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::write::{WriteContext, Written};
use secrets::sealing::{SealFault, SealingKeys};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::accounting_connections as connections;
use crate::write_error::{WriteError, unreadable};

/// The accounting connections of teams, in PostgreSQL.
pub struct PgConnections {
    db: Db,
    keys: Arc<SealingKeys>,
    ids: Arc<dyn IdSource>,
}

impl PgConnections {
    /// Stands on a pool; `keys` seal what opens the accounting systems, with what `ids` gives that nobody can guess.
    pub fn new(db: Db, keys: Arc<SealingKeys>, ids: Arc<dyn IdSource>) -> Self {
        Self { db, keys, ids }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = connections, check_for_backend(Pg))]
struct ConnectionRow {
    team_id: Uuid,
    company: String,
    secrets: Vec<u8>,
    time_zone: String,
    payment_method: String,
    payment_term_days: i16,
    prices: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl ConnectionRow {
    fn opened(self, keys: &SealingKeys) -> Result<StoredConnection, ConnectionStoreError> {
        match open(keys, Id::new(self.team_id), &self.secrets) {
            Ok(keys) => Ok(self.with(keys)?),
            Err(cause) => {
                tracing::error!(%cause, "no invoice is made for a team");
                Err(ConnectionStoreError::Sealed(Box::new(self.sealed()?)))
            }
        }
    }

    /// All of it but the keys.
    fn sealed(&self) -> Result<SealedConnection, StoreError> {
        Ok(SealedConnection {
            company: CompanyId::try_new(&self.company).map_err(unreadable)?,
            zone: self.time_zone.parse().map_err(unreadable)?,
            payment_method: self.payment_method.parse().map_err(unreadable)?,
            payment_term: PaymentTerm::try_new(self.payment_term_days.into()).map_err(unreadable)?,
            prices: self.prices.parse().map_err(unreadable)?,
            updated_at: self.updated_at,
        })
    }

    /// The connection, if these are its keys.
    fn with(self, keys: Keys) -> Result<StoredConnection, StoreError> {
        let SealedConnection { company, zone, payment_method, payment_term, prices, updated_at } =
            self.sealed()?;
        let team = Id::new(self.team_id);
        let connection =
            AccountingConnection { team, company, keys, zone, payment_method, payment_term, prices };
        Ok(StoredConnection { connection, created_at: self.created_at, updated_at })
    }
}

/// The text that is sealed.
#[derive(Serialize, Deserialize)]
struct KeyTexts {
    access: String,
    secret: String,
    app: String,
}

/// Keys that can't be had back.
#[derive(Debug, thiserror::Error)]
enum Unopened {
    #[error(
        "the accounting keys of team {team} do not open; if the encryption key is a new one, \
         configure the old one beside it: ENCRYPTION_KEY=NEW,OLD"
    )]
    Sealed { team: TeamId, source: SealFault },
    #[error("what was sealed for team {0} are no accounting keys")]
    Other(TeamId),
}

/// What the keys are sealed for: another team's row does not open with them.
fn purpose(team: TeamId) -> String {
    format!("accounting_connection {team}")
}

fn open(sealing: &SealingKeys, team: TeamId, secrets: &[u8]) -> Result<Keys, Unopened> {
    let text = sealing.open(purpose(team).as_bytes(), secrets);
    let text = text.map_err(|source| Unopened::Sealed { team, source })?;
    // neither fault is told as it is: it might quote what it read
    let texts: KeyTexts = serde_json::from_slice(&text).map_err(|_| Unopened::Other(team))?;
    keys(&texts).map_err(|_| Unopened::Other(team))
}

fn keys(texts: &KeyTexts) -> Result<Keys, ConnectionFault> {
    let KeyTexts { access, secret, app } = texts;
    Ok(Keys {
        access: AccountingKey::try_new(access)?,
        secret: AccountingKey::try_new(secret)?,
        app: AccountingKey::try_new(app)?,
    })
}

impl PgConnections {
    fn sealed(&self, connection: &AccountingConnection) -> Result<Vec<u8>, StoreError> {
        let Keys { access, secret, app } = &connection.keys;
        let [access, secret, app] = [access, secret, app].map(|key| key.expose().to_owned());
        let text = serde_json::to_vec(&KeyTexts { access, secret, app }).map_err(unreadable)?;
        let purpose = purpose(connection.team);
        self.keys.seal(purpose.as_bytes(), &*self.ids, &text).map_err(unreadable)
    }
}

#[async_trait]
impl Connections for PgConnections {
    async fn find(&self, team: TeamId) -> Result<Option<StoredConnection>, ConnectionStoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team).select(ConnectionRow::as_select()).first(connection).optional()
        });
        row.await?.map(|row| row.opened(&self.keys)).transpose()
    }

    async fn set(
        &self,
        context: WriteContext<StoredConnection>,
        ours: AccountingConnection,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Written<StoredConnection>, ConnectionStoreError> {
        let (at, team) = (context.at, ours.team);
        let (secrets, keys) = (self.sealed(&ours)?, self.keys.clone());
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let columns = Columns::of(&ours, &secrets, at);
                let overtaken = || WriteError::Port(ConnectionStoreError::Overtaken);
                let Some(seen) = seen else {
                    if insert(connection, team, &columns, at)? == 0 {
                        return Err(overtaken());
                    }
                    let kept = StoredConnection { connection: ours.clone(), created_at: at, updated_at: at };
                    return Ok(Change::audited(kept, audited(None, &ours, true)));
                };
                let row = locked(connection, team)?.filter(|row| row.updated_at == seen);
                let row = row.ok_or_else(overtaken)?;
                // keys that don't open are replaced like any others
                let changed = open(&keys, team, &row.secrets).ok().as_ref() != Some(&ours.keys);
                let before = row.with(ours.keys.clone()).map_err(WriteError::store)?;
                diesel::update(of(team)).set(&columns).execute(connection)?;
                let audit = audited(Some(&before.connection), &ours, changed);
                let kept = StoredConnection { connection: ours.clone(), updated_at: at, ..before };
                Ok(Change::audited(kept, audit))
            })
            .await
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId) -> _ {
    let team: Uuid = team.uuid();
    connections::table.filter(connections::team_id.eq(team))
}

fn locked(connection: &mut PgConnection, team: TeamId) -> QueryResult<Option<ConnectionRow>> {
    of(team).select(ConnectionRow::as_select()).for_no_key_update().first(connection).optional()
}

/// Everything that is set anew.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = connections)]
struct Columns<'a> {
    company: &'a str,
    secrets: &'a [u8],
    time_zone: &'a str,
    payment_method: &'a str,
    payment_term_days: i16,
    prices: &'a str,
    updated_at: DateTime<Utc>,
}

impl<'a> Columns<'a> {
    fn of(connection: &'a AccountingConnection, secrets: &'a [u8], updated_at: DateTime<Utc>) -> Self {
        Self {
            company: connection.company.as_str(),
            secrets,
            time_zone: connection.zone.name(),
            payment_method: connection.payment_method.as_str(),
            payment_term_days: i16::try_from(connection.payment_term.days()).unwrap_or(i16::MAX),
            prices: connection.prices.as_str(),
            updated_at,
        }
    }
}

/// Says how many rows that were: none if the team has a connection.
fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    columns: &Columns<'_>,
    at: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::insert_into(connections::table)
        .values((connections::team_id.eq(team.uuid()), columns, connections::created_at.eq(at)))
        .on_conflict_do_nothing()
        .execute(connection)
}

/// What the audit trail keeps: everything but the keys, of which it says whether they are others.
fn audited(before: Option<&AccountingConnection>, after: &AccountingConnection, changed: bool) -> AuditEntry {
    let mut shown = after.snapshot();
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("keysChanged".to_owned(), json!(changed));
    }
    AuditEntry {
        action: "accounting_connection.set".into(),
        subject_kind: "accounting_connection",
        subject: after.team.uuid(),
        before: before.map(|before| before.snapshot().to_string()),
        after: Some(shown.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_the_log_learns_what_to_do_and_no_key() {
        let team = Id::new(Uuid::nil());
        let error = open(&SealingKeys::new([2; 32], None), team, b"sealed otherwise").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the accounting keys of team {team} do not open; if the encryption key is a new one, \
                 configure the old one beside it: ENCRYPTION_KEY=NEW,OLD"
            )
        );
    }
}
