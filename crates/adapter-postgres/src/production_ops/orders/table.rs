//! The tables `manufacturing_orders` and `work_order_operations`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::{OrderId, OrderNumber, OrderStatus, Priority, Sku};
use kernel::quantity::{Amount, Quantity};
use production_ops::Name;
use production_ops::operation::{Operation, OperationId, QuantityReport, Segment, TimeSheet};
use production_ops::order::{ErpReference, ManufacturingOrder, Notes, OrderRouting};
use production_ops::routing::RoutingVersion;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::schema::{JsonColumn, manufacturing_orders, routing_versions, work_order_operations};
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = manufacturing_orders, check_for_backend(Pg))]
pub(in crate::production_ops) struct OrderRow {
    pub(in crate::production_ops) id: Uuid,
    order_number: String,
    erp_reference: Option<String>,
    sku: String,
    quantity: Decimal,
    quantity_completed: Option<Decimal>,
    priority: i16,
    status: String,
    held_status: Option<String>,
    routing_id: Option<Uuid>,
    routing_version: Option<i32>,
    scheduled_start: Option<DateTime<Utc>>,
    scheduled_end: Option<DateTime<Utc>>,
    actual_start: Option<DateTime<Utc>>,
    actual_end: Option<DateTime<Utc>>,
    notes: Option<String>,
    custom_fields: Option<JsonColumn>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = work_order_operations, check_for_backend(Pg))]
pub(in crate::production_ops) struct OperationRow {
    pub(in crate::production_ops) id: Uuid,
    pub(in crate::production_ops) operation_number: i32,
    name: String,
    department_id: Uuid,
    routing_operation_id: Uuid,
    status: String,
    operator_id: Option<Uuid>,
    target_seconds: i64,
    scheduled_start: Option<DateTime<Utc>>,
    ready_at: Option<DateTime<Utc>>,
    actual_start: Option<DateTime<Utc>>,
    actual_end: Option<DateTime<Utc>>,
    good: Decimal,
    rejected: Decimal,
    reworked: Decimal,
    captured_data: Option<JsonColumn>,
    segments: i32,
    active_micros: i64,
    running_since: Option<DateTime<Utc>>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl OrderRow {
    pub(in crate::production_ops) fn order(
        self,
        routing: Option<OrderRouting>,
        operations: Vec<Operation>,
    ) -> Result<ManufacturingOrder, StoreError> {
        let quantity_completed = self.quantity_completed.map(Amount::try_new).transpose();
        let notes = self.notes.as_deref().map(Notes::read).transpose().map_err(unreadable)?;
        let erp_reference = self.erp_reference.as_deref().map(ErpReference::try_new).transpose();
        Ok(ManufacturingOrder {
            id: Id::new(self.id),
            number: OrderNumber::try_new(&self.order_number).map_err(unreadable)?,
            erp_reference: erp_reference.map_err(unreadable)?,
            sku: Sku::try_new(&self.sku).map_err(unreadable)?,
            quantity: Quantity::try_new(self.quantity).map_err(unreadable)?,
            quantity_completed: quantity_completed.map_err(unreadable)?,
            priority: priority(self.priority)?,
            status: self.status.parse().map_err(unreadable)?,
            held: self
                .held_status
                .as_deref()
                .map(str::parse::<OrderStatus>)
                .transpose()
                .map_err(unreadable)?,
            routing,
            scheduled_start: self.scheduled_start,
            scheduled_end: self.scheduled_end,
            actual_start: self.actual_start,
            actual_end: self.actual_end,
            notes: notes.flatten(),
            custom_fields: self.custom_fields.map(|JsonColumn(fields)| fields),
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            operations,
        })
    }
}

impl TryFrom<OperationRow> for Operation {
    type Error = StoreError;

    fn try_from(row: OperationRow) -> Result<Self, StoreError> {
        let amount = |number: Decimal| Amount::try_new(number).map_err(unreadable);
        let open = row.running_since.zip(row.operator_id).map(|(started_at, operator)| Segment {
            sequence: row.segments,
            operator: Id::new(operator),
            started_at,
            ended: None,
        });
        Ok(Self {
            id: Id::new(row.id),
            number: row.operation_number,
            name: Name::try_new(&row.name).map_err(unreadable)?,
            department: Id::new(row.department_id),
            routing_operation: Id::new(row.routing_operation_id),
            status: row.status.parse().map_err(unreadable)?,
            operator: row.operator_id.map(Id::new),
            target_seconds: row.target_seconds,
            scheduled_start: row.scheduled_start,
            ready_at: row.ready_at,
            actual_start: row.actual_start,
            actual_end: row.actual_end,
            quantities: QuantityReport {
                good: amount(row.good)?,
                rejected: amount(row.rejected)?,
                reworked: amount(row.reworked)?,
            },
            captured: row.captured_data.map(|JsonColumn(fields)| fields),
            time: TimeSheet {
                ended: TimeDelta::microseconds(row.active_micros),
                segments: row.segments,
                open,
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

pub(in crate::production_ops) fn priority(number: i16) -> Result<Priority, StoreError> {
    Priority::try_new(u8::try_from(number).unwrap_or(0)).map_err(unreadable)
}

/// An order with its operations, locked against imports and other changes until the transaction ends.
pub(in crate::production_ops) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: OrderId,
) -> Result<Option<ManufacturingOrder>, WriteError<E>> {
    let query = of(team, id).select(OrderRow::as_select()).for_no_key_update();
    let row = query.first(connection).optional()?;
    row.map(|row| with_operations(connection, team, row)).transpose()
}

/// The same, by one of its operations.
pub(in crate::production_ops) fn lock_by_operation<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    operation: OperationId,
) -> Result<Option<ManufacturingOrder>, WriteError<E>> {
    let query = order_with(team, operation).select(OrderRow::as_select()).for_no_key_update();
    let row = query.first(connection).optional()?;
    let order = row.map(|row| with_operations(connection, team, row)).transpose()?;
    // while the lock was waited for, an import may have given the order other operations
    Ok(order.filter(|order| order.operations.iter().any(|its| its.id == operation)))
}

/// A row with its routing and its operations.
pub(in crate::production_ops) fn with_operations<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    row: OrderRow,
) -> Result<ManufacturingOrder, WriteError<E>> {
    let routing = match row.routing_id.zip(row.routing_version) {
        Some((id, version)) => Some(routing(connection, team, id, version)?),
        None => None,
    };
    let rows = work_order_operations::table
        .filter(work_order_operations::team_id.eq(team.uuid()))
        .filter(work_order_operations::order_id.eq(row.id))
        .order(work_order_operations::operation_number)
        .select(OperationRow::as_select())
        .load(connection)?;
    let operations = rows.into_iter().map(Operation::try_from).collect::<Result<_, _>>();
    row.order(routing, operations.map_err(WriteError::store)?).map_err(WriteError::store)
}

fn routing<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: Uuid,
    version: i32,
) -> Result<OrderRouting, WriteError<E>> {
    let (name, allow_overlap): (String, bool) = routing_versions::table
        .filter(routing_versions::team_id.eq(team.uuid()))
        .filter(routing_versions::routing_id.eq(id))
        .filter(routing_versions::version.eq(version))
        .select((routing_versions::name, routing_versions::allow_overlap))
        .first(connection)?;
    let name = Name::try_new(&name).map_err(|error| WriteError::store(unreadable(error)))?;
    let version = RoutingVersion::try_new(version.unsigned_abs());
    let version = version.map_err(|error| WriteError::store(unreadable(error)))?;
    Ok(OrderRouting { id: Id::new(id), version, name, allow_overlap })
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(in crate::production_ops) fn of(team: TeamId, id: OrderId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    manufacturing_orders::table
        .filter(manufacturing_orders::team_id.eq(team))
        .filter(manufacturing_orders::id.eq(id))
}

/// The order that an operation is of.
#[diesel::dsl::auto_type(no_type_alias)]
pub(in crate::production_ops) fn order_with(team: TeamId, id: OperationId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    manufacturing_orders::table.filter(manufacturing_orders::team_id.eq(team)).filter(
        manufacturing_orders::id.eq_any(
            work_order_operations::table
                .filter(work_order_operations::team_id.eq(team))
                .filter(work_order_operations::id.eq(id))
                .select(work_order_operations::order_id),
        ),
    )
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(in crate::production_ops) fn operation_of(team: TeamId, id: OperationId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    work_order_operations::table
        .filter(work_order_operations::team_id.eq(team))
        .filter(work_order_operations::id.eq(id))
}
