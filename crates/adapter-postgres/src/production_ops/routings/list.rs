//! The list of routings.

use std::collections::HashMap;

use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::Window;
use production_ops::ports::RoutingFilter;
use production_ops::routing::RoutingSummary;
use uuid::Uuid;

use super::table::{RoutingRow, named, numbered, product};
use crate::schema::{routing_versions, routings};
use crate::write_error::unreadable;

/// A page of the list, and how long the whole list is.
pub(super) fn page(
    connection: &mut PgConnection,
    team: TeamId,
    filter: &RoutingFilter,
    window: Window,
) -> QueryResult<(Vec<RoutingRow>, i64)> {
    let rows = filtered(team, filter)
        .order((routings::name_key, routings::id))
        .offset(window.offset().into())
        .limit(window.limit().into())
        .select(RoutingRow::as_select())
        .load(connection)?;
    Ok((rows, filtered(team, filter).count().get_result(connection)?))
}

fn filtered(team: TeamId, filter: &RoutingFilter) -> routings::BoxedQuery<'static, Pg> {
    let mut query = routings::table.filter(routings::team_id.eq(team.uuid())).into_boxed();
    if filter.active_only {
        query = query.filter(routings::is_active);
    }
    if let Some(product) = &filter.product {
        let making = routing_versions::table
            .filter(routing_versions::team_id.eq(team.uuid()))
            .filter(routing_versions::product_identifier.eq(product.as_str().to_owned()))
            .filter(routing_versions::version.eq(routings::version))
            .select(routing_versions::routing_id);
        query = query.filter(routings::id.eq_any(making));
    }
    query
}

/// A routing as a list shows it.
pub(super) struct SummaryRow {
    routing: RoutingRow,
    latest: LatestVersionRow,
}

/// What a list shows of a routing's latest version.
#[derive(QueryableByName)]
struct LatestVersionRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    routing_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    description: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    product_identifier: Option<String>,
    #[diesel(sql_type = Bool)]
    allow_overlap: bool,
    #[diesel(sql_type = BigInt)]
    operations: i64,
    #[diesel(sql_type = BigInt)]
    cycle_seconds: i64,
}

/// `production_ops::routing::cycle_seconds` in SQL, for a whole page.
const LATEST_VERSIONS: &str = "
    SELECT v.routing_id, v.description, v.product_identifier, v.allow_overlap, count(o.id) AS operations,
           coalesce(round(sum((o.setup_minutes + o.run_minutes) * 60)), 0)::bigint AS cycle_seconds
    FROM unnest($2, $3) page (id, version)
    JOIN routing_versions v ON v.team_id = $1 AND v.routing_id = page.id AND v.version = page.version
    LEFT JOIN routing_operations o ON o.team_id = $1 AND o.routing_id = page.id AND o.version = page.version
    GROUP BY v.team_id, v.routing_id, v.version";

/// The page's routings with their latest versions, in the page's order.
pub(super) fn summaries(
    connection: &mut PgConnection,
    team: TeamId,
    page: Vec<RoutingRow>,
) -> QueryResult<Vec<SummaryRow>> {
    let (ids, versions): (Vec<_>, Vec<_>) = page.iter().map(|row| (row.id, row.version)).unzip();
    let latest: Vec<LatestVersionRow> = sql_query(LATEST_VERSIONS)
        .bind::<diesel::sql_types::Uuid, _>(team.uuid())
        .bind::<Array<diesel::sql_types::Uuid>, _>(ids)
        .bind::<Array<Integer>, _>(versions)
        .load(connection)?;
    let mut latest: HashMap<_, _> = latest.into_iter().map(|row| (row.routing_id, row)).collect();
    let with_latest = |routing: RoutingRow| {
        let latest = latest.remove(&routing.id).ok_or(diesel::result::Error::NotFound)?;
        Ok(SummaryRow { routing, latest })
    };
    page.into_iter().map(with_latest).collect()
}

impl TryFrom<SummaryRow> for RoutingSummary {
    type Error = StoreError;

    fn try_from(SummaryRow { routing, latest }: SummaryRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: Id::new(routing.id),
            version: numbered(routing.version)?,
            name: named(&routing.name)?,
            description: latest.description.map(Into::into),
            product: product(latest.product_identifier.as_deref())?,
            allow_overlap: latest.allow_overlap,
            operations: u32::try_from(latest.operations).map_err(unreadable)?,
            cycle_seconds: latest.cycle_seconds,
            is_active: routing.is_active,
            created_at: routing.created_at,
        })
    }
}
