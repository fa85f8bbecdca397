//! Callers, looked up by what they present: the functions see every team, the role they run for sees no table.

use std::collections::BTreeSet;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text};
use diesel::{QueryableByName, sql_query};
use identity::ApiKey;
use identity::ports::CallerLookups;
use identity::session::SessionId;
use kernel::access::{Actor, Identity, Role};
use kernel::error::StoreError;
use kernel::id::{ApiKeyId, Id};
use uuid::Uuid;

use super::api_keys::table::ApiKeyRow;
use crate::db::{Db, Scope};
use crate::write_error::unreadable;

/// Callers in PostgreSQL.
pub struct PgCallers {
    db: Db,
}

impl PgCallers {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(QueryableByName)]
struct SessionRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    team_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    user_id: Uuid,
    #[diesel(sql_type = Array<Text>)]
    roles: Vec<String>,
    #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
    vendor_id: Option<Uuid>,
}

#[async_trait]
impl CallerLookups for PgCallers {
    #[tracing::instrument(name = "CallerLookups::key", level = "debug", skip_all)]
    async fn key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let row = self.db.read(Scope::Auth, move |connection| {
            sql_query("SELECT * FROM auth_api_key($1)")
                .bind::<diesel::sql_types::Uuid, _>(id.uuid())
                .get_result::<ApiKeyRow>(connection)
                .optional()
        });
        row.await?.map(ApiKey::try_from).transpose()
    }

    #[tracing::instrument(name = "CallerLookups::session", level = "debug", skip_all)]
    async fn session(&self, id: SessionId) -> Result<Option<Actor>, StoreError> {
        let row = self.db.read(Scope::Auth, move |connection| {
            sql_query("SELECT * FROM auth_session($1)")
                .bind::<diesel::sql_types::Uuid, _>(id.uuid())
                .get_result::<SessionRow>(connection)
                .optional()
        });
        let Some(row) = row.await? else { return Ok(None) };
        let roles = row.roles.iter().map(|role| role.parse());
        let roles = roles.collect::<Result<BTreeSet<Role>, _>>().map_err(unreadable)?;
        let vendor = row.vendor_id.map(Id::new);
        let identity = Identity::User { id: Id::new(row.user_id), roles, vendor };
        Ok(Some(Actor { team: Id::new(row.team_id), identity }))
    }
}
