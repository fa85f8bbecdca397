//! The table `data_collections`.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use production_ops::collection::Collection;
use production_ops::data_collection::{violations_from_json, violations_json};
use serde_json::Value;
use uuid::Uuid;

use crate::schema::{JsonColumn, data_collections};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = data_collections, check_for_backend(Pg))]
pub(in crate::production_ops) struct CollectionRow {
    pub(in crate::production_ops) team_id: Uuid,
    pub(in crate::production_ops) id: Uuid,
    pub(in crate::production_ops) operation_id: Uuid,
    pub(in crate::production_ops) activity_id: Uuid,
    pub(in crate::production_ops) operator_id: Uuid,
    pub(in crate::production_ops) collected_data: JsonColumn,
    pub(in crate::production_ops) collected_at: DateTime<Utc>,
    pub(in crate::production_ops) received_at: DateTime<Utc>,
    pub(in crate::production_ops) conforming: bool,
    pub(in crate::production_ops) violations: Value,
}

impl CollectionRow {
    pub(super) fn of(team: TeamId, collection: &Collection) -> Self {
        Self {
            team_id: team.uuid(),
            id: collection.id.uuid(),
            operation_id: collection.operation.uuid(),
            activity_id: collection.activity.uuid(),
            operator_id: collection.operator.uuid(),
            collected_data: JsonColumn(collection.data.clone()),
            collected_at: collection.collected_at,
            received_at: collection.received_at,
            conforming: collection.violations.is_empty(),
            violations: violations_json(&collection.violations),
        }
    }
}

impl TryFrom<CollectionRow> for Collection {
    type Error = StoreError;

    fn try_from(row: CollectionRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: Id::new(row.id),
            operation: Id::new(row.operation_id),
            activity: Id::new(row.activity_id),
            operator: Id::new(row.operator_id),
            data: row.collected_data.0,
            collected_at: row.collected_at,
            received_at: row.received_at,
            violations: violations_from_json(&row.violations),
        })
    }
}
