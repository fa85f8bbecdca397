//! Foreign keys' checks in a session that began on the empty database: they look up the one row that they are about.
//!
//! A check is prepared by its session. Planned while the table is empty, all indexes that begin with the team cost the
//! same: one that does not have the whole key would read every row of the team, until something analyses the table.

use adapter_postgres::Db;
use adapter_postgres::production_ops::PgOrders;
use adapter_postgres::sales_orders::PgSalesOrders;
use diesel::prelude::*;
use kernel::clock::{IdSource, SystemIds};
use kernel::id::Id;
use production_ops::ports::Orders;
use sales_orders::ports::SalesOrders;
use serde_json::json;

use super::reading;
use crate::support::{LOCALE, Store, at, block_on, context, done, lines, posting, sale, series};

/// Each key that foreign keys refer to: its table, the indexes that find its one row, and its columns. A key that holds the
/// primary key is found by that one's index just as well.
const REFERRED: &str = "
    SELECT DISTINCT format('%s %s %s', c.confrelid::regclass,
                           (SELECT string_agg(i.indexrelid::regclass::text, ',' ORDER BY i.indexrelid) FROM pg_index i
                            WHERE i.indrelid = c.confrelid AND i.indisunique AND i.indpred IS NULL
                              AND i.indkey::int2[] <@ c.confkey),
                           (SELECT string_agg(format('%I = $%s', a.attname, k.place), ' AND ' ORDER BY k.place)
                            FROM unnest(c.confkey) WITH ORDINALITY k (number, place)
                            JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number)) AS line
    FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace ORDER BY 1";

#[test]
fn a_foreign_key_planned_on_an_empty_table_is_checked_by_an_index_that_finds_its_one_row() {
    let store = Store::own();
    let connection = &mut store.superuser();
    let mut wrong = Vec::new();
    let referred = lines(connection, REFERRED);
    assert!(referred.len() > 10, "{referred:?}");
    for (number, line) in referred.iter().enumerate() {
        let mut words = line.splitn(3, ' ');
        let [table, indexes, condition] = [(); 3].map(|()| words.next().expect("three words"));
        let arguments = condition.matches('=').count();
        let (values, name) = (vec!["NULL"; arguments].join(", "), format!("check_{number}"));
        // the text of PostgreSQL's own check, with the plan that it keeps after five executions
        let prepare =
            format!("PREPARE {name} AS SELECT 1 FROM ONLY {table} x WHERE {condition} FOR KEY SHARE OF x");
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE {name} ({values})");
        let batch = format!("SET plan_cache_mode = force_generic_plan; {prepare}");
        diesel::connection::SimpleConnection::batch_execute(connection, &batch).expect("it is prepared");
        let plan: Vec<Plan> = diesel::sql_query(explain).load(connection).expect("it is explained");
        let plan: Vec<_> = plan.into_iter().map(|row| row.line).collect();
        let uses = |index: &str| plan.iter().any(|step| step.contains(&format!("using {index} ")));
        if !indexes.split(',').any(uses) {
            wrong.push(format!("{table}: {plan:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// So many that a check which reads the whole team reads far more than the rest of the work.
const ORDERS: i64 = 300;

#[test]
fn orders_of_a_session_that_began_on_the_empty_database_read_a_few_entries_each() {
    let store = Store::own();
    let team = store.plant();
    store.product(team, "WIDGET", 1_000_000);
    store.routing(team, "Widget", &[json!({}), json!({})]);
    let sell = |db: &Db| {
        let orders = PgSalesOrders::new(db.clone());
        let (id, line) = (Id::new(SystemIds.uuid()), Id::new(SystemIds.uuid()));
        done(block_on(orders.create(context(team), id, vec![line], sale(&[(1, 1)]), LOCALE)));
    };
    let (store, sold) = reading(store, "sales_orders", |db| (0..ORDERS).for_each(|_| sell(db)));
    assert!(sold.rows <= 10 * ORDERS, "sales orders: {sold:?}");
    let make = |db: &Db| {
        let (orders, series) = (PgOrders::new(db.clone()), series(at()));
        done(block_on(orders.create(context(team), Id::new(SystemIds.uuid()), posting("Widget"), series)));
    };
    let (_, made) = reading(store, "manufacturing_orders", |db| (0..ORDERS).for_each(|_| make(db)));
    assert!(made.rows <= 10 * ORDERS, "manufacturing orders: {made:?}");
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
    line: String,
}
