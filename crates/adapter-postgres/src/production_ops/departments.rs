//! Departments.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::Name;
use production_ops::department::{Department, DepartmentChange, DepartmentId};
use production_ops::ports::{DepartmentFilter, DepartmentStoreError, Departments};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::departments;
use crate::write_error::{WriteError, constraint, unreadable};

/// Departments in PostgreSQL.
pub struct PgDepartments {
    db: Db,
}

impl PgDepartments {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = departments, check_for_backend(Pg))]
struct DepartmentRow {
    id: Uuid,
    name: String,
    is_active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<DepartmentRow> for Department {
    type Error = StoreError;

    fn try_from(row: DepartmentRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: Id::new(row.id),
            name: Name::try_new(&row.name).map_err(unreadable)?,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[async_trait]
impl Departments for PgDepartments {
    async fn create(
        &self,
        context: WriteContext<Department>,
        department: Department,
    ) -> Result<Written<Department>, DepartmentStoreError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &department).map_err(write_error)?;
                let entry = entry("department.created", None, &department);
                Ok(Change::audited(department.clone(), entry))
            })
            .await
    }

    async fn change(
        &self,
        context: WriteContext<Department>,
        id: DepartmentId,
        change: DepartmentChange,
    ) -> Result<Written<Department>, DepartmentStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before =
                    locked(connection, team, id)?.ok_or(WriteError::Port(DepartmentStoreError::NotFound))?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, team, &after).map_err(write_error)?;
                let entry = entry("department.changed", Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn find(&self, team: TeamId, id: DepartmentId) -> Result<Option<Department>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(DepartmentRow::as_select()).first(connection).optional()
        });
        row.await?.map(Department::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        filter: DepartmentFilter,
        window: Window,
    ) -> Result<Listing<Department>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter)
                    .order((departments::name_key, departments::id))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(DepartmentRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, filter).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(Department::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: DepartmentId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    departments::table.filter(departments::team_id.eq(team)).filter(departments::id.eq(id))
}

fn filtered(team: TeamId, filter: DepartmentFilter) -> departments::BoxedQuery<'static, Pg> {
    let query = departments::table.filter(departments::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only { query.filter(departments::is_active) } else { query }
}

fn locked<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: DepartmentId,
) -> Result<Option<Department>, WriteError<E>> {
    let query = of(team, id).select(DepartmentRow::as_select()).for_update();
    let row = query.first(connection).optional()?;
    row.map(Department::try_from).transpose().map_err(WriteError::store)
}

fn insert(connection: &mut PgConnection, team: TeamId, department: &Department) -> QueryResult<()> {
    diesel::insert_into(departments::table)
        .values((
            departments::team_id.eq(team.uuid()),
            departments::id.eq(department.id.uuid()),
            departments::name.eq(department.name.as_str()),
            departments::name_key.eq(department.name.key()),
            departments::is_active.eq(department.is_active),
            departments::version.eq(department.version),
            departments::created_at.eq(department.created_at),
            departments::updated_at.eq(department.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn update(connection: &mut PgConnection, team: TeamId, department: &Department) -> QueryResult<()> {
    diesel::update(of(team, department.id))
        .set((
            departments::name.eq(department.name.as_str()),
            departments::name_key.eq(department.name.key()),
            departments::is_active.eq(department.is_active),
            departments::version.eq(department.version),
            departments::updated_at.eq(department.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn write_error(error: diesel::result::Error) -> WriteError<DepartmentStoreError> {
    match constraint(&error) {
        Some("departments_team_id_name_key_key") => WriteError::Port(DepartmentStoreError::NameTaken),
        _ => error.into(),
    }
}

fn entry(action: &'static str, before: Option<&Department>, after: &Department) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject_kind: "department",
        subject: after.id.uuid(),
        before: before.map(Department::snapshot),
        after: Some(after.snapshot()),
    }
}
