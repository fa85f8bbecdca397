//! API keys.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use identity::api_key::{ApiKey, ApiKeyText, KeyName, Networks, PreviousSecret};
use identity::ports::{ApiKeys, KeyStoreError};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{ApiKeyId, Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::api_keys;
use crate::write_error::{WriteError, unreadable};

/// API keys in PostgreSQL.
pub struct PgApiKeys {
    db: Db,
}

impl PgApiKeys {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = api_keys, check_for_backend(Pg))]
pub(super) struct ApiKeyRow {
    team_id: Uuid,
    id: Uuid,
    name: String,
    prefix: String,
    secret_hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    previous_until: Option<DateTime<Utc>>,
    permission: String,
    scopes: Vec<String>,
    allowed_networks: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: ApiKeyRow) -> Result<Self, StoreError> {
        let hash = |bytes: Vec<u8>| {
            bytes.try_into().map_err(|_| StoreError::Internal("an API key's hash has a wrong length".into()))
        };
        let previous = match (row.previous_hash, row.previous_until) {
            (Some(bytes), Some(until)) => Some(PreviousSecret { hash: hash(bytes)?, until }),
            _ => None,
        };
        Ok(Self {
            id: Id::new(row.id),
            team: Id::new(row.team_id),
            name: KeyName::try_new(&row.name).map_err(unreadable)?,
            prefix: row.prefix,
            secret_hash: hash(row.secret_hash)?,
            previous,
            permission: row.permission.parse().map_err(unreadable)?,
            // a scope that a newer version gave is one this version doesn't know, and doesn't grant
            scopes: row.scopes.iter().filter_map(|scope| scope.parse().ok()).collect(),
            allowed: Networks::parse(&row.allowed_networks).map_err(unreadable)?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
        })
    }
}

#[async_trait]
impl ApiKeys for PgApiKeys {
    async fn create(
        &self,
        context: WriteContext<ApiKey>,
        key: ApiKey,
    ) -> Result<Written<ApiKey>, StoreError> {
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, &key)?;
                let entry = entry("api_key.created", None, &key);
                Ok(Change::audited(key.clone(), entry))
            })
            .await
    }

    async fn rotate(
        &self,
        context: WriteContext<ApiKey>,
        secret: ApiKeyText,
        overlap: TimeDelta,
    ) -> Result<Written<ApiKey>, KeyStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = locked(connection, team, secret.id())?;
                let after =
                    before.rotate(&secret, overlap, at).ok_or(WriteError::Port(KeyStoreError::Ended))?;
                update(connection, &after)?;
                let entry = entry("api_key.rotated", Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn revoke(
        &self,
        context: WriteContext<ApiKey>,
        id: ApiKeyId,
    ) -> Result<Written<ApiKey>, KeyStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = locked(connection, team, id)?;
                let Some(after) = before.revoke(at) else { return Ok(Change::nothing(before)) };
                update(connection, &after)?;
                let entry = entry("api_key.revoked", Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn find(&self, team: TeamId, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(ApiKeyRow::as_select()).first(connection).optional()
        });
        row.await?.map(ApiKey::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        live_at: Option<DateTime<Utc>>,
        window: Window,
    ) -> Result<Listing<ApiKey>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, live_at)
                    .order((api_keys::created_at.desc(), api_keys::id.desc()))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(ApiKeyRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, live_at).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(ApiKey::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: ApiKeyId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    api_keys::table.filter(api_keys::team_id.eq(team)).filter(api_keys::id.eq(id))
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

fn locked(
    connection: &mut PgConnection,
    team: TeamId,
    id: ApiKeyId,
) -> Result<ApiKey, WriteError<KeyStoreError>> {
    let row = of(team, id).select(ApiKeyRow::as_select()).for_update().first(connection).optional()?;
    let row = row.ok_or(WriteError::Port(KeyStoreError::NotFound))?;
    ApiKey::try_from(row).map_err(WriteError::store)
}

pub(super) fn insert(connection: &mut PgConnection, key: &ApiKey) -> QueryResult<()> {
    diesel::insert_into(api_keys::table)
        .values((
            api_keys::team_id.eq(key.team.uuid()),
            api_keys::id.eq(key.id.uuid()),
            api_keys::name.eq(key.name.as_str()),
            api_keys::prefix.eq(&key.prefix),
            api_keys::secret_hash.eq(&key.secret_hash[..]),
            api_keys::permission.eq(key.permission.as_str()),
            api_keys::scopes.eq(key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>()),
            api_keys::allowed_networks.eq(key.allowed.texts()),
            api_keys::created_at.eq(key.created_at),
            api_keys::expires_at.eq(key.expires_at),
        ))
        .execute(connection)
        .map(drop)
}

/// What a rotation or a revocation changes.
fn update(connection: &mut PgConnection, key: &ApiKey) -> QueryResult<()> {
    let previous = key.previous.as_ref();
    diesel::update(of(key.team, key.id))
        .set((
            api_keys::secret_hash.eq(&key.secret_hash[..]),
            api_keys::previous_hash.eq(previous.map(|previous| &previous.hash[..])),
            api_keys::previous_until.eq(previous.map(|previous| previous.until)),
            api_keys::revoked_at.eq(key.revoked_at),
        ))
        .execute(connection)
        .map(drop)
}

fn entry(action: &'static str, before: Option<&ApiKey>, after: &ApiKey) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject_kind: "api_key",
        subject: after.id.uuid(),
        before: before.map(ApiKey::snapshot),
        after: Some(after.snapshot()),
    }
}
