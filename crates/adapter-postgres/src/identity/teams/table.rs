//! The table `teams`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use identity::team::{Shift, ShiftCalendar, Team, TeamName, TeamSettings};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::money::Rate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::schema::{JsonText, teams};
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = teams, check_for_backend(Pg))]
pub(super) struct TeamRow {
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
                shifts: shifts(row.shift_calendar)?,
                four_eyes_payment: row.four_eyes_payment,
                skill_check: row.skill_check.parse().map_err(unreadable)?,
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[derive(Deserialize)]
struct StoredShift {
    name: String,
    days: Vec<String>,
    start: String,
    end: String,
}

fn shifts(stored: Value) -> Result<ShiftCalendar, StoreError> {
    let stored: Vec<StoredShift> = serde_json::from_value(stored).map_err(unreadable)?;
    let shifts =
        stored.iter().map(|shift| Shift::try_new(&shift.name, &shift.days, &shift.start, &shift.end));
    shifts.collect::<Result<_, _>>().and_then(ShiftCalendar::try_new).map_err(unreadable)
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn of(team: TeamId) -> _ {
    let team: Uuid = team.uuid();
    teams::table.filter(teams::id.eq(team))
}

/// Locks the team but for its row's key, which an import holds as long as it runs.
pub(super) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
) -> Result<Team, WriteError<E>> {
    let row = of(team).select(TeamRow::as_select()).for_no_key_update().first(connection)?;
    Team::try_from(row).map_err(WriteError::store)
}

fn calendar(team: &Team) -> String {
    Value::Array(team.settings.shifts.shifts().iter().map(Shift::to_json).collect()).to_string()
}

pub(super) fn insert(connection: &mut PgConnection, team: &Team) -> QueryResult<()> {
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

pub(super) fn update(connection: &mut PgConnection, team: &Team) -> QueryResult<()> {
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
