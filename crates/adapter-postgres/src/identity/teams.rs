//! Teams.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::Text;
use identity::ports::{FoundError, Foundation, TeamStoreError, Teams};
use identity::team::{Shift, ShiftCalendar, ShiftDraft, Team, TeamChange, TeamName, TeamSettings};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::money::Rate;
use kernel::write::{WriteContext, Written};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{api_keys, users};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::{JsonText, teams};
use crate::write_error::{WriteError, constraint, unreadable};

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

#[derive(Queryable, Selectable)]
#[diesel(table_name = teams, check_for_backend(Pg))]
struct TeamRow {
    id: Uuid,
    name: String,
    time_zone: String,
    currency: String,
    tax_rate: Decimal,
    shift_calendar: Value,
    four_eyes_payment: bool,
    skill_check: String,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<TeamRow> for Team {
    type Error = StoreError;

    fn try_from(row: TeamRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: Id::new(row.id),
            name: TeamName::try_new(&row.name).map_err(unreadable)?,
            settings: TeamSettings {
                time_zone: row.time_zone.parse().map_err(unreadable)?,
                currency: row.currency.parse().map_err(unreadable)?,
                tax_rate: Rate::try_new(row.tax_rate).map_err(unreadable)?,
                shifts: shifts(&row.shift_calendar)?,
                four_eyes_payment: row.four_eyes_payment,
                skill_check: row.skill_check.parse().map_err(unreadable)?,
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn shifts(stored: &Value) -> Result<ShiftCalendar, StoreError> {
    let drafts = stored.as_array().into_iter().flatten().filter_map(ShiftDraft::from_json);
    let shifts = drafts.map(|draft| draft.validate()).collect::<Result<_, _>>();
    shifts.and_then(ShiftCalendar::try_new).map_err(unreadable)
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
                insert_foundation(connection, &foundation).map_err(write_error)?;
                let entry = AuditEntry {
                    action: "team.founded".into(),
                    subject_kind: "team",
                    subject: foundation.team.id.uuid(),
                    before: None,
                    after: Some(founded(&foundation)),
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

    async fn find(&self, team: TeamId) -> Result<Option<Team>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team).select(TeamRow::as_select()).first(connection).optional()
        });
        row.await?.map(Team::try_from).transpose()
    }

    async fn change(
        &self,
        context: WriteContext<Team>,
        change: TeamChange,
    ) -> Result<Written<Team>, TeamStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                // not the row's key, which an import holds as long as it runs
                let row = of(team).select(TeamRow::as_select()).for_no_key_update().first(connection)?;
                let before = Team::try_from(row).map_err(WriteError::store)?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, &after).map_err(renaming)?;
                let entry = AuditEntry {
                    action: "team.changed".into(),
                    subject_kind: "team",
                    subject: team.uuid(),
                    before: Some(before.snapshot()),
                    after: Some(after.snapshot()),
                };
                Ok(Change::audited(after, entry))
            })
            .await
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// The team of that folded name, whichever it is.
    fn auth_team_named(wanted_key: Text) -> Nullable<diesel::sql_types::Uuid>;
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId) -> _ {
    let team: Uuid = team.uuid();
    teams::table.filter(teams::id.eq(team))
}

fn calendar(team: &Team) -> String {
    Value::Array(team.settings.shifts.shifts().iter().map(Shift::to_json).collect()).to_string()
}

fn insert_foundation(connection: &mut PgConnection, foundation: &Foundation) -> QueryResult<()> {
    let Foundation { team, admin, key } = foundation;
    insert(connection, team)?;
    users::insert(connection, team.id, admin)?;
    api_keys::insert(connection, key)
}

fn insert(connection: &mut PgConnection, team: &Team) -> QueryResult<()> {
    let settings = &team.settings;
    diesel::insert_into(teams::table)
        .values((
            teams::id.eq(team.id.uuid()),
            teams::name.eq(team.name.as_str()),
            teams::name_key.eq(team.name.key()),
            teams::time_zone.eq(settings.time_zone.name()),
            teams::currency.eq(settings.currency.code()),
            teams::tax_rate.eq(settings.tax_rate.value()),
            teams::shift_calendar.eq(JsonText(&calendar(team))),
            teams::four_eyes_payment.eq(settings.four_eyes_payment),
            teams::skill_check.eq(settings.skill_check.as_str()),
            teams::version.eq(team.version),
            teams::created_at.eq(team.created_at),
            teams::updated_at.eq(team.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn update(connection: &mut PgConnection, team: &Team) -> QueryResult<()> {
    let settings = &team.settings;
    diesel::update(of(team.id))
        .set((
            teams::name.eq(team.name.as_str()),
            teams::name_key.eq(team.name.key()),
            teams::time_zone.eq(settings.time_zone.name()),
            teams::currency.eq(settings.currency.code()),
            teams::tax_rate.eq(settings.tax_rate.value()),
            teams::shift_calendar.eq(JsonText(&calendar(team))),
            teams::four_eyes_payment.eq(settings.four_eyes_payment),
            teams::skill_check.eq(settings.skill_check.as_str()),
            teams::version.eq(team.version),
            teams::updated_at.eq(team.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn write_error(error: diesel::result::Error) -> WriteError<FoundError> {
    match constraint(&error) {
        Some("teams_name_key_key") => WriteError::Port(FoundError::NameTaken),
        Some("users_email_key_key") => WriteError::Port(FoundError::EmailTaken),
        _ => error.into(),
    }
}

fn renaming(error: diesel::result::Error) -> WriteError<TeamStoreError> {
    match constraint(&error) {
        Some("teams_name_key_key") => WriteError::Port(TeamStoreError::NameTaken),
        _ => error.into(),
    }
}

fn founded(foundation: &Foundation) -> String {
    json!({
        "name": foundation.team.name.as_str(),
        "timeZone": foundation.team.settings.time_zone.name(),
        "admin": foundation.admin.user.email.as_str(),
        "apiKey": foundation.key.prefix,
    })
    .to_string()
}
