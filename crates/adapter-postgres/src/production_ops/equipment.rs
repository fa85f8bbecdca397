//! Equipment, its samples and its alarms.

mod rows;

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
use production_ops::equipment::{
    Applied, Equipment, EquipmentId, RaisedAlarm, Receipt, Sample, StoredSample, Tag,
};
use production_ops::ports::{EquipmentFilter, EquipmentRegister, EquipmentStoreError};
use uuid::Uuid;

use self::rows::{AlarmRow, EquipmentRow, SampleRow, open_alarms, reported_alarms};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::{equipment, equipment_alarms, equipment_samples};
use crate::write_error::{WriteError, constraint};

/// The register of equipment in PostgreSQL.
pub struct PgEquipment {
    db: Db,
}

impl PgEquipment {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl EquipmentRegister for PgEquipment {
    async fn report(
        &self,
        context: WriteContext<Receipt>,
        id: EquipmentId,
        tag: Tag,
        sample: Sample,
    ) -> Result<Written<Receipt>, EquipmentStoreError> {
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
                    audit: entry(&applied),
                })
            })
            .await
    }

    async fn find(&self, team: TeamId, tag: Tag) -> Result<Option<Equipment>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, &tag).select(EquipmentRow::as_select()).first(connection).optional()
        });
        row.await?.map(Equipment::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        filter: EquipmentFilter,
        window: Window,
    ) -> Result<Listing<Equipment>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter)
                    .order(equipment::tag)
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(EquipmentRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, filter).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(Equipment::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }

    async fn samples(
        &self,
        team: TeamId,
        tag: Tag,
        period: Period,
        window: Window,
    ) -> Result<Listing<StoredSample>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = samples_of(team, &tag, period)
                    .order(equipment_samples::taken_at.desc())
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(SampleRow::as_select())
                    .load(connection)?;
                Ok((rows, samples_of(team, &tag, period).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(StoredSample::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }

    async fn alarms(
        &self,
        team: TeamId,
        tag: Tag,
        window: Window,
    ) -> Result<Listing<RaisedAlarm>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = alarms_of(team, &tag)
                    .order((equipment_alarms::raised_at.desc(), equipment_alarms::code))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(AlarmRow::as_select())
                    .load(connection)?;
                Ok((rows, alarms_of(team, &tag).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(RaisedAlarm::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of<'a>(team: TeamId, tag: &'a Tag) -> _ {
    let (team, tag): (Uuid, &'a str) = (team.uuid(), tag.as_str());
    equipment::table.filter(equipment::team_id.eq(team)).filter(equipment::tag.eq(tag))
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

fn samples_of(team: TeamId, tag: &Tag, period: Period) -> equipment_samples::BoxedQuery<'_, Pg> {
    let id = of(team, tag).select(equipment::id).single_value();
    let mut query = equipment_samples::table
        .filter(equipment_samples::team_id.eq(team.uuid()))
        .filter(equipment_samples::equipment_id.nullable().eq(id))
        .into_boxed();
    if let Some(from) = period.from {
        query = query.filter(equipment_samples::taken_at.ge(from));
    }
    if let Some(before) = period.before {
        query = query.filter(equipment_samples::taken_at.lt(before));
    }
    query
}

fn alarms_of(team: TeamId, tag: &Tag) -> equipment_alarms::BoxedQuery<'_, Pg> {
    let id = of(team, tag).select(equipment::id).single_value();
    equipment_alarms::table
        .filter(equipment_alarms::team_id.eq(team.uuid()))
        .filter(equipment_alarms::equipment_id.nullable().eq(id))
        .into_boxed()
}

/// Registers or moves the equipment; gives its id, and what the sample did to it if it is newer than the newest.
fn apply(
    connection: &mut PgConnection,
    team: TeamId,
    id: EquipmentId,
    tag: &Tag,
    sample: &Sample,
    at: DateTime<Utc>,
) -> Result<(EquipmentId, Option<Applied>), WriteError<EquipmentStoreError>> {
    let mut known = locked(connection, team, tag)?;
    names_what_there_is(connection, team, sample, known.as_ref())?;
    if known.is_none() {
        let registered = Equipment::register(id, tag.clone(), sample, at);
        if insert(connection, team, &registered.after).map_err(write_error)? {
            return Ok((id, Some(registered)));
        }
        // another first report came before, and was waited for
        known = locked(connection, team, tag)?;
    }
    let known = known.ok_or_else(|| WriteError::internal("equipment that was just registered is gone"))?;
    let applied = known.report(sample, at);
    if let Some(applied) = &applied {
        update(connection, team, &applied.after).map_err(write_error)?;
    }
    Ok((known.id, applied))
}

fn locked(
    connection: &mut PgConnection,
    team: TeamId,
    tag: &Tag,
) -> Result<Option<Equipment>, WriteError<EquipmentStoreError>> {
    // its id never changes, so samples and alarms may refer to it meanwhile
    let query = of(team, tag).select(EquipmentRow::as_select()).for_no_key_update();
    let row = query.first(connection).optional()?;
    row.map(Equipment::try_from).transpose().map_err(WriteError::store)
}

#[derive(QueryableByName)]
struct There {
    #[diesel(sql_type = Bool)]
    department: bool,
    #[diesel(sql_type = Bool)]
    operation: bool,
}

/// Refuses what the team has not; what the equipment named before is there and needs no look.
fn names_what_there_is(
    connection: &mut PgConnection,
    team: TeamId,
    sample: &Sample,
    known: Option<&Equipment>,
) -> Result<(), WriteError<EquipmentStoreError>> {
    let same = |known: &Equipment| {
        known.department == sample.department
            && (sample.operation.is_none() || known.operation == sample.operation)
    };
    if known.is_some_and(same) {
        return Ok(());
    }
    let there: There = sql_query(
        "SELECT EXISTS (SELECT FROM departments WHERE team_id = $1 AND id = $2) AS department,
                $3 IS NULL OR EXISTS (SELECT FROM work_order_operations WHERE team_id = $1 AND id = $3) AS operation",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(sample.department.uuid())
    .bind::<Nullable<SqlUuid>, _>(sample.operation.map(Id::uuid))
    .get_result(connection)?;
    if there.department && there.operation {
        return Ok(());
    }
    Err(WriteError::Port(EquipmentStoreError::Unknown {
        department: !there.department,
        operation: !there.operation,
    }))
}

/// Whether it was inserted: not if the team has equipment of that tag.
fn insert(connection: &mut PgConnection, team: TeamId, one: &Equipment) -> QueryResult<bool> {
    let inserted = diesel::insert_into(equipment::table)
        .values((
            equipment::team_id.eq(team.uuid()),
            equipment::id.eq(one.id.uuid()),
            equipment::tag.eq(one.tag.as_str()),
            equipment::department_id.eq(one.department.uuid()),
            equipment::status.eq(one.status.as_str()),
            equipment::status_since.eq(one.status_since),
            equipment::work_order_operation_id.eq(one.operation.map(Id::uuid)),
            equipment::data.eq(one.readings.to_json()),
            equipment::alarms.eq(open_alarms(one)),
            equipment::has_alarm.eq(!one.alarms.is_empty()),
            equipment::taken_at.eq(one.taken_at),
            equipment::received_at.eq(one.received_at),
            equipment::version.eq(one.version),
            equipment::registered_at.eq(one.registered_at),
        ))
        .on_conflict((equipment::team_id, equipment::tag))
        .do_nothing()
        .execute(connection)?;
    Ok(inserted == 1)
}

fn update(connection: &mut PgConnection, team: TeamId, one: &Equipment) -> QueryResult<()> {
    diesel::update(of(team, &one.tag))
        .set((
            equipment::department_id.eq(one.department.uuid()),
            equipment::status.eq(one.status.as_str()),
            equipment::status_since.eq(one.status_since),
            equipment::work_order_operation_id.eq(one.operation.map(Id::uuid)),
            equipment::data.eq(one.readings.to_json()),
            equipment::alarms.eq(open_alarms(one)),
            equipment::has_alarm.eq(!one.alarms.is_empty()),
            equipment::taken_at.eq(one.taken_at),
            equipment::received_at.eq(one.received_at),
            equipment::version.eq(one.version),
        ))
        .execute(connection)
        .map(drop)
}

/// Stores a sample, unless there is one of its moment.
fn add_sample(
    connection: &mut PgConnection,
    team: TeamId,
    id: EquipmentId,
    sample: &Sample,
    received_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(equipment_samples::table)
        .values((
            equipment_samples::team_id.eq(team.uuid()),
            equipment_samples::equipment_id.eq(id.uuid()),
            equipment_samples::taken_at.eq(sample.taken_at),
            equipment_samples::received_at.eq(received_at),
            equipment_samples::status.eq(sample.status.as_str()),
            equipment_samples::department_id.eq(sample.department.uuid()),
            equipment_samples::work_order_operation_id.eq(sample.operation.map(Id::uuid)),
            equipment_samples::data.eq(sample.readings.to_json()),
            equipment_samples::alarms.eq(reported_alarms(sample)),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
        .map(drop)
}

fn clear(connection: &mut PgConnection, team: TeamId, applied: &Applied) -> QueryResult<()> {
    if applied.cleared.is_empty() {
        return Ok(());
    }
    let codes: Vec<_> = applied.cleared.iter().map(|code| code.as_str()).collect();
    let open = equipment_alarms::table
        .filter(equipment_alarms::team_id.eq(team.uuid()))
        .filter(equipment_alarms::equipment_id.eq(applied.after.id.uuid()))
        .filter(equipment_alarms::code.eq_any(codes))
        .filter(equipment_alarms::cleared_at.is_null());
    diesel::update(open)
        .set(equipment_alarms::cleared_at.eq(applied.after.taken_at))
        .execute(connection)
        .map(drop)
}

fn raise(connection: &mut PgConnection, team: TeamId, applied: &Applied) -> QueryResult<()> {
    if applied.raised.is_empty() {
        return Ok(());
    }
    let row = |open: &production_ops::equipment::OpenAlarm| {
        (
            equipment_alarms::team_id.eq(team.uuid()),
            equipment_alarms::equipment_id.eq(applied.after.id.uuid()),
            equipment_alarms::raised_at.eq(open.raised_at),
            equipment_alarms::code.eq(open.alarm.code.as_str().to_owned()),
            equipment_alarms::severity.eq(open.alarm.severity.as_str()),
            equipment_alarms::message.eq(open.alarm.message.as_str().to_owned()),
        )
    };
    let rows: Vec<_> = applied.raised.iter().map(row).collect();
    diesel::insert_into(equipment_alarms::table).values(rows).execute(connection).map(drop)
}

/// An operation may be made anew after it was looked up.
fn write_error(error: diesel::result::Error) -> WriteError<EquipmentStoreError> {
    match constraint(&error) {
        Some("equipment_team_id_work_order_operation_id_fkey") => {
            WriteError::Port(EquipmentStoreError::Unknown { department: false, operation: true })
        }
        _ => error.into(),
    }
}

/// Samples and alarms are records of their own; the trail has what is left of it as a thing of the plant.
fn entry(applied: &Applied) -> Option<AuditEntry> {
    let moved = |before: &Equipment| before.department != applied.after.department;
    let action = match &applied.before {
        None => "equipment.registered",
        Some(_) if applied.previous_status().is_some() => "equipment.status_changed",
        Some(before) if moved(before) => "equipment.moved",
        Some(_) => return None,
    };
    Some(AuditEntry {
        action: action.into(),
        subject_kind: "equipment",
        subject: applied.after.id.uuid(),
        before: applied.before.as_ref().map(Equipment::snapshot),
        after: Some(applied.after.snapshot()),
    })
}
