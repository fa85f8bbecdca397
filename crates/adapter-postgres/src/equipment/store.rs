use ::equipment::ports::{EquipmentFilter, EquipmentRegister};
use ::equipment::{
    Applied, Equipment, EquipmentError, EquipmentId, RaisedAlarm, Receipt, Sample, StoredSample, Tag,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Nullable, Uuid as SqlUuid};
use kernel::audit::AuditEntry;
use kernel::clock::SystemIds;
use kernel::error::StoreError;
use kernel::events::OutboxMessage;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::period::Period;
use kernel::write::{WriteContext, Written};

use super::history::{add_sample, alarms_of, clear, raise, samples_of};
use super::table::{AlarmRow, EquipmentRow, SampleRow, insert, lock, of, update};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::schema::{equipment, equipment_alarms, equipment_samples};
use crate::write_error::{WriteError, constraint};

/// The register of equipment in PostgreSQL.
pub struct PgEquipment {
    db: Db,
}

impl PgEquipment {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl EquipmentRegister for PgEquipment {
    #[tracing::instrument(name = "EquipmentRegister::report", level = "debug", skip_all)]
    async fn report(
        &self,
        context: WriteContext<Receipt>,
        id: EquipmentId,
        tag: Tag,
        sample: Sample,
    ) -> Result<Written<Receipt>, EquipmentError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let (id, applied) = apply(connection, team, id, &tag, &sample, at)?;
                add_sample(connection, team, id, &sample, at)?;
                let Some(applied) = applied else {
                    return Ok(Change::nothing(Receipt::of(&tag, &sample, &[], at)));
                };
                clear(connection, team, &applied)?;
                raise(connection, team, &applied)?;
                let events = applied.events(&SystemIds, at).map_err(WriteError::internal)?;
                Ok(Change {
                    outcome: Receipt::of(&tag, &sample, &applied.raised, at),
                    events: events.into_iter().map(OutboxMessage::Event).collect(),
                    audit: Vec::from_iter(entry(&applied)),
                })
            })
            .await
    }

    #[tracing::instrument(name = "EquipmentRegister::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, tag: Tag) -> Result<Option<Equipment>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, &tag).select(EquipmentRow::as_select()).first(connection).optional()
        });
        row.await?.map(Equipment::try_from).transpose()
    }

    #[tracing::instrument(name = "EquipmentRegister::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: EquipmentFilter,
        window: Window,
    ) -> Result<Listing<Equipment>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter)
                    .order(equipment::tag)
                    .offset(window.offset().into())
                    .limit(window.limit().into());
                Ok((
                    rows.select(EquipmentRow::as_select()).load(connection)?,
                    filtered(team, filter).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
    }

    #[tracing::instrument(name = "EquipmentRegister::samples", level = "debug", skip_all)]
    async fn samples(
        &self,
        team: TeamId,
        tag: Tag,
        period: Period,
        window: Window,
    ) -> Result<Listing<StoredSample>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = samples_of(team, &tag, period)
                    .order((equipment_samples::taken_at.desc(), equipment_samples::arrival.desc()))
                    .offset(window.offset().into())
                    .limit(window.limit().into());
                Ok((
                    rows.select(SampleRow::as_select()).load(connection)?,
                    samples_of(team, &tag, period).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
    }

    #[tracing::instrument(name = "EquipmentRegister::alarms", level = "debug", skip_all)]
    async fn alarms(
        &self,
        team: TeamId,
        tag: Tag,
        window: Window,
    ) -> Result<Listing<RaisedAlarm>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = alarms_of(team, &tag)
                    .order((
                        equipment_alarms::raised_at.desc(),
                        equipment_alarms::code,
                        equipment_alarms::arrival.desc(),
                    ))
                    .offset(window.offset().into())
                    .limit(window.limit().into());
                Ok((
                    rows.select(AlarmRow::as_select()).load(connection)?,
                    alarms_of(team, &tag).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
    }
}

fn filtered(team: TeamId, filter: EquipmentFilter) -> equipment::BoxedQuery<'static, Pg> {
    let mut query = equipment::table.filter(equipment::team_id.eq(team.uuid())).into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(equipment::status.eq(status.as_str()));
    }
    if let Some(department) = filter.department {
        query = query.filter(equipment::department_id.eq(department.uuid()));
    }
    match filter.alarm {
        Some(true) => query.filter(equipment::has_alarm),
        Some(false) => query.filter(diesel::dsl::not(equipment::has_alarm)),
        None => query,
    }
}

/// Registers or moves the equipment; returns its id, and the effect of the sample if it is newer than the newest.
fn apply(
    connection: &mut PgConnection,
    team: TeamId,
    id: EquipmentId,
    tag: &Tag,
    sample: &Sample,
    at: DateTime<Utc>,
) -> Result<(EquipmentId, Option<Applied>), WriteError<EquipmentError>> {
    let mut known = lock(connection, team, tag)?;
    check_references(connection, team, sample, known.as_ref())?;
    if known.is_none() {
        let registered = Equipment::register(id, tag.clone(), sample, at);
        if insert(connection, team, &registered.after).map_err(blame)? {
            return Ok((id, Some(registered)));
        }
        // another first report was stored meanwhile
        known = lock(connection, team, tag)?;
    }
    let known = known.ok_or_else(|| WriteError::internal("equipment that was just registered is gone"))?;
    let applied = known.report(sample, at);
    if let Some(applied) = &applied {
        update(connection, team, &applied.after).map_err(blame)?;
    }
    Ok((known.id, applied))
}

#[derive(QueryableByName)]
struct Existing {
    #[diesel(sql_type = Bool)]
    department: bool,
    #[diesel(sql_type = Bool)]
    operation: bool,
}

/// Refuses what the team has not; what the equipment referred to before exists and is not looked up.
fn check_references(
    connection: &mut PgConnection,
    team: TeamId,
    sample: &Sample,
    known: Option<&Equipment>,
) -> Result<(), WriteError<EquipmentError>> {
    let same = |known: &Equipment| {
        known.department == sample.department
            && (sample.operation.is_none() || known.operation == sample.operation)
    };
    if known.is_some_and(same) {
        return Ok(());
    }
    let existing: Existing = sql_query(
        "SELECT EXISTS (SELECT FROM departments WHERE team_id = $1 AND id = $2) AS department,
                $3 IS NULL OR EXISTS (SELECT FROM work_order_operations WHERE team_id = $1 AND id = $3) AS operation",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(sample.department.uuid())
    .bind::<Nullable<SqlUuid>, _>(sample.operation.map(Id::uuid))
    .get_result(connection)?;
    if existing.department && existing.operation {
        return Ok(());
    }
    Err(WriteError::Port(EquipmentError::UnknownReferences {
        department: !existing.department,
        operation: !existing.operation,
    }))
}

/// The refusal of an operation that was replaced after it was looked up.
fn blame(error: diesel::result::Error) -> WriteError<EquipmentError> {
    match constraint(&error) {
        Some("equipment_team_id_work_order_operation_id_fkey") => {
            WriteError::Port(EquipmentError::UnknownReferences { department: false, operation: true })
        }
        _ => error.into(),
    }
}

/// The audit entry of registrations, changes of status and moves; samples and alarms are records of their own.
fn entry(applied: &Applied) -> Option<AuditEntry> {
    let moved = |before: &Equipment| before.department != applied.after.department;
    let verb = match &applied.before {
        None => "registered",
        Some(_) if applied.previous_status().is_some() => "status_changed",
        Some(before) if moved(before) => "moved",
        Some(_) => return None,
    };
    Some(AuditEntry::of(verb, applied.before.as_ref(), Some(&applied.after)))
}
