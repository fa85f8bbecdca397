//! Lists of orders.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Untyped};
use diesel::{QueryableByName, sql_query};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::{OrderNumber, Sku};
use kernel::page::Window;
use kernel::period::Period;
use kernel::quantity::Quantity;
use production_ops::Name;
use production_ops::order::{ErpReference, Progress};
use production_ops::ports::{CurrentOperation, OrderFilter, OrderSort, OrderSummary, SortKey};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::table::priority;
use crate::schema::manufacturing_orders;
use crate::write_error::unreadable;

#[derive(Queryable, Selectable)]
#[diesel(table_name = manufacturing_orders, check_for_backend(Pg))]
struct SummaryRow {
    id: Uuid,
    order_number: String,
    erp_reference: Option<String>,
    sku: String,
    quantity: Decimal,
    status: String,
    priority: i16,
    scheduled_start: Option<DateTime<Utc>>,
    scheduled_end: Option<DateTime<Utc>>,
    actual_start: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// How far an order is; of one without operations nothing is current.
#[derive(QueryableByName)]
struct ProgressRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    order_id: Uuid,
    #[diesel(sql_type = BigInt)]
    total: i64,
    #[diesel(sql_type = BigInt)]
    completed: i64,
    #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Integer>)]
    operation_number: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    status: Option<String>,
}

/// An order of a page with its progress.
pub(super) struct PageRow {
    order: SummaryRow,
    progress: Option<ProgressRow>,
}

const PROGRESS: &str = "
    SELECT p.order_id, t.total, t.completed, c.id, c.operation_number, c.name, c.status
    FROM unnest($2) p (order_id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS total, count(*) FILTER (WHERE w.status = 'completed') AS completed,
               min(w.operation_number) FILTER (WHERE w.status <> 'completed') AS current
        FROM work_order_operations w WHERE w.team_id = $1 AND w.order_id = p.order_id) t
    LEFT JOIN work_order_operations c
      ON c.team_id = $1 AND c.order_id = p.order_id AND c.operation_number = t.current";

/// The orders of a window, and whether others follow: two statements, however many there are.
pub(super) fn page(
    connection: &mut PgConnection,
    team: TeamId,
    filter: &OrderFilter,
    sort: OrderSort,
    window: Window,
) -> QueryResult<(Vec<PageRow>, bool)> {
    let limit = i64::from(window.limit());
    let mut orders: Vec<SummaryRow> = sorted(filtered(team, filter), filter, sort)
        .offset(window.offset().into())
        .limit(limit + 1)
        .select(SummaryRow::as_select())
        .load(connection)?;
    let has_more = orders.len() > window.limit() as usize;
    orders.truncate(window.limit() as usize);
    let ids: Vec<_> = orders.iter().map(|order| order.id).collect();
    let progress = sql_query(PROGRESS)
        .bind::<diesel::sql_types::Uuid, _>(team.uuid())
        .bind::<Array<diesel::sql_types::Uuid>, _>(ids)
        .load::<ProgressRow>(connection)?;
    let mut progress: HashMap<_, _> = progress.into_iter().map(|row| (row.order_id, row)).collect();
    let with_progress = |order: SummaryRow| PageRow { progress: progress.remove(&order.id), order };
    Ok((orders.into_iter().map(with_progress).collect(), has_more))
}

/// How many orders the filter lets through in all.
pub(super) fn total(connection: &mut PgConnection, team: TeamId, filter: &OrderFilter) -> QueryResult<i64> {
    filtered(team, filter).count().get_result(connection)
}

fn filtered(team: TeamId, filter: &OrderFilter) -> manufacturing_orders::BoxedQuery<'static, Pg> {
    let of_team = manufacturing_orders::team_id.eq(team.uuid());
    let mut query = manufacturing_orders::table.filter(of_team).into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(manufacturing_orders::status.eq(status.as_str()));
    }
    if let Some(from) = filter.created.from {
        query = query.filter(manufacturing_orders::created_at.ge(from));
    }
    if let Some(before) = filter.created.before {
        query = query.filter(manufacturing_orders::created_at.lt(before));
    }
    if let Some(reference) = &filter.erp_reference {
        query = query.filter(manufacturing_orders::erp_reference.eq(reference.as_str().to_owned()));
    }
    if let Some(sku) = &filter.sku {
        query = query.filter(manufacturing_orders::sku.eq(sku.as_str().to_owned()));
    }
    query
}

fn sorted(
    query: manufacturing_orders::BoxedQuery<'static, Pg>,
    filter: &OrderFilter,
    sort: OrderSort,
) -> manufacturing_orders::BoxedQuery<'static, Pg> {
    let id = manufacturing_orders::id;
    match (sort.key, sort.ascending) {
        (SortKey::CreatedAt, true) => query.order((manufacturing_orders::created_at.asc(), id.asc())),
        (SortKey::CreatedAt, false) => query.order((manufacturing_orders::created_at.desc(), id.desc())),
        // no index has what the filter picks out in this order; sorted by a row of both, which none has either, it is
        // read and sorted, and not looked for along an index of all orders
        (SortKey::ScheduledStart, true) if picks_out(filter) => query.order(row("(scheduled_start, id) ASC")),
        (SortKey::ScheduledStart, false) if picks_out(filter) => {
            query.order(row("(scheduled_start, id) DESC"))
        }
        (SortKey::Priority, true) if picks_out(filter) => query.order(row("(priority, id) ASC")),
        (SortKey::Priority, false) if picks_out(filter) => query.order(row("(priority, id) DESC")),
        (SortKey::ScheduledStart, true) => {
            query.order((manufacturing_orders::scheduled_start.asc(), id.asc()))
        }
        (SortKey::ScheduledStart, false) => {
            query.order((manufacturing_orders::scheduled_start.desc(), id.desc()))
        }
        (SortKey::Priority, true) => query.order((manufacturing_orders::priority.asc(), id.asc())),
        (SortKey::Priority, false) => query.order((manufacturing_orders::priority.desc(), id.desc())),
    }
}

/// Whether the filter picks orders out by more than their status, whose indexes have every order.
fn picks_out(filter: &OrderFilter) -> bool {
    filter.created != Period::default() || filter.erp_reference.is_some() || filter.sku.is_some()
}

fn row(columns: &'static str) -> SqlLiteral<Untyped> {
    sql(columns)
}

impl TryFrom<PageRow> for OrderSummary {
    type Error = StoreError;

    fn try_from(PageRow { order, progress }: PageRow) -> Result<Self, StoreError> {
        let erp_reference = order.erp_reference.as_deref().map(ErpReference::try_new).transpose();
        let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let counts = progress.as_ref().map_or((0, 0), |row| (count(row.completed), count(row.total)));
        Ok(Self {
            id: Id::new(order.id),
            number: OrderNumber::try_new(&order.order_number).map_err(unreadable)?,
            erp_reference: erp_reference.map_err(unreadable)?,
            sku: Sku::try_new(&order.sku).map_err(unreadable)?,
            quantity: Quantity::try_new(order.quantity).map_err(unreadable)?,
            status: order.status.parse().map_err(unreadable)?,
            priority: priority(order.priority)?,
            scheduled_start: order.scheduled_start,
            scheduled_end: order.scheduled_end,
            actual_start: order.actual_start,
            current: progress.map(current).transpose()?.flatten(),
            progress: Progress { completed: counts.0, total: counts.1 },
            created_at: order.created_at,
        })
    }
}

fn current(row: ProgressRow) -> Result<Option<CurrentOperation>, StoreError> {
    let (Some(id), Some(number), Some(name), Some(status)) =
        (row.id, row.operation_number, row.name, row.status)
    else {
        return Ok(None);
    };
    Ok(Some(CurrentOperation {
        id: Id::new(id),
        number,
        name: Name::try_new(&name).map_err(unreadable)?,
        status: status.parse().map_err(unreadable)?,
    }))
}
