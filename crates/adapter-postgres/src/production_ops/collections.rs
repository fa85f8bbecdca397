//! Data collected during operations.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::OrderStatus;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::data_collection::{
    Collection, CollectionError, CollectionFacts, CollectionId, NewCollection, violations_from_json,
};
use production_ops::operation::OperationStatus;
use production_ops::ports::{CollectionFilter, Collections};
use serde_json::Value;
use uuid::Uuid;

use super::activities::table::find_for_step;
use super::operators::find_by;
use super::orders::rows::{object, operation_of, order_with};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::{data_collections, manufacturing_orders, work_order_operations};
use crate::write_error::{WriteError, unreadable};

/// Collected data in PostgreSQL.
pub struct PgCollections {
    db: Db,
}

impl PgCollections {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = data_collections, check_for_backend(Pg))]
pub(super) struct CollectionRow {
    pub(super) team_id: Uuid,
    pub(super) id: Uuid,
    pub(super) operation_id: Uuid,
    pub(super) activity_id: Uuid,
    pub(super) operator_id: Uuid,
    pub(super) collected_data: Value,
    pub(super) collected_at: DateTime<Utc>,
    pub(super) received_at: DateTime<Utc>,
    pub(super) conforming: bool,
    pub(super) violations: Value,
}

impl CollectionRow {
    fn of(team: TeamId, collection: &Collection) -> Self {
        Self {
            team_id: team.uuid(),
            id: collection.id.uuid(),
            operation_id: collection.operation.uuid(),
            activity_id: collection.activity.uuid(),
            operator_id: collection.operator.uuid(),
            collected_data: Value::Object(collection.data.clone()),
            collected_at: collection.collected_at,
            received_at: collection.received_at,
            conforming: collection.violations.is_empty(),
            violations: collection.violations_json(),
        }
    }
}

impl From<CollectionRow> for Collection {
    fn from(row: CollectionRow) -> Self {
        Self {
            id: Id::new(row.id),
            operation: Id::new(row.operation_id),
            activity: Id::new(row.activity_id),
            operator: Id::new(row.operator_id),
            data: object(row.collected_data),
            collected_at: row.collected_at,
            received_at: row.received_at,
            violations: violations_from_json(&row.violations),
        }
    }
}

#[async_trait]
impl Collections for PgCollections {
    async fn submit(
        &self,
        context: WriteContext<Collection>,
        id: CollectionId,
        new: NewCollection,
    ) -> Result<Written<Collection>, CollectionError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let facts = facts(connection, team, &new)?;
                let collection = new.clone().keep(id, &facts, at).map_err(WriteError::Port)?;
                let row = CollectionRow::of(team, &collection);
                diesel::insert_into(data_collections::table).values(row).execute(connection)?;
                let entry = AuditEntry {
                    action: "data.collected".into(),
                    subject_kind: "data_collection",
                    subject: id.uuid(),
                    before: None,
                    after: Some(collection.snapshot()),
                };
                Ok(Change::audited(collection, entry))
            })
            .await
    }

    async fn list(
        &self,
        team: TeamId,
        filter: CollectionFilter,
        window: Window,
    ) -> Result<Listing<Collection>, StoreError> {
        let listed = self.db.read(Scope::Team(team), move |connection| {
            let rows = filtered(team, filter)
                .order((data_collections::collected_at, data_collections::id))
                .offset(window.offset().into())
                .limit(window.limit().into())
                .select(CollectionRow::as_select())
                .load(connection)?;
            Ok((rows, filtered(team, filter).count().get_result::<i64>(connection)?))
        });
        let (rows, total) = listed.await?;
        let items = rows.into_iter().map(Collection::from).collect();
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

fn filtered(team: TeamId, filter: CollectionFilter) -> data_collections::BoxedQuery<'static, Pg> {
    let mut query = data_collections::table.filter(data_collections::team_id.eq(team.uuid())).into_boxed();
    if let Some(operation) = filter.operation {
        query = query.filter(data_collections::operation_id.eq(operation.uuid()));
    }
    if let Some(activity) = filter.activity {
        query = query.filter(data_collections::activity_id.eq(activity.uuid()));
    }
    query
}

fn facts(
    connection: &mut PgConnection,
    team: TeamId,
    new: &NewCollection,
) -> Result<CollectionFacts, WriteError<CollectionError>> {
    // the order's lock keeps it from being cancelled meanwhile; it comes before any of an operation, as for whoever works
    // on one
    let order: Option<String> = order_with(team, new.operation)
        .select(manufacturing_orders::status)
        .for_share()
        .first(connection)
        .optional()?;
    let operation: Option<(String, Uuid)> = operation_of(team, new.operation)
        .select((work_order_operations::status, work_order_operations::routing_operation_id))
        .first(connection)
        .optional()?;
    let operation = order.zip(operation).map(|(order, (status, step))| (status, order, step));
    let step = operation.as_ref().map(|(_, _, step)| *step);
    let operation = operation.map(|(status, order, _)| statuses(&status, &order)).transpose();
    let operation = operation.map_err(WriteError::store)?;
    let activity = find_for_step(connection, team, new.activity, step)?;
    let operator = find_by(connection, team, new.operator)?.map(|operator| operator.id);
    Ok(CollectionFacts { operation, activity, operator })
}

fn statuses(operation: &str, order: &str) -> Result<(OperationStatus, OrderStatus), StoreError> {
    Ok((operation.parse().map_err(unreadable)?, order.parse().map_err(unreadable)?))
}
