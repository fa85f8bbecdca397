//! A first page of sales orders reads what few fit or what stands first, with every filter; a product its own ledger.

use adapter_postgres::sales_orders::{PgProducts, PgSalesOrders};
use kernel::id::TeamId;
use kernel::money::Money;
use kernel::period::Period;
use sales_orders::order::{PaymentStatus, PosStatus, SalesStatus};
use sales_orders::ports::{OrderFilter, OrderRef, Products, SalesOrders};

use super::{first_page, reads_at_most};
use crate::support::{Store, at, block_on, minute};

const ORDERS: i64 = 20_000;
/// One order in so many is rare.
const RARE: i64 = 200;
/// What may be read beside the page itself: a page is found, then read by its ids.
const PAGE: i64 = 3 * 20;

/// Two teams with as many orders each, of which 100 are rare; and the first of them.
fn full_of_orders() -> (Store, TeamId) {
    let store = Store::own();
    let teams = [(); 2].map(|()| store.team());
    for team in teams {
        store.product(team, "WIDGET", 1_000);
        store.database.execute(&format!(
            "INSERT INTO sales_orders (team_id, id, number, order_number, channel, status, payment_status,
                 customer_number, customer_name, customer_phone, name_key, phone_key, currency, sub_total, tax_amount,
                 discount_amount, total_amount, version, created_at, updated_at)
             SELECT '{team}', gen_random_uuid(), n, CASE WHEN rare THEN 'RARE-' ELSE 'ORD-' END || n, 'pos',
                 CASE WHEN rare THEN 'PROCESSING' ELSE 'RECEIVED' END, CASE WHEN rare THEN 'Paid' ELSE 'Pending' END,
                 CASE WHEN rare THEN 7 ELSE n + 1000 END, name, phone, name, phone, 'EUR', total, 0, 0, total, 1,
                 timestamptz '{at}' + n * interval '1 minute', now()
             FROM (SELECT n, n % {RARE} = 0 AS rare FROM generate_series(1, {ORDERS}) n) numbered
             CROSS JOIN LATERAL (SELECT CASE WHEN rare THEN 'somebody else' ELSE 'customer ' || md5(n::text) END AS name,
                 CASE WHEN rare THEN '555' ELSE '+49' || lpad((n % 400)::text, 6, '0') END AS phone,
                 CASE WHEN rare THEN 5000 ELSE 10 + n % 90 END AS total) made",
            at = at().to_rfc3339(),
        ));
        store.database.execute(&format!(
            "INSERT INTO sales_order_lines (team_id, order_id, position, id, number, product_name, unit_price, quantity,
                 sub_total, tax_amount, discount_amount, total_amount, taken)
             SELECT team_id, id, 1, gen_random_uuid(), number, 'Product', total_amount, 1, total_amount, 0, 0,
                 total_amount, 0 FROM sales_orders WHERE team_id = '{team}'"
        ));
    }
    store.database.execute("VACUUM ANALYZE sales_orders, sales_order_lines");
    (store, teams[0])
}

#[test]
fn a_first_page_of_orders_reads_what_few_fit_or_what_stands_first() {
    let (mut store, team) = full_of_orders();
    let all = OrderFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let money = |sum: i64| Money::try_new(sum.into()).ok();
    let few = ORDERS / RARE;
    let day = Period { from: Some(minute(400)), before: Some(minute(500)) };
    for (filter, most) in [
        (all(), 0),
        (OrderFilter { pos_status: Some(PosStatus::Pending), ..all() }, 0),
        (OrderFilter { pos_status: Some(PosStatus::Processing), ..all() }, 0),
        (OrderFilter { status: Some(SalesStatus::Processing), ..all() }, 0),
        (OrderFilter { payment_status: Some(PaymentStatus::Paid), ..all() }, 0),
        (OrderFilter { customer_number: Some(7), ..all() }, 0),
        (OrderFilter { created: day, ..all() }, 0),
        (OrderFilter { order_number: text("ORD-"), ..all() }, few),
        (OrderFilter { order_number: text("RARE-"), ..all() }, 2 * few),
        (OrderFilter { customer_name: text("customer"), ..all() }, few),
        (OrderFilter { customer_name: text("somebody"), ..all() }, 2 * few),
        (OrderFilter { customer_phone: text("555"), ..all() }, 2 * few),
        (OrderFilter { min_total: money(1), ..all() }, few),
        (OrderFilter { min_total: money(5_000), ..all() }, 2 * few),
        (OrderFilter { max_total: money(100), ..all() }, few),
    ] {
        store = reads_at_most(store, &[("sales_orders", PAGE + most), ("sales_order_lines", PAGE)], |db| {
            let page =
                block_on(PgSalesOrders::new(db.clone()).list(team, filter.clone(), first_page(), false));
            let page = page.expect("orders are read");
            assert!(
                page.items.len() == 20 && page.items.iter().all(|order| order.lines.len() == 1),
                "{filter:?}"
            );
        });
    }
}

#[test]
fn an_order_reads_itself_and_its_lines() {
    let (store, team) = full_of_orders();
    reads_at_most(store, &[("sales_orders", 2), ("sales_order_lines", 2)], |db| {
        let found = block_on(PgSalesOrders::new(db.clone()).find(team, OrderRef::Number(17)));
        assert_eq!(found.expect("it is read").map(|order| order.lines.len()), Some(1));
    });
}

#[test]
fn a_page_of_a_ledger_reads_itself() {
    let store = Store::own();
    let team = store.team();
    for sku in ["A", "B"] {
        let product = store.product(team, sku, 1);
        store.database.execute(&format!(
            "INSERT INTO stock_movements (team_id, product_id, sequence, before, quantity, balance, cause, created_at)
             SELECT team_id, id, n + 1, n, 1, n + 1, 'adjustment', now()
             FROM products, generate_series(1, {ORDERS}) n WHERE id = '{id}' ORDER BY n;
             UPDATE products SET stock = {ORDERS} + 1, movements = {ORDERS} + 1 WHERE id = '{id}'",
            id = product.id
        ));
    }
    store.database.execute("VACUUM ANALYZE products, stock_movements");
    reads_at_most(store, &[("stock_movements", 20)], |db| {
        let found = block_on(PgProducts::new(db.clone()).movements(team, 1, first_page()));
        let ledger = found.expect("the ledger is read").expect("the product is there");
        assert_eq!((ledger.items.len(), ledger.total), (20, ORDERS.unsigned_abs() + 1));
    });
}
