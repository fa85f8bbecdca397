//! Work centres.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::Name;
use production_ops::ports::{WorkCentreFilter, WorkCentreStoreError, WorkCentres};
use production_ops::work_centre::{
    NewWorkCentre, WorkCentre, WorkCentreChange, WorkCentreId, WorkCentreNumber,
};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::work_centres;
use crate::write_error::{WriteError, constraint, unreadable};

/// Work centres in PostgreSQL.
pub struct PgWorkCentres {
    db: Db,
}

impl PgWorkCentres {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = work_centres, check_for_backend(Pg))]
struct WorkCentreRow {
    number: i32,
    id: Uuid,
    name: String,
    department_id: Uuid,
    is_active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<WorkCentreRow> for WorkCentre {
    type Error = StoreError;

    fn try_from(row: WorkCentreRow) -> Result<Self, StoreError> {
        Ok(Self {
            number: WorkCentreNumber::try_new(row.number.into()).map_err(unreadable)?,
            id: Id::new(row.id),
            name: Name::try_new(&row.name).map_err(unreadable)?,
            department: Id::new(row.department_id),
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[async_trait]
impl WorkCentres for PgWorkCentres {
    async fn create(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        new: NewWorkCentre,
    ) -> Result<Written<WorkCentre>, WorkCentreStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let highest = if new.number.is_none() { highest(connection, team)? } else { None };
                let made = WorkCentre::create(id, new.clone(), highest, at);
                let work_centre = made.map_err(|error| WriteError::Port(error.into()))?;
                insert(connection, team, &work_centre).map_err(write_error)?;
                let entry = entry("work_centre.created", None, &work_centre);
                Ok(Change::audited(work_centre, entry))
            })
            .await
    }

    async fn change(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        change: WorkCentreChange,
    ) -> Result<Written<WorkCentre>, WorkCentreStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before =
                    locked(connection, team, id)?.ok_or(WriteError::Port(WorkCentreStoreError::NotFound))?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, team, &after).map_err(write_error)?;
                let entry = entry("work_centre.changed", Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn find(&self, team: TeamId, id: WorkCentreId) -> Result<Option<WorkCentre>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(WorkCentreRow::as_select()).first(connection).optional()
        });
        row.await?.map(WorkCentre::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        filter: WorkCentreFilter,
        window: Window,
    ) -> Result<Listing<WorkCentre>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter)
                    .order(work_centres::number)
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(WorkCentreRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, filter).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(WorkCentre::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: WorkCentreId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    work_centres::table.filter(work_centres::team_id.eq(team)).filter(work_centres::id.eq(id))
}

fn filtered(team: TeamId, filter: WorkCentreFilter) -> work_centres::BoxedQuery<'static, Pg> {
    let mut query = work_centres::table.filter(work_centres::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only {
        query = query.filter(work_centres::is_active);
    }
    if let Some(department) = filter.department {
        query = query.filter(work_centres::department_id.eq(department.uuid()));
    }
    query
}

/// The team's highest number, held until the transaction ends so that no other takes the next one.
fn highest<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
) -> Result<Option<WorkCentreNumber>, WriteError<E>> {
    sql_query("SELECT pg_advisory_xact_lock(hashtextextended('work_centre_numbers/' || $1::text, 0))")
        .bind::<diesel::sql_types::Uuid, _>(team.uuid())
        .execute(connection)?;
    let highest = work_centres::table.filter(work_centres::team_id.eq(team.uuid()));
    let highest: Option<i32> = highest.select(diesel::dsl::max(work_centres::number)).first(connection)?;
    let number = highest.map(|number| WorkCentreNumber::try_new(number.into())).transpose();
    number.map_err(|error| WriteError::store(unreadable(error)))
}

fn locked<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: WorkCentreId,
) -> Result<Option<WorkCentre>, WriteError<E>> {
    // its number and id never change, so orders may refer to it meanwhile
    let query = of(team, id).select(WorkCentreRow::as_select()).for_no_key_update();
    let row = query.first(connection).optional()?;
    row.map(WorkCentre::try_from).transpose().map_err(WriteError::store)
}

fn insert(connection: &mut PgConnection, team: TeamId, work_centre: &WorkCentre) -> QueryResult<()> {
    diesel::insert_into(work_centres::table)
        .values((
            work_centres::team_id.eq(team.uuid()),
            work_centres::number.eq(work_centre.number.get()),
            work_centres::id.eq(work_centre.id.uuid()),
            work_centres::name.eq(work_centre.name.as_str()),
            work_centres::department_id.eq(work_centre.department.uuid()),
            work_centres::is_active.eq(work_centre.is_active),
            work_centres::version.eq(work_centre.version),
            work_centres::created_at.eq(work_centre.created_at),
            work_centres::updated_at.eq(work_centre.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn update(connection: &mut PgConnection, team: TeamId, work_centre: &WorkCentre) -> QueryResult<()> {
    diesel::update(of(team, work_centre.id))
        .set((
            work_centres::name.eq(work_centre.name.as_str()),
            work_centres::department_id.eq(work_centre.department.uuid()),
            work_centres::is_active.eq(work_centre.is_active),
            work_centres::version.eq(work_centre.version),
            work_centres::updated_at.eq(work_centre.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn write_error(error: diesel::result::Error) -> WriteError<WorkCentreStoreError> {
    match constraint(&error) {
        Some("work_centres_pkey") => WriteError::Port(WorkCentreStoreError::NumberTaken),
        Some("work_centres_team_id_department_id_fkey") => {
            WriteError::Port(WorkCentreStoreError::UnknownDepartment)
        }
        _ => error.into(),
    }
}

fn entry(action: &'static str, before: Option<&WorkCentre>, after: &WorkCentre) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject_kind: "work_centre",
        subject: after.id.uuid(),
        before: before.map(WorkCentre::snapshot),
        after: Some(after.snapshot()),
    }
}
