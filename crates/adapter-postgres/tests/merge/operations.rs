//! The operations of imported orders: those that `production_ops::operation::plan_operations` gives, laid out anew just where
//! the routing moved.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz};
use kernel::id::{Id, TeamId};
use kernel::manufacturing::{OrderNumber, OrderStatus};
use order_import::import::values::{OrderImage, RoutingRef};
use production_ops::operation::plan_operations;
use production_ops::routing::{Minutes, OperationTimes, RunTimeBasis};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use uuid::Uuid;

use super::Stored;
use crate::support::{Store, at, number};

/// Two routings in two versions each; new orders get the second.
#[derive(Debug, Clone)]
pub(super) struct Routings([Vec<OperationTimes>; 4]);

/// An operation of an order as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(super) struct Laid {
    #[diesel(sql_type = Integer)]
    operation_number: i32,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    routing_operation_id: Uuid,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    target_seconds: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    scheduled_start: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ready_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct OfOrder {
    #[diesel(sql_type = Text)]
    order_number: String,
    #[diesel(embed)]
    laid: Laid,
}

pub(super) type Operations = BTreeMap<OrderNumber, Vec<Laid>>;

pub(super) fn routings() -> impl Strategy<Value = Routings> {
    let minutes = || select(vec!["0", "0.005", "0.025", "1.125", "45", "100000"]);
    let times = (minutes(), minutes(), select(&RunTimeBasis::ALL[..])).prop_map(|(setup, run, basis)| {
        let [setup, run] =
            [setup, run].map(|text| Minutes::try_new(text.parse().expect("a decimal")).expect("minutes"));
        OperationTimes { setup, run, basis }
    });
    prop::array::uniform4(vec(times, 1..4)).prop_map(Routings)
}

/// One of the routings, in one of these versions.
pub(super) fn routing(versions: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = RoutingRef> {
    (0..2_u32, versions)
        .prop_map(|(routing, version)| RoutingRef { id: Id::new(routing_id(routing)), version })
}

fn routing_id(routing: u32) -> Uuid {
    Uuid::from_u128(0x7000 + u128::from(routing))
}

/// The place of a version among [`Routings`].
fn place(routing: RoutingRef) -> usize {
    let second = usize::from(routing.id.uuid() == routing_id(1));
    2 * second + usize::try_from(routing.version).expect("a version") - 1
}

fn operation_id(place: usize, at: usize) -> Uuid {
    Uuid::from_u128(0x8000 + 0x10 * place as u128 + at as u128)
}

impl Routings {
    /// Gives a team the routings.
    pub(super) fn store(&self, store: &Store, team: TeamId) {
        let mut operations = Vec::new();
        for (place, steps) in self.0.iter().enumerate() {
            for (at, times) in steps.iter().enumerate() {
                operations.push(json!({
                    "id": operation_id(place, at),
                    "routing_id": routing_id(u32::from(place > 1)),
                    "version": 1 + place % 2,
                    "operation_number": 10 * (at + 1),
                    "name": format!("Step {place}.{at}"),
                    "setup_minutes": times.setup.value().to_string(),
                    "run_minutes": times.run.value().to_string(),
                    "run_time_basis": times.basis.as_str(),
                }));
            }
        }
        for routing in 0..2 {
            let (id, name) = (routing_id(routing), format!("Routing {routing}"));
            store.database.execute(&format!(
                "INSERT INTO routings VALUES ('{team}', '{id}', '{name}', lower('{name}'), 2, true, 2, now(), now());
                 INSERT INTO routing_versions
                 SELECT '{team}', '{id}', v, '{name}', NULL, NULL, false, now() FROM generate_series(1, 2) v"
            ));
        }
        let insert = "
            INSERT INTO routing_operations
            SELECT d.team_id, o.id, o.routing_id, o.version, o.operation_number, o.name, d.id, o.setup_minutes,
                   o.run_minutes, o.run_time_basis, NULL, '{}'
            FROM jsonb_populate_recordset(NULL::routing_operations, $2::jsonb) o
            JOIN departments d ON d.team_id = $1";
        let stored = sql_query(insert)
            .bind::<diesel::sql_types::Uuid, _>(team.uuid())
            .bind::<Text, _>(json!(operations).to_string())
            .execute(&mut store.superuser());
        assert_eq!(stored, Ok(operations.len()), "the routings' operations are stored");
    }

    /// The operations that the orders have after an import, given what it found.
    pub(super) fn expected(&self, before: &Stored, after: &Stored) -> Operations {
        let laid = after.iter().map(|(number, order)| {
            let stored = before.get(number);
            let start = stored.map(|_| scheduled_start());
            let (had, has) = (stored.and_then(|stored| operating(&stored.image)), operating(&order.image));
            let laid = match stored {
                Some(stored) if had == has => self.laid(&stored.image, start, put_at()),
                _ => self.laid(&order.image, start, at()),
            };
            (number.clone(), laid)
        });
        laid.filter(|(_, laid)| !laid.is_empty()).collect()
    }

    /// The pure rule.
    fn laid(&self, order: &OrderImage, start: Option<DateTime<Utc>>, made: DateTime<Utc>) -> Vec<Laid> {
        let Some(place) = operating(order).map(place) else { return Vec::new() };
        let steps = self.0.get(place).expect("a routing's version");
        let laid =
            plan_operations(steps, order.quantity, start).into_iter().enumerate().map(|(at, laid)| Laid {
                operation_number: 10 * (i32::try_from(at).expect("a few") + 1),
                name: format!("Step {place}.{at}"),
                routing_operation_id: operation_id(place, at),
                status: laid.status.as_str().to_owned(),
                target_seconds: laid.target_seconds,
                scheduled_start: laid.scheduled_start,
                ready_at: (at == 0).then_some(made),
                created_at: made,
            });
        laid.collect()
    }
}

/// The routing by which an order has operations.
fn operating(order: &OrderImage) -> Option<RoutingRef> {
    order.routing.filter(|_| order.status == OrderStatus::Pending)
}

/// When the orders that an import finds were stored.
pub(super) fn put_at() -> DateTime<Utc> {
    at() - TimeDelta::days(1)
}

/// When those orders are to begin.
pub(super) fn scheduled_start() -> DateTime<Utc> {
    at() + TimeDelta::days(7)
}

/// Gives stored orders their operations.
pub(super) fn plan_stored(store: &Store, team: TeamId) {
    store.database.execute(&format!(
        "SELECT plan_operations('{team}', array_agg(id), '{}') FROM manufacturing_orders WHERE team_id = '{team}'",
        put_at().to_rfc3339()
    ));
}

pub(super) fn stored(store: &Store, team: TeamId) -> Operations {
    let query = "
        SELECT o.order_number, w.* FROM work_order_operations w
        JOIN manufacturing_orders o ON o.team_id = w.team_id AND o.id = w.order_id
        WHERE w.team_id = $1 ORDER BY o.order_number, w.operation_number";
    let rows: Vec<OfOrder> = sql_query(query)
        .bind::<diesel::sql_types::Uuid, _>(team.uuid())
        .load(&mut store.superuser())
        .expect("operations are read");
    let mut operations = Operations::new();
    for row in rows {
        operations.entry(number(&row.order_number)).or_default().push(row.laid);
    }
    operations
}
