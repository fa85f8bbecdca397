use async_trait::async_trait;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::OrderStatus;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::collection::{Collection, CollectionError, CollectionFacts, CollectionId, NewCollection};
use production_ops::operation::OperationStatus;
use production_ops::ports::{CollectionFilter, Collections};
use uuid::Uuid;

use super::table::CollectionRow;
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::production_ops::activities::find_for_step;
use crate::production_ops::operators::find_by;
use crate::production_ops::orders::table::{operation_of, order_with};
use crate::schema::{data_collections, manufacturing_orders, work_order_operations};
use crate::write_error::{WriteError, unreadable};

/// Collected data in PostgreSQL.
pub struct PgCollections {
    db: Db,
}

impl PgCollections {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Collections for PgCollections {
    #[tracing::instrument(name = "Collections::submit", level = "debug", skip_all)]
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
                let collection = new.clone().collect(id, &facts, at).map_err(WriteError::Port)?;
                let row = CollectionRow::of(team, &collection);
                diesel::insert_into(data_collections::table).values(row).execute(connection)?;
                let entry = AuditEntry::created(&collection);
                let entry = AuditEntry { action: "data.collected".into(), ..entry };
                Ok(Change::audited(collection, entry))
            })
            .await
    }

    #[tracing::instrument(name = "Collections::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: CollectionFilter,
        window: Window,
    ) -> Result<Listing<Collection>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter)
                    .order((data_collections::collected_at, data_collections::id))
                    .offset(window.offset().into())
                    .limit(window.limit().into());
                Ok((
                    rows.select(CollectionRow::as_select()).load(connection)?,
                    filtered(team, filter).count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
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
