//! Operations: what is done with them, and lists of them.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::Untyped;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::OrderNumber;
use kernel::page::{Listing, Window};
use kernel::period::Period;
use kernel::quantity::Quantity;
use kernel::write::{WriteContext, Written};
use production_ops::operation::{
    Action, ActionError, ActionRequest, EndedBy, Operation, OperationId, Segment, available_quantity,
};
use production_ops::order::{ActionFacts, Changed, ManufacturingOrder, SkillCheck};
use production_ops::ports::{Acted, OperationFilter, OperationView, Operations};
use production_ops::{Name, Skill};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::activities::table::due;
use super::operators::find_by;
use super::orders::changes;
use super::orders::rows::{OperationRow, locked_order_of};
use super::pause_reasons;
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::{
    departments, manufacturing_orders, operation_segments, routing_operations, teams, work_order_operations,
};
use crate::write_error::{WriteError, unreadable};

/// Operations in PostgreSQL.
pub struct PgOperations {
    db: Db,
}

impl PgOperations {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Operations for PgOperations {
    async fn act(
        &self,
        context: WriteContext<Acted>,
        id: OperationId,
        request: ActionRequest,
    ) -> Result<Written<Acted>, ActionError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = locked_order_of(connection, team, id)?;
                let before = before.ok_or(WriteError::Port(ActionError::NotFound))?;
                let facts = facts(connection, team, &before, id, &request)?;
                let changed = before.act(id, &request, &facts, at).map_err(WriteError::Port)?;
                changes::write_action(connection, team, &before, &changed)?;
                let events = changes::announcements(&changed.events)?;
                let (audit, outcome) = acted(&before, changed, id, request.action())?;
                Ok(Change { outcome, events, audit: Some(audit) })
            })
            .await
    }

    async fn find(
        &self,
        team: TeamId,
        id: OperationId,
    ) -> Result<Option<(OperationView, Vec<Segment>)>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            let rows = of_team(team).filter(work_order_operations::id.eq(id.uuid()));
            let rows: Vec<ListedRow> = rows.select(ListedRow::as_select()).load(connection)?;
            let segments: Vec<SegmentRow> = operation_segments::table
                .filter(operation_segments::team_id.eq(team.uuid()))
                .filter(operation_segments::operation_id.eq(id.uuid()))
                .order(operation_segments::sequence)
                .select(SegmentRow::as_select())
                .load(connection)?;
            Ok((RelatedNames::of(connection, team, &rows)?, rows, segments))
        });
        let (related_names, rows, segments) = found.await?;
        let segments = segments.into_iter().map(Segment::try_from).collect::<Result<_, _>>()?;
        let view = rows.into_iter().next().map(|row| related_names.view(row)).transpose()?;
        Ok(view.map(|view| (view, segments)))
    }

    async fn list(
        &self,
        team: TeamId,
        filter: OperationFilter,
        window: Window,
    ) -> Result<Listing<OperationView>, StoreError> {
        let listed = self.db.read(Scope::Team(team), move |connection| {
            let rows: Vec<ListedRow> = sorted(filtered(team, filter), filter)
                .offset(window.offset().into())
                .limit(window.limit().into())
                .select(ListedRow::as_select())
                .load(connection)?;
            let total: i64 = filtered(team, filter).count().get_result(connection)?;
            Ok((RelatedNames::of(connection, team, &rows)?, rows, total))
        });
        let (related_names, rows, total) = listed.await?;
        let items = rows.into_iter().map(|row| related_names.view(row)).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

/// What an action depends on beside its order.
fn facts(
    connection: &mut PgConnection,
    team: TeamId,
    order: &ManufacturingOrder,
    id: OperationId,
    request: &ActionRequest,
) -> Result<ActionFacts, WriteError<ActionError>> {
    let step = order.operations.iter().find(|operation| operation.id == id);
    let step = step.map(|operation| operation.routing_operation.uuid()).unwrap_or_default();
    let (operator, required_skills, skill_check) = match request.operator() {
        Some(reference) => {
            let (skills, check) = demands(connection, team, step)?;
            (find_by(connection, team, reference)?, skills, check)
        }
        None => (None, BTreeSet::new(), SkillCheck::Refuse),
    };
    let reason = match request.reason() {
        Some(reason) => pause_reasons::one(connection, team, reason)?,
        None => None,
    };
    let activities = match request {
        ActionRequest::Complete { .. } => due(connection, team, step, id)?,
        _ => Vec::new(),
    };
    Ok(ActionFacts { operator, reason, required_skills, skill_check, activities })
}

/// The skills that a step of a routing asks for, and what a missing one comes to in the team.
fn demands<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    step: Uuid,
) -> Result<(BTreeSet<Skill>, SkillCheck), WriteError<E>> {
    let (skills, check): (Vec<String>, String) = routing_operations::table
        .inner_join(teams::table.on(teams::id.eq(routing_operations::team_id)))
        .filter(routing_operations::team_id.eq(team.uuid()))
        .filter(routing_operations::id.eq(step))
        .select((routing_operations::required_skills, teams::skill_check))
        .first(connection)?;
    let skills =
        skills.iter().map(|skill| Skill::try_new(skill).map_err(unreadable)).collect::<Result<_, _>>();
    let check = check.parse().map_err(unreadable);
    Ok((skills.map_err(WriteError::store)?, check.map_err(WriteError::store)?))
}

/// The audit entry and the answer of an action.
fn acted<E: From<StoreError>>(
    before: &ManufacturingOrder,
    changed: Changed,
    id: OperationId,
    action: Action,
) -> Result<(AuditEntry, Acted), WriteError<E>> {
    let Changed { order, warnings, .. } = changed;
    let place = order.operations.iter().position(|operation| operation.id == id);
    let found =
        place.and_then(|place| Some((place, before.operations.get(place)?, order.operations.get(place)?)));
    let (place, was, is) =
        found.ok_or_else(|| WriteError::internal("an operation is gone within its transaction"))?;
    let audit = AuditEntry {
        action: match action {
            Action::Start => "operation.started",
            Action::Pause => "operation.paused",
            Action::Resume => "operation.resumed",
            Action::Report => "operation.reported",
            Action::Complete => "operation.completed",
        }
        .into(),
        subject_kind: "work_order_operation",
        subject: id.uuid(),
        before: Some(was.snapshot(before)),
        after: Some(is.snapshot(&order)),
    };
    let available_quantity = available_quantity(&order.operations, place, order.quantity.into());
    Ok((audit, Acted { operation: is.clone(), available_quantity, warnings }))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = work_order_operations, check_for_backend(Pg))]
struct ListedRow {
    order_id: Uuid,
    department_id: Uuid,
    #[diesel(embed)]
    operation: OperationRow,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = operation_segments, check_for_backend(Pg))]
struct SegmentRow {
    sequence: i32,
    operator_id: Uuid,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    ended_by: Option<String>,
    pause_reason_id: Option<Uuid>,
}

impl TryFrom<SegmentRow> for Segment {
    type Error = StoreError;

    fn try_from(row: SegmentRow) -> Result<Self, StoreError> {
        let by = row.ended_by.as_deref().map(|word| EndedBy::stored(word, row.pause_reason_id.map(Id::new)));
        Ok(Self {
            sequence: row.sequence,
            operator: Id::new(row.operator_id),
            started_at: row.started_at,
            ended: row.ended_at.zip(by.transpose().map_err(unreadable)?),
        })
    }
}

/// What operations of a page show of their orders and departments: two statements, however many there are.
struct RelatedNames {
    orders: HashMap<Uuid, (String, Decimal)>,
    departments: HashMap<Uuid, String>,
}

impl RelatedNames {
    fn of(connection: &mut PgConnection, team: TeamId, rows: &[ListedRow]) -> QueryResult<Self> {
        let ids: BTreeSet<_> = rows.iter().map(|row| row.order_id).collect();
        let orders: Vec<(Uuid, String, Decimal)> = manufacturing_orders::table
            .filter(manufacturing_orders::team_id.eq(team.uuid()))
            .filter(manufacturing_orders::id.eq_any(ids))
            .select((
                manufacturing_orders::id,
                manufacturing_orders::order_number,
                manufacturing_orders::quantity,
            ))
            .load(connection)?;
        let ids: BTreeSet<_> = rows.iter().map(|row| row.department_id).collect();
        let departments: Vec<(Uuid, String)> = departments::table
            .filter(departments::team_id.eq(team.uuid()))
            .filter(departments::id.eq_any(ids))
            .select((departments::id, departments::name))
            .load(connection)?;
        let orders = orders.into_iter().map(|(id, number, quantity)| (id, (number, quantity))).collect();
        Ok(Self { orders, departments: departments.into_iter().collect() })
    }

    fn view(&self, row: ListedRow) -> Result<OperationView, StoreError> {
        let gone = || StoreError::Internal("an operation has neither order nor department".into());
        let (number, quantity) = self.orders.get(&row.order_id).ok_or_else(gone)?;
        let department = self.departments.get(&row.department_id).ok_or_else(gone)?;
        Ok(OperationView {
            operation: Operation::try_from(row.operation)?,
            order: Id::new(row.order_id),
            order_number: OrderNumber::try_new(number).map_err(unreadable)?,
            quantity: Quantity::try_new(*quantity).map_err(unreadable)?,
            department: Name::try_new(department).map_err(unreadable)?,
        })
    }
}

fn of_team(team: TeamId) -> work_order_operations::BoxedQuery<'static, Pg> {
    work_order_operations::table.filter(work_order_operations::team_id.eq(team.uuid())).into_boxed()
}

fn filtered(team: TeamId, filter: OperationFilter) -> work_order_operations::BoxedQuery<'static, Pg> {
    let mut query = of_team(team);
    if let Some(order) = filter.order {
        query = query.filter(work_order_operations::order_id.eq(order.uuid()));
    }
    if let Some(status) = filter.status {
        query = query.filter(work_order_operations::status.eq(status.as_str()));
    }
    if let Some(department) = filter.department {
        query = query.filter(work_order_operations::department_id.eq(department.uuid()));
    }
    if let Some(operator) = filter.operator {
        query = query.filter(work_order_operations::operator_id.eq(operator.uuid()));
    }
    if let Some(from) = filter.started.from {
        query = query.filter(work_order_operations::actual_start.ge(from));
    }
    if let Some(before) = filter.started.before {
        query = query.filter(work_order_operations::actual_start.lt(before));
    }
    query
}

/// The oldest order's first, by number within an order.
fn sorted(
    query: work_order_operations::BoxedQuery<'static, Pg>,
    filter: OperationFilter,
) -> work_order_operations::BoxedQuery<'static, Pg> {
    if filter.started == Period::default() {
        query.order((work_order_operations::order_id, work_order_operations::operation_number))
    } else {
        // no index has a period's operations in this order; sorted by a row of both, which none has either, they are
        // read and sorted, and not looked for along an index of all operations
        query.order(sql::<Untyped>("(order_id, operation_number)"))
    }
}
