//! Operations are laid out in SQL as `production_ops::operation::plan_operations` says, for any number of orders at once.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz};
use diesel::{QueryableByName, sql_query};
use kernel::calendar;
use kernel::clock::{IdSource, SystemIds};
use kernel::id::TeamId;
use kernel::quantity::Quantity;
use production_ops::operation::{PlannedOperation, plan_operations};
use production_ops::routing::{Minutes, OperationTimes, RunTimeBasis};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::Shop;
use crate::support::{Store, at};

const CASES: u32 = 16;
const ORDERS: usize = 40;

/// What an order is laid out by.
#[derive(Debug, Clone)]
struct Plan {
    steps: Vec<OperationTimes>,
    quantity: Quantity,
    start: Option<DateTime<Utc>>,
    status: &'static str,
}

/// What an operation is laid out as.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    number: i32,
    status: String,
    target_seconds: i64,
    scheduled_start: Option<DateTime<Utc>>,
    ready_at: Option<DateTime<Utc>>,
}

impl Plan {
    /// The pure rule: of an order that was begun or is over, nothing.
    fn expected(&self) -> Vec<Step> {
        let steps: &[_] = if self.status == "pending" { &self.steps } else { &[] };
        let planned = plan_operations(steps, self.quantity, self.start);
        let step = |(number, it): (i32, &PlannedOperation)| Step {
            number,
            status: it.status.as_str().to_owned(),
            target_seconds: it.target_seconds,
            scheduled_start: it.scheduled_start,
            ready_at: (number == 1).then_some(at()),
        };
        (1..).zip(&planned).map(step).collect()
    }
}

#[test]
fn operations_are_planned_in_sql_as_the_pure_rule_says() {
    let store = Store::shared();
    let config = Config {
        cases: CASES,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::with_source_file(file!())
    };
    let held = TestRunner::new(config).run(&vec(plan(), 1..ORDERS), |plans| {
        let team = store.plant();
        let plans = put(&store, team, plans);
        plan_all(&store, team, plans.keys());
        let expected: BTreeMap<_, _> = plans.iter().map(|(id, plan)| (*id, plan.expected())).collect();
        prop_assert_eq!(&planned(&store, team, plans.keys()), &expected);
        // made anew they are the same
        plan_all(&store, team, plans.keys());
        prop_assert_eq!(&planned(&store, team, plans.keys()), &expected);
        Ok(())
    });
    assert!(held.is_ok(), "{}", held.map_err(|error| error.to_string()).err().unwrap_or_default());
}

fn minutes() -> impl Strategy<Value = Minutes> {
    let thousandths = prop_oneof![Just(0), 1..10_000_i64, 0..=100_000_000_i64, Just(100_000_000)];
    thousandths.prop_map(|number| Minutes::try_new(Decimal::new(number, 3)).expect("minutes"))
}

fn plan() -> impl Strategy<Value = Plan> {
    let basis = select(&[RunTimeBasis::PerOrder, RunTimeBasis::PerUnit][..]);
    let step =
        (minutes(), minutes(), basis).prop_map(|(setup, run, basis)| OperationTimes { setup, run, basis });
    let thousandths =
        prop_oneof![1..100_000_i64, 1..=999_999_999_999_999_i64, Just(1), Just(999_999_999_999_999)];
    let quantity =
        thousandths.prop_map(|number| Quantity::try_new(Decimal::new(number, 3)).expect("a quantity"));
    // to the microsecond, from now until the last year, and in its last days
    let start = (0..250_000_000_000_000_000_i64).prop_map(|micros| at() + TimeDelta::microseconds(micros));
    let late = (1..500_000_000_000_i64).prop_map(|micros| calendar::END - TimeDelta::microseconds(micros));
    let start = prop_oneof![start, late];
    let status =
        prop_oneof![6 => Just("pending"), 1 => select(&["in_progress", "cancelled", "completed"][..])];
    (vec(step, 1..=12), quantity, weighted(0.8, start), status)
        .prop_map(|(steps, quantity, start, status)| Plan { steps, quantity, start, status })
}

/// Stores an order for each plan, each with a routing of its own.
fn put(store: &Store, team: TeamId, plans: Vec<Plan>) -> BTreeMap<Uuid, Plan> {
    let plans: BTreeMap<_, _> = plans.into_iter().map(|plan| (SystemIds.uuid(), plan)).collect();
    let moment = |start: DateTime<Utc>| start.to_rfc3339_opts(SecondsFormat::Micros, true);
    let orders = plans.iter().map(|(id, plan)| {
        json!({
            "id": id, "status": plan.status, "quantity": plan.quantity.to_string(),
            "scheduled_start": plan.start.map(moment),
        })
    });
    let steps = plans.iter().flat_map(|(id, plan)| {
        (1..).zip(&plan.steps).map(move |(number, step): (i32, _)| {
            json!({
                "routing_id": id, "operation_number": number, "setup_minutes": step.setup.value().to_string(),
                "run_minutes": step.run.value().to_string(), "run_time_basis": step.basis.as_str(),
            })
        })
    });
    let (orders, steps) = (orders.collect::<Vec<_>>(), steps.collect::<Vec<_>>());
    let statements = [
        "INSERT INTO routings SELECT $1, id, id::text, id::text, 1, true, 1, now(), now()
         FROM jsonb_populate_recordset(NULL::routings, $2::jsonb)",
        "INSERT INTO routing_versions SELECT $1, id, 1, id::text, NULL, NULL, false, now()
         FROM jsonb_populate_recordset(NULL::routings, $2::jsonb)",
        "INSERT INTO manufacturing_orders (team_id, id, order_number, sku, description, quantity, priority, status,
             routing_id, routing_version, scheduled_start, version, created_at, updated_at)
         SELECT $1, id, id::text, 'STK1', '', quantity, 3, status, id, 1, scheduled_start, 1, now(), now()
         FROM jsonb_populate_recordset(NULL::manufacturing_orders, $2::jsonb)",
    ];
    let steps_of = "INSERT INTO routing_operations (team_id, id, routing_id, version, operation_number, name,
             department_id, setup_minutes, run_minutes, run_time_basis, required_skills)
         SELECT $1, gen_random_uuid(), routing_id, 1, operation_number, 'Step',
                (SELECT id FROM departments WHERE team_id = $1), setup_minutes, run_minutes, run_time_basis, '{}'
         FROM jsonb_populate_recordset(NULL::routing_operations, $2::jsonb)";
    let stored = store.superuser().transaction(|connection| {
        let all = statements.map(|statement| (statement, &orders)).into_iter().chain([(steps_of, &steps)]);
        for (statement, rows) in all {
            sql_query(statement)
                .bind::<diesel::sql_types::Uuid, _>(team.uuid())
                .bind::<Text, _>(json!(rows).to_string())
                .execute(connection)?;
        }
        diesel::QueryResult::Ok(())
    });
    assert_eq!(stored, Ok(()), "orders and routings are stored");
    plans
}

fn ids<'a>(orders: impl Iterator<Item = &'a Uuid>) -> String {
    let ids: Vec<_> = orders.map(Uuid::to_string).collect();
    format!("'{{{}}}'::uuid[]", ids.join(","))
}

fn plan_all<'a>(store: &Store, team: TeamId, orders: impl Iterator<Item = &'a Uuid>) {
    let moment = at().to_rfc3339_opts(SecondsFormat::Micros, true);
    store.database.execute(&format!("SELECT plan_operations('{team}', {}, '{moment}')", ids(orders)));
}

#[derive(QueryableByName)]
struct StepRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    order_id: Uuid,
    #[diesel(sql_type = Integer)]
    operation_number: i32,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    target_seconds: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    scheduled_start: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ready_at: Option<DateTime<Utc>>,
}

/// The operations of orders as they are stored.
fn planned<'a>(
    store: &Store,
    team: TeamId,
    orders: impl Iterator<Item = &'a Uuid> + Clone,
) -> BTreeMap<Uuid, Vec<Step>> {
    let mut found: BTreeMap<_, _> = orders.clone().map(|id| (*id, Vec::new())).collect();
    let query = format!(
        "SELECT order_id, operation_number, status, target_seconds, scheduled_start, ready_at
         FROM work_order_operations WHERE team_id = '{team}' AND order_id = ANY ({}) ORDER BY operation_number",
        ids(orders)
    );
    let rows: Vec<StepRow> = sql_query(query).load(&mut store.superuser()).expect("operations are read");
    for row in rows {
        let StepRow { order_id, operation_number: number, status, target_seconds, scheduled_start, ready_at } =
            row;
        let step = Step { number, status, target_seconds, scheduled_start, ready_at };
        found.entry(order_id).or_default().push(step);
    }
    found
}

#[test]
fn operations_that_were_begun_are_never_made_anew() {
    let shop = Shop::new(Store::shared());
    let (begun, pending) = (shop.started(), shop.order());
    let orders = [begun.id.uuid(), pending.id.uuid()];
    let plan_operations = format!("SELECT plan_operations('{}', {}, now())", shop.team, ids(orders.iter()));
    let refused =
        sql_query(plan_operations).execute(&mut shop.store.superuser()).map_err(|error| error.to_string());
    let refused = refused.expect_err("one of them has a segment");
    assert!(refused.contains("operation_segments_team_id_operation_id_fkey"), "{refused}");
    assert_eq!(
        (shop.found(begun.id), shop.found(pending.id)),
        (begun.clone(), pending.clone()),
        "and nothing is left"
    );

    let others = ids([pending.id.uuid()].iter());
    shop.store.database.execute(&format!("SELECT plan_operations('{}', {others}, now())", shop.team));
    let anew = shop.found(pending.id);
    assert_eq!(anew.operations.len(), 3);
    assert!(anew.operations.iter().zip(&pending.operations).all(|(new, old)| new.id != old.id));
}

#[test]
fn operations_are_planned_for_the_team_s_own_orders_alone() {
    let (shop, other) = (Shop::new(Store::shared()), Shop::new(Store::shared()));
    let foreign = other.order();
    plan_all(&shop.store, shop.team, [foreign.id.uuid()].iter());
    assert_eq!(other.found(foreign.id), foreign);
    assert_eq!(shop.count("work_order_operations"), 0);
}
