use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoicing::accounting::{AccountingConnection, AuditedConnection, ConnectionError, StoredConnection};
use invoicing::ports::Connections;
use kernel::audit::AuditEntry;
use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};
use secrets::sealing::SealingKeys;

use super::sealing::{open, seal};
use super::table::{insert, load, lock, update};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::write_error::WriteError;

/// The accounting connections of teams in PostgreSQL, with their keys sealed.
pub struct PgConnections {
    db: Db,
    keys: Arc<SealingKeys>,
    ids: Arc<dyn IdSource>,
}

impl PgConnections {
    /// Creates a store on `db`; `keys` seal the accounting keys, with nonces from `ids`.
    pub fn new(db: Db, keys: Arc<SealingKeys>, ids: Arc<dyn IdSource>) -> Self {
        Self { db, keys, ids }
    }
}

#[async_trait]
impl Connections for PgConnections {
    #[tracing::instrument(name = "Connections::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId) -> Result<Option<StoredConnection>, ConnectionError> {
        let row = self.db.read(Scope::Team(team), move |connection| load(connection, team));
        row.await?.map(|row| row.open(&self.keys)).transpose()
    }

    #[tracing::instrument(name = "Connections::set", level = "debug", skip_all)]
    async fn set(
        &self,
        context: WriteContext<StoredConnection>,
        ours: AccountingConnection,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Written<StoredConnection>, ConnectionError> {
        let at = context.at;
        let (secrets, keys) = (seal(&self.keys, &*self.ids, ours.team, &ours.keys)?, self.keys.clone());
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let overtaken = || WriteError::Port(ConnectionError::Overtaken);
                let Some(seen) = seen else {
                    if !insert(connection, &ours, &secrets, at)? {
                        return Err(overtaken());
                    }
                    let stored =
                        StoredConnection { connection: ours.clone(), created_at: at, updated_at: at };
                    return Ok(Change::audited(stored, audit(None, &ours, true)));
                };
                let row = lock(connection, ours.team)?.filter(|row| row.updated_at == seen);
                let row = row.ok_or_else(overtaken)?;
                // keys that don't open are replaced like any others
                let keys_changed = open(&keys, ours.team, &row.secrets).ok().as_ref() != Some(&ours.keys);
                let before = row.with_keys(ours.keys.clone()).map_err(WriteError::store)?;
                update(connection, &ours, &secrets, at)?;
                let entry = audit(Some(&before.connection), &ours, keys_changed);
                let stored = StoredConnection { connection: ours.clone(), updated_at: at, ..before };
                Ok(Change::audited(stored, entry))
            })
            .await
    }
}

fn audit(
    before: Option<&AccountingConnection>,
    after: &AccountingConnection,
    keys_changed: bool,
) -> AuditEntry {
    let before = before.map(|connection| AuditedConnection { connection, keys_changed: None });
    let after = AuditedConnection { connection: after, keys_changed: Some(keys_changed) };
    AuditEntry::of("set", before.as_ref(), Some(&after))
}
