//! The table `api_keys`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use identity::api_key::{ApiKey, KeyName, Networks, PreviousSecret};
use kernel::error::StoreError;
use kernel::id::{ApiKeyId, Id, TeamId};
use uuid::Uuid;

use crate::schema::api_keys;
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = api_keys, check_for_backend(Pg))]
pub(in crate::identity) struct ApiKeyRow {
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

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn of(team: TeamId, id: ApiKeyId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    api_keys::table.filter(api_keys::team_id.eq(team)).filter(api_keys::id.eq(id))
}

pub(super) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: ApiKeyId,
) -> Result<Option<ApiKey>, WriteError<E>> {
    let row = of(team, id).select(ApiKeyRow::as_select()).for_update().first(connection).optional()?;
    row.map(ApiKey::try_from).transpose().map_err(WriteError::store)
}

pub(in crate::identity) fn insert(connection: &mut PgConnection, key: &ApiKey) -> QueryResult<()> {
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

/// Stores what a rotation or a revocation changes.
pub(super) fn update(connection: &mut PgConnection, key: &ApiKey) -> QueryResult<()> {
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
