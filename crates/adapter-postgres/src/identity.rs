//! Teams, users and API keys.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bytea, Nullable, Text, Timestamptz};
use diesel::{QueryableByName, sql_query};
use identity::ApiKey;
use identity::ports::{ApiKeys, FoundError, Foundation, Teams};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{ApiKeyId, Id, TeamId};
use kernel::write::{WriteContext, Written};
use serde_json::json;
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::failure::{Failure, constraint};
use crate::schema::{api_keys, teams, users};

/// Teams in PostgreSQL.
pub struct PgTeams {
    db: Db,
}

impl PgTeams {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Teams for PgTeams {
    async fn found(
        &self,
        context: WriteContext<Foundation>,
        foundation: Foundation,
    ) -> Result<Written<Foundation>, FoundError> {
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, &foundation).map_err(refusal)?;
                let entry = AuditEntry {
                    action: "team.founded",
                    subject_kind: "team",
                    subject: foundation.team.id.uuid(),
                    before: None,
                    after: Some(snapshot(&foundation)),
                };
                Ok(Change::audited(foundation.clone(), entry))
            })
            .await
    }

    async fn named(&self, name_key: &str) -> Result<Option<TeamId>, StoreError> {
        let name_key = name_key.to_owned();
        let found = self.db.read(Scope::Auth, move |connection| {
            let query = diesel::select(auth_team_named(name_key));
            query.get_result::<Option<Uuid>>(connection)
        });
        Ok(found.await?.map(Id::new))
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// The team of that folded name, whichever it is.
    fn auth_team_named(wanted_key: Text) -> Nullable<diesel::sql_types::Uuid>;
}

fn insert(connection: &mut PgConnection, foundation: &Foundation) -> QueryResult<()> {
    let Foundation { team, admin, key, key_prefix } = foundation;
    diesel::insert_into(teams::table)
        .values((
            teams::id.eq(team.id.uuid()),
            teams::name.eq(team.name.as_str()),
            teams::name_key.eq(team.name.key()),
            teams::time_zone.eq(team.time_zone.name()),
            teams::created_at.eq(team.created_at),
        ))
        .execute(connection)?;
    diesel::insert_into(users::table)
        .values((
            users::team_id.eq(team.id.uuid()),
            users::id.eq(admin.id.uuid()),
            users::email.eq(admin.email.as_str()),
            users::email_key.eq(admin.email.key()),
            users::password_hash.eq(admin.password.as_str()),
            users::roles.eq(admin.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>()),
            users::created_at.eq(team.created_at),
        ))
        .execute(connection)?;
    diesel::insert_into(api_keys::table)
        .values((
            api_keys::team_id.eq(team.id.uuid()),
            api_keys::id.eq(key.id.uuid()),
            api_keys::name.eq("bootstrap"),
            api_keys::prefix.eq(key_prefix),
            api_keys::secret_hash.eq(&key.secret_hash[..]),
            api_keys::permission.eq(key.permission.as_str()),
            api_keys::scopes.eq(key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>()),
            api_keys::created_at.eq(team.created_at),
            api_keys::expires_at.eq(key.expires_at),
            api_keys::revoked_at.eq(key.revoked_at),
        ))
        .execute(connection)
        .map(drop)
}

fn refusal(error: diesel::result::Error) -> Failure<FoundError> {
    match constraint(&error) {
        Some("teams_name_key_key") => Failure::Port(FoundError::NameTaken),
        Some("users_email_key_key") => Failure::Port(FoundError::EmailTaken),
        _ => error.into(),
    }
}

fn snapshot(foundation: &Foundation) -> String {
    json!({
        "name": foundation.team.name.as_str(),
        "timeZone": foundation.team.time_zone.name(),
        "admin": foundation.admin.email.as_str(),
        "apiKey": foundation.key_prefix,
    })
    .to_string()
}

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

#[derive(QueryableByName)]
struct ApiKeyRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    team_id: Uuid,
    #[diesel(sql_type = Bytea)]
    secret_hash: Vec<u8>,
    #[diesel(sql_type = Text)]
    permission: String,
    #[diesel(sql_type = Array<Text>)]
    scopes: Vec<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    revoked_at: Option<DateTime<Utc>>,
}

impl ApiKeyRow {
    fn key(self, id: ApiKeyId) -> Result<ApiKey, StoreError> {
        let internal = |error: &str| StoreError::Internal(format!("API key {id}: {error}").into());
        Ok(ApiKey {
            id,
            team: Id::new(self.team_id),
            secret_hash: self.secret_hash.try_into().map_err(|_| internal("hash of a wrong length"))?,
            permission: self.permission.parse().map_err(|_| internal("unknown permission"))?,
            // a scope that a newer version gave is one this version doesn't know, and doesn't grant
            scopes: self.scopes.iter().filter_map(|scope| scope.parse().ok()).collect(),
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
        })
    }
}

#[async_trait]
impl ApiKeys for PgApiKeys {
    async fn find(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let row = self.db.read(Scope::Auth, move |connection| {
            sql_query("SELECT * FROM auth_api_key($1)")
                .bind::<diesel::sql_types::Uuid, _>(id.uuid())
                .get_result::<ApiKeyRow>(connection)
                .optional()
        });
        row.await?.map(|row| row.key(id)).transpose()
    }
}
