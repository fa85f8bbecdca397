use async_trait::async_trait;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use identity::ports::{Foundation, Teams};
use identity::team::{Team, TeamChange, TeamError};
use kernel::audit::{AuditEntry, Audited};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::write::{WriteContext, Written};
use serde_json::json;
use uuid::Uuid;

use super::table::{TeamRow, insert, lock, of, update};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::identity::{api_keys, users};
use crate::write_error::{WriteError, constraint};

/// Teams in PostgreSQL.
pub struct PgTeams {
    db: Db,
}

impl PgTeams {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Teams for PgTeams {
    #[tracing::instrument(name = "Teams::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<Foundation>,
        foundation: Foundation,
    ) -> Result<Written<Foundation>, TeamError> {
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert_foundation(connection, &foundation).map_err(blame)?;
                let entry = AuditEntry {
                    action: "team.founded".into(),
                    subject_kind: Team::KIND,
                    subject: foundation.team.id.uuid(),
                    before: None,
                    after: Some(founded(&foundation)),
                };
                Ok(Change::audited(foundation.clone(), entry))
            })
            .await
    }

    #[tracing::instrument(name = "Teams::find_by_name", level = "debug", skip_all)]
    async fn find_by_name(&self, name_key: &str) -> Result<Option<TeamId>, StoreError> {
        let name_key = name_key.to_owned();
        let found = self.db.read(Scope::Auth, move |connection| {
            let query = diesel::select(auth_team_named(name_key));
            query.get_result::<Option<Uuid>>(connection)
        });
        Ok(found.await?.map(Id::new))
    }

    #[tracing::instrument(name = "Teams::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId) -> Result<Option<Team>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team).select(TeamRow::as_select()).first(connection).optional()
        });
        row.await?.map(Team::try_from).transpose()
    }

    #[tracing::instrument(name = "Teams::change", level = "debug", skip_all)]
    async fn change(
        &self,
        context: WriteContext<Team>,
        change: TeamChange,
    ) -> Result<Written<Team>, TeamError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team)?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, &after).map_err(blame)?;
                Ok(Change::changed(&before, after))
            })
            .await
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// The team of that folded name, whichever it is.
    fn auth_team_named(wanted_key: Text) -> Nullable<diesel::sql_types::Uuid>;
}

fn insert_foundation(connection: &mut PgConnection, foundation: &Foundation) -> QueryResult<()> {
    let Foundation { team, admin, password, key } = foundation;
    insert(connection, team)?;
    users::table::insert(connection, team.id, admin, password)?;
    api_keys::table::insert(connection, key)
}

fn blame(error: diesel::result::Error) -> WriteError<TeamError> {
    match constraint(&error) {
        Some("teams_name_key_key") => WriteError::Port(TeamError::NameTaken),
        Some("users_email_key_key") => WriteError::Port(TeamError::EmailTaken),
        _ => error.into(),
    }
}

fn founded(foundation: &Foundation) -> String {
    json!({
        "name": foundation.team.name.as_str(),
        "timeZone": foundation.team.settings.time_zone.name(),
        "admin": foundation.admin.email.as_str(),
        "apiKey": foundation.key.prefix,
    })
    .to_string()
}
