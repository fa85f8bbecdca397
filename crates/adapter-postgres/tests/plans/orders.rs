//! A page of orders reads itself beside the count, however many there are, and an order reads its own operations.

use adapter_postgres::db::{Lane, Scope};
use adapter_postgres::production_ops::PgOrders;
use adapter_postgres::write_error::WriteError;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::{OrderStatus, Sku};
use kernel::period::Period;
use production_ops::order::ErpReference;
use production_ops::ports::{OrderFilter, OrderSort, Orders, SortKey};

use serde_json::json;

use super::work::{BESIDE, ORDERS, PAGE, count, full_of_work, id, moment};
use super::{first_page, reading, reads_at_most};
use crate::support::{Store, block_on};

const LAID_OUT: i64 = 1_000;

#[test]
fn laying_out_operations_reads_the_orders_it_is_for_where_there_are_no_statistics_too() {
    let store = Store::own();
    let team = store.plant();
    store.routing(team, "Widget", &[json!({}), json!({})]);
    store.database.execute(&format!(
        "INSERT INTO manufacturing_orders (team_id, id, order_number, sku, description, quantity, priority, status,
             routing_id, routing_version, version, created_at, updated_at)
         SELECT team_id, gen_random_uuid(), 'A' || n, 'STK1', '', 10, 3, 'pending', id, 1, 1, now(), now()
         FROM routings, generate_series(1, {LAID_OUT}) n WHERE team_id = '{team}'"
    ));
    let plan_operations = format!(
        "SELECT plan_operations('{team}', array_agg(id), now()) FROM manufacturing_orders WHERE team_id = '{team}'"
    );
    let (store, read) = reading(store, "manufacturing_orders", |db| {
        let work = move |connection: &mut PgConnection| {
            Ok::<_, WriteError<StoreError>>(sql_query(plan_operations.clone()).execute(connection)?)
        };
        block_on(db.write(Scope::Team(team), Lane::Ordinary, work)).expect("they are laid out");
    });
    assert_eq!(count(&store, team, "work_order_operations", "true"), 2 * LAID_OUT);
    // to name it, to lay it out, and for the foreign key of each of its operations
    assert!(read.rows <= 4 * LAID_OUT + BESIDE, "{read:?}");
}

/// By each field, both ways.
fn sorts() -> impl Iterator<Item = OrderSort> {
    SortKey::ALL.into_iter().flat_map(|key| [true, false].map(|ascending| OrderSort { key, ascending }))
}

/// Asserts that the first page of what a filter lets through, which `condition` says in SQL, reads so many orders at
/// most beside the count of all.
fn page_reads(
    store: Store,
    team: TeamId,
    (filter, condition): (&OrderFilter, &str),
    sort: OrderSort,
    page: impl Fn(i64) -> i64,
) -> Store {
    let total = count(&store, team, "manufacturing_orders", condition);
    let most = total + page(total) + BESIDE;
    reads_at_most(store, &[("manufacturing_orders", most)], |db| {
        let orders = PgOrders::new(db.clone());
        let listed =
            block_on(orders.list(team, filter.clone(), sort, first_page(), true)).expect("orders are read");
        assert_eq!(
            (listed.orders.len() as i64, listed.total),
            (PAGE.min(total), Some(total.unsigned_abs())),
            "{condition}"
        );
    })
}

#[test]
fn a_page_of_all_orders_or_of_one_status_reads_itself_beside_the_count_however_it_is_sorted() {
    let (mut store, team, _alone) = full_of_work();
    let of = |status| OrderFilter { status: Some(status), ..Default::default() };
    for (filter, condition) in [
        (OrderFilter::default(), "true"),
        (of(OrderStatus::Pending), "status = 'pending'"),
        (of(OrderStatus::OnHold), "status = 'on_hold'"),
    ] {
        for sort in sorts() {
            store = page_reads(store, team, (&filter, condition), sort, |total| PAGE.min(total));
        }
    }
    // of a status that most orders have, those in between are passed over as well: the ones in work
    for sort in sorts() {
        let most = (&of(OrderStatus::Completed), "status = 'completed'");
        store = page_reads(store, team, most, sort, |total| ORDERS - total);
    }
}

fn created(from: Option<DateTime<Utc>>, before: Option<DateTime<Utc>>) -> OrderFilter {
    OrderFilter { created: Period { from, before }, ..Default::default() }
}

#[test]
fn a_page_of_what_a_filter_lets_through_reads_that_and_no_more() {
    let (mut store, team, _alone) = full_of_work();
    let erp = OrderFilter { erp_reference: ErpReference::try_new("ERP-200").ok(), ..Default::default() };
    let sku = OrderFilter { sku: Sku::try_new("STK7").ok(), ..Default::default() };
    let [week, may, april] = [moment("2024-01-08"), moment("2024-05-10"), moment("2024-04-01")];
    let pending = OrderFilter { status: Some(OrderStatus::Pending), ..created(Some(may), None) };
    for (filter, condition) in [
        (erp, "erp_reference = 'ERP-200'"),
        (sku, "sku = 'STK7'"),
        (created(None, Some(week)), "created_at < '2024-01-08Z'"),
        (
            created(Some(may), Some(moment("2024-05-17"))),
            "created_at >= '2024-05-10Z' AND created_at < '2024-05-17Z'",
        ),
        (created(Some(april), None), "created_at >= '2024-04-01Z'"),
        (pending, "created_at >= '2024-05-10Z' AND status = 'pending'"),
    ] {
        for sort in sorts() {
            // in the order that the filter's index has the page ends where it is full; else all is read, as for the count
            let page = |total| if sort.key == SortKey::CreatedAt { PAGE.min(total) } else { total };
            store = page_reads(store, team, (&filter, condition), sort, page);
        }
    }
}

#[test]
fn the_progress_of_a_page_reads_the_operations_of_that_page_alone() {
    let (mut store, team, _alone) = full_of_work();
    for sort in sorts() {
        // four operations of each order, for the counts and for the current one
        store = reads_at_most(store, &[("work_order_operations", PAGE * 8 + BESIDE)], |db| {
            let orders = PgOrders::new(db.clone());
            let listed = block_on(orders.list(team, OrderFilter::default(), sort, first_page(), true));
            let listed = listed.expect("orders are read").orders;
            assert_eq!(listed.len() as i64, PAGE);
        });
    }
}

#[test]
fn one_order_is_shown_without_a_look_at_others() {
    let (store, team, _alone) = full_of_work();
    let order = id(&store, team, "manufacturing_orders", "order_number = 'A18005'");
    let tables = [
        ("manufacturing_orders", 1),
        ("work_order_operations", 4),
        ("departments", 4),
        ("routing_versions", 1),
    ];
    reads_at_most(store, &tables.map(|(table, rows)| (table, rows + BESIDE)), |db| {
        let orders = PgOrders::new(db.clone());
        let found = block_on(orders.find(team, order)).expect("the order is read").expect("it is there");
        assert_eq!((found.order.operations.len(), found.departments.len()), (4, 4));
    });
}
