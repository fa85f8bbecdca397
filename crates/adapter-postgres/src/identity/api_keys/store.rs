use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use identity::api_key::{ApiKey, ApiKeyError, ApiKeyText};
use identity::ports::ApiKeys;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{ApiKeyId, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use super::table::{ApiKeyRow, insert, lock, of, update};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::schema::api_keys;
use crate::write_error::WriteError;

/// API keys in PostgreSQL.
pub struct PgApiKeys {
    db: Db,
}

impl PgApiKeys {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl ApiKeys for PgApiKeys {
    #[tracing::instrument(name = "ApiKeys::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<ApiKey>,
        key: ApiKey,
    ) -> Result<Written<ApiKey>, StoreError> {
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, &key)?;
                Ok(Change::created(key.clone()))
            })
            .await
    }

    #[tracing::instrument(name = "ApiKeys::rotate", level = "debug", skip_all)]
    async fn rotate(
        &self,
        context: WriteContext<ApiKey>,
        secret: ApiKeyText,
        overlap: TimeDelta,
    ) -> Result<Written<ApiKey>, ApiKeyError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = found(lock(connection, team, secret.id())?)?;
                let after =
                    before.rotate(&secret, overlap, at).ok_or(WriteError::Port(ApiKeyError::Ended))?;
                update(connection, &after)?;
                let entry = AuditEntry::of("rotated", Some(&before), Some(&after));
                Ok(Change::audited(after, entry))
            })
            .await
    }

    #[tracing::instrument(name = "ApiKeys::revoke", level = "debug", skip_all)]
    async fn revoke(
        &self,
        context: WriteContext<ApiKey>,
        id: ApiKeyId,
    ) -> Result<Written<ApiKey>, ApiKeyError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = found(lock(connection, team, id)?)?;
                let Some(after) = before.revoke(at) else { return Ok(Change::nothing(before)) };
                update(connection, &after)?;
                let entry = AuditEntry::of("revoked", Some(&before), Some(&after));
                Ok(Change::audited(after, entry))
            })
            .await
    }

    #[tracing::instrument(name = "ApiKeys::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(ApiKeyRow::as_select()).first(connection).optional()
        });
        row.await?.map(ApiKey::try_from).transpose()
    }

    #[tracing::instrument(name = "ApiKeys::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        live_at: Option<DateTime<Utc>>,
        window: Window,
    ) -> Result<Listing<ApiKey>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, live_at)
                    .order((api_keys::created_at.desc(), api_keys::id.desc()))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(ApiKeyRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, live_at).count().get_result(connection)?))
            })
            .await
            .and_then(listing)
    }
}

fn filtered(team: TeamId, live_at: Option<DateTime<Utc>>) -> api_keys::BoxedQuery<'static, Pg> {
    let query = api_keys::table.filter(api_keys::team_id.eq(team.uuid())).into_boxed();
    match live_at {
        Some(at) => query
            .filter(api_keys::revoked_at.is_null())
            .filter(api_keys::expires_at.is_null().or(api_keys::expires_at.gt(at))),
        None => query,
    }
}

fn found(key: Option<ApiKey>) -> Result<ApiKey, WriteError<ApiKeyError>> {
    key.ok_or(WriteError::Port(ApiKeyError::NotFound))
}
