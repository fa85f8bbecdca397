//! Lists of operations, and what an operation shows beside itself.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Untyped};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::OrderNumber;
use kernel::period::Period;
use kernel::quantity::{Amount, Quantity};
use production_ops::Name;
use production_ops::operation::{EndedBy, Operation, OperationId, Segment};
use production_ops::ports::{OperationFilter, OperationView};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::production_ops::orders::table::OperationRow;
use crate::schema::{departments, manufacturing_orders, operation_segments, work_order_operations};
use crate::write_error::unreadable;

#[derive(Queryable, Selectable)]
#[diesel(table_name = work_order_operations, check_for_backend(Pg))]
pub(super) struct ListedRow {
    order_id: Uuid,
    department_id: Uuid,
    #[diesel(embed)]
    operation: OperationRow,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = operation_segments, check_for_backend(Pg))]
pub(super) struct SegmentRow {
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

/// What operations of a page show of their orders, their departments and the operations before: three statements, however
/// many there are.
pub(super) struct RelatedNames {
    orders: HashMap<Uuid, (String, Decimal)>,
    departments: HashMap<Uuid, String>,
    /// The good quantity of the operation before; none of the first.
    handed_on: HashMap<Uuid, Decimal>,
}

#[derive(QueryableByName)]
struct HandedOn {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Numeric)]
    good: Decimal,
}

impl RelatedNames {
    pub(super) fn of(connection: &mut PgConnection, team: TeamId, rows: &[ListedRow]) -> QueryResult<Self> {
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
        let handed_on = sql_query(
            "SELECT o.id, before.good
             FROM unnest($2, $3, $4) o (id, order_id, operation_number)
             CROSS JOIN LATERAL (
                 SELECT good FROM work_order_operations b
                 WHERE b.team_id = $1 AND b.order_id = o.order_id AND b.operation_number < o.operation_number
                 ORDER BY b.operation_number DESC LIMIT 1
             ) before",
        )
        .bind::<diesel::sql_types::Uuid, _>(team.uuid())
        .bind::<Array<diesel::sql_types::Uuid>, _>(
            rows.iter().map(|row| row.operation.id).collect::<Vec<_>>(),
        )
        .bind::<Array<diesel::sql_types::Uuid>, _>(rows.iter().map(|row| row.order_id).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(rows.iter().map(|row| row.operation.operation_number).collect::<Vec<_>>())
        .load::<HandedOn>(connection)?;
        let orders = orders.into_iter().map(|(id, number, quantity)| (id, (number, quantity))).collect();
        let handed_on = handed_on.into_iter().map(|row| (row.id, row.good)).collect();
        Ok(Self { orders, departments: departments.into_iter().collect(), handed_on })
    }

    pub(super) fn view(&self, row: ListedRow) -> Result<OperationView, StoreError> {
        let gone = || StoreError::Internal("an operation has neither order nor department".into());
        let (number, quantity) = self.orders.get(&row.order_id).ok_or_else(gone)?;
        let department = self.departments.get(&row.department_id).ok_or_else(gone)?;
        let available_quantity = self.handed_on.get(&row.operation.id).unwrap_or(quantity);
        Ok(OperationView {
            available_quantity: Amount::try_new(*available_quantity).map_err(unreadable)?,
            operation: Operation::try_from(row.operation)?,
            order: Id::new(row.order_id),
            order_number: OrderNumber::try_new(number).map_err(unreadable)?,
            quantity: Quantity::try_new(*quantity).map_err(unreadable)?,
            department: Name::try_new(department).map_err(unreadable)?,
        })
    }
}

/// The name of the department that does an operation.
pub(super) fn department_of(
    connection: &mut PgConnection,
    team: TeamId,
    id: OperationId,
) -> QueryResult<String> {
    work_order_operations::table
        .inner_join(
            departments::table.on(departments::team_id
                .eq(work_order_operations::team_id)
                .and(departments::id.eq(work_order_operations::department_id))),
        )
        .filter(work_order_operations::team_id.eq(team.uuid()))
        .filter(work_order_operations::id.eq(id.uuid()))
        .select(departments::name)
        .first(connection)
}

/// The stretches of work on an operation, in order.
pub(super) fn segments(
    connection: &mut PgConnection,
    team: TeamId,
    id: OperationId,
) -> QueryResult<Vec<SegmentRow>> {
    operation_segments::table
        .filter(operation_segments::team_id.eq(team.uuid()))
        .filter(operation_segments::operation_id.eq(id.uuid()))
        .order(operation_segments::sequence)
        .select(SegmentRow::as_select())
        .load(connection)
}

pub(super) fn filtered(
    team: TeamId,
    filter: OperationFilter,
) -> work_order_operations::BoxedQuery<'static, Pg> {
    let of_team = work_order_operations::team_id.eq(team.uuid());
    let mut query = work_order_operations::table.filter(of_team).into_boxed();
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
pub(super) fn sorted(
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
