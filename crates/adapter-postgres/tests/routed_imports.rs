//! Imports that say how orders are made: what is left in `work_order_operations`, whoever else imports.

use adapter_postgres::production_ops::{PgOperations, PgRoutings};
use diesel::connection::SimpleConnection;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::OrderStatus;
use order_import::import::values::{Change, ImportedOrder, RoutingRef};
use production_ops::operation::{ActionError, ActionRequest, OperatorRef};
use production_ops::ports::{Operations, Routings};
use production_ops::routing::Routing;
use serde_json::json;
use testkit::race;

use crate::support::{
    Store, block_on, context, done, lines, number, order, prepared, runtime, until_blocked,
};

const ORDERS: usize = 300;

/// A routing as an import names it.
fn named(routing: &Routing) -> RoutingRef {
    RoutingRef { id: Id::new(routing.id.uuid()), version: routing.version.number() }
}

/// Rows that name a routing.
fn by(routing: &Routing) -> Vec<ImportedOrder> {
    let routing = Change::Set(named(routing));
    let rows =
        (0..ORDERS).map(|at| ImportedOrder { routing: routing.clone(), ..order(&format!("A{at:04}")) });
    rows.collect()
}

/// The orders whose operations are not just those of their routing's version, in their order, the first ready.
fn out_of_step(store: &Store, team: TeamId) -> Vec<String> {
    let query = format!(
        "SELECT o.order_number AS line FROM manufacturing_orders o
         WHERE o.team_id = '{team}'
           AND (SELECT array_agg((w.routing_operation_id, w.name, w.status) ORDER BY w.operation_number)
                FROM work_order_operations w WHERE w.team_id = o.team_id AND w.order_id = o.id)
             IS DISTINCT FROM
               (SELECT array_agg((r.id, r.name, CASE r.operation_number WHEN 1 THEN 'pending' ELSE 'waiting' END)
                                 ORDER BY r.operation_number)
                FROM routing_operations r
                WHERE r.team_id = o.team_id AND r.routing_id = o.routing_id AND r.version = o.routing_version
                  AND o.status = 'pending')"
    );
    lines(&mut store.superuser(), &query)
}

fn operations(store: &Store, team: TeamId) -> i64 {
    store.number(&format!("SELECT count(*) FROM work_order_operations WHERE team_id = '{team}'"))
}

#[test]
fn imports_that_name_different_routings_at_once_leave_each_order_the_operations_of_its_routing() {
    let store = Store::own();
    for round in 0..6 {
        let team = store.plant();
        let (two, three) = (
            store.routing(team, "Two", &[json!({}), json!({})]),
            store.routing(team, "Three", &[json!({}), json!({}), json!({})]),
        );
        if round % 2 == 0 {
            store.import(team, prepared((0..ORDERS).map(|at| order(&format!("A{at:04}")))));
        }
        race(2, |racer| {
            let rows = if racer == 0 { by(&two) } else { by(&three).into_iter().rev().collect() };
            store.import(team, prepared(rows));
        });
        assert_eq!(out_of_step(&store, team), [""; 0], "in round {round}");
        let orders = store.orders(team);
        let of = |routing: &Routing| {
            orders.values().filter(|order| order.image.routing == Some(named(routing))).count()
        };
        assert_eq!(of(&two) + of(&three), ORDERS);
        assert_eq!(operations(&store, team), (2 * of(&two) + 3 * of(&three)) as i64);
    }
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(store.close().scalar(deadlocks), "0");
}

#[test]
fn an_order_keeps_the_version_it_has_until_it_gets_another_routing() {
    let store = Store::shared();
    let team = store.plant();
    let first = store.routing(team, "Widget", &[json!({})]);
    let other = store.routing(team, "Other", &[json!({}), json!({})]);
    let import = |routing| store.import(team, prepared([ImportedOrder { routing, ..order("A1") }]));
    let stored = || store.orders(team)[&number("A1")].image.routing;
    let ids = || {
        let ids =
            format!("SELECT id::text AS line FROM work_order_operations WHERE team_id = '{team}' ORDER BY 1");
        lines(&mut store.superuser(), &ids)
    };
    import(Change::Set(named(&first)));
    let made = ids();
    let content = store.routing_content(team, "Widget", &[json!({}), json!({})]);
    let routings = PgRoutings::new(store.db.clone());
    let revised = routings.revise(context(team), first.id, content);
    let second = done(block_on(revised));

    let same = import(Change::Set(named(&second)));
    assert_eq!((same.counts.updated, same.counts.changed), (1, 0), "it is the routing it has");
    assert_eq!((stored(), ids()), (Some(named(&first)), made.clone()));
    import(Change::Set(named(&other)));
    assert_eq!(stored(), Some(named(&other)));
    import(Change::Set(named(&second)));
    assert_eq!((stored(), ids().len()), (Some(named(&second)), 2), "and back it has the new version");
    assert!(ids().iter().all(|id| !made.contains(id)));
    assert_eq!(out_of_step(&store, team), [""; 0]);
}

#[test]
fn operations_go_with_the_routing_and_with_the_state() {
    let store = Store::shared();
    let team = store.plant();
    let routing = store.routing(team, "Widget", &[json!({}), json!({})]);
    let rows =
        ["A1", "A2", "A3"].map(|text| ImportedOrder { routing: Change::Set(named(&routing)), ..order(text) });
    store.import(team, prepared(rows));
    assert_eq!(operations(&store, team), 6);
    let cleared = ImportedOrder { routing: Change::Clear, ..order("A1") };
    let started = ImportedOrder { status: Some(OrderStatus::InProgress), ..order("A2") };
    let elsewhere = ImportedOrder {
        routing: Change::Set(named(&routing)),
        status: Some(OrderStatus::Completed),
        ..order("A4")
    };
    let report = store.import(team, prepared([cleared, started, elsewhere]));
    assert_eq!((report.counts.created, report.counts.changed), (1, 2));
    assert_eq!(operations(&store, team), 2, "A3 has its own, the others have none");
    assert_eq!(out_of_step(&store, team), [""; 0]);
    let kept: Vec<_> = store.orders(team).into_values().map(|order| order.image.routing.is_some()).collect();
    assert_eq!(kept, [false, true, true, true], "by what an order was made is not forgotten");
}

#[test]
fn an_operation_that_an_import_took_away_while_it_was_waited_for_is_not_there() {
    let store = Store::own();
    let team = store.plant();
    store.floor(team);
    let routing = store.routing(team, "Two", &[json!({}), json!({})]);
    store.import(team, prepared([ImportedOrder { routing: Change::Set(named(&routing)), ..order("A1") }]));
    let one = |query: &str| {
        let id = store.database.scalar(&query.replace("$team", &format!("'{team}'")));
        id.parse().expect("an id")
    };
    let operation =
        one("SELECT w.id FROM work_order_operations w JOIN manufacturing_orders o ON o.id = w.order_id
         WHERE w.team_id = $team AND o.order_number = 'A1' AND w.operation_number = 1");
    let operator = OperatorRef(one("SELECT id FROM operators WHERE team_id = $team LIMIT 1"));
    // what an import does to an order that gets another routing
    let mut importing = store.superuser();
    importing
        .batch_execute(&format!(
            "BEGIN; UPDATE manufacturing_orders SET version = version + 1 WHERE team_id = '{team}' AND order_number = 'A1';
             SELECT plan_operations('{team}', array_agg(id), now()) FROM manufacturing_orders
             WHERE team_id = '{team}' AND order_number = 'A1'"
        ))
        .expect("the operations are made anew");
    let operations = PgOperations::new(store.db.clone());
    let starting = runtime().spawn(async move {
        let start = ActionRequest::Start { operator };
        operations.act(context(team), Id::new(operation), start, None).await
    });
    until_blocked(&store.database);
    importing.batch_execute("COMMIT").expect("the order is free");
    let refused = block_on(starting).expect("starting ends");
    assert!(matches!(refused, Err(ActionError::NotFound)), "{refused:?}");
}
