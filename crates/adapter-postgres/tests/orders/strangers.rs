//! What a team names and another has is not there: nothing of it is seen, used or changed.

use adapter_postgres::production_ops::{PgCollections, PgOperations, PgOrders};
use kernel::clock::{IdSource, SystemIds};
use kernel::error::Classified;
use kernel::id::Id;
use kernel::manufacturing::OrderStatus;
use kernel::page::Window;
use production_ops::collection::{CollectionError, CollectionFault, NewCollection};
use production_ops::operation::{ActionError, ActionFault, ActionRequest, OperatorRef};
use production_ops::order::{NewOrder, OrderError};
use production_ops::ports::{
    CollectionFilter, Collections, OperationFilter, Operations, OrderFilter, OrderSort, Orders,
};
use production_ops::routing::{ChoiceFault, RoutingChoice};

use super::{Shop, first};
use crate::support::{Store, block_on, context, minute, posting};

fn window() -> Window {
    Window::try_new(0, 100, 100).expect("a window")
}

/// All that a shop has of orders and work, as it is stored.
fn stored(shop: &Shop) -> String {
    let tables =
        ["manufacturing_orders", "work_order_operations", "operation_segments", "data_collections", "outbox"];
    let all = tables.map(|table| {
        let rows =
            format!("SELECT jsonb_agg(t ORDER BY t::text) FROM {table} t WHERE team_id = '{}'", shop.team);
        shop.store.database.scalar(&rows)
    });
    all.join("\n")
}

#[test]
fn orders_and_operations_of_another_team_are_not_found_whatever_is_done() {
    let (shop, other) = (Shop::new(Store::shared()), Shop::new(Store::shared()));
    let (order, before) = (other.started(), stored(&other));
    let (orders, operations) =
        (PgOrders::new(shop.store.db.clone()), PgOperations::new(shop.store.db.clone()));
    let operation = first(&order).id;

    assert_eq!(block_on(orders.find(shop.team, order.id)).expect("it is looked for"), None);
    assert_eq!(block_on(operations.find(shop.team, operation)).expect("it is looked for"), None);
    for status in OrderStatus::ALL {
        let code = shop.bring(order.id, status, minute(5)).map_err(|error| error.code());
        assert_eq!(code.map(drop), Err("NOT_FOUND"), "{}", status.as_str());
    }
    let pause = ActionRequest::Pause { reason: shop.reason };
    for request in
        [shop.start(), pause, ActionRequest::Resume { operator: None }, super::report(1), super::complete()]
    {
        let action = request.action();
        let code = shop.act(operation, request, minute(5)).map_err(|error| error.code());
        assert_eq!(code.map(drop), Err("NOT_FOUND"), "{}", action.as_str());
    }
    let listed =
        block_on(orders.list(shop.team, OrderFilter::default(), OrderSort::default(), window(), true));
    assert_eq!(listed.expect("orders are read").total, Some(0));
    for filter in
        [OperationFilter::default(), OperationFilter { order: Some(order.id), ..Default::default() }]
    {
        let listed = block_on(operations.list(shop.team, filter, window()));
        assert_eq!(listed.expect("operations are read").total, 0, "{filter:?}");
    }
    assert_eq!(stored(&other), before);
}

#[test]
fn what_a_request_names_of_another_team_is_unknown() {
    let (shop, other) = (Shop::new(Store::shared()), Shop::new(Store::shared()));
    let order = shop.started();
    let second = order.operations.get(1).expect("a second operation").id;
    shop.act(first(&order).id, super::complete(), minute(2)).expect("the first is done");
    let before = stored(&shop);

    let foreign = other.store.routing(other.team, "Foreign", &[serde_json::json!({})]);
    let by_id = NewOrder { routing: RoutingChoice::Id(foreign.id), ..posting("Widget") };
    let refused = shop.store.try_post(context(shop.team), by_id).expect_err("it is another's routing");
    assert!(matches!(refused, OrderError::Routing(ChoiceFault::UnknownId)), "{refused:?}");
    let by_name = posting("Foreign");
    let refused = shop.store.try_post(context(shop.team), by_name).expect_err("it is another's routing");
    assert!(matches!(refused, OrderError::Routing(ChoiceFault::UnknownName)), "{refused:?}");

    let start = ActionRequest::Start { operator: OperatorRef(other.ann.uuid()) };
    let refused = shop.act(second, start, minute(3)).expect_err("it is another's operator");
    let ActionError::Refused(faults) = refused else { panic!("{refused:?}") };
    assert_eq!(faults, [ActionFault::UnknownOperator]);
    let pause = ActionRequest::Pause { reason: other.reason };
    let refused = shop.act(second, pause, minute(3)).expect_err("it is another's reason");
    let ActionError::Refused(faults) = refused else { panic!("{refused:?}") };
    assert_eq!(faults, [ActionFault::UnknownPauseReason]);

    let filter = OperationFilter { operator: Some(other.ann), ..Default::default() };
    let listed = block_on(PgOperations::new(shop.store.db.clone()).list(shop.team, filter, window()));
    assert_eq!(listed.expect("operations are read").total, 0);
    assert_eq!(stored(&shop), before);
}

#[test]
fn data_is_neither_collected_for_another_team_nor_with_what_it_has() {
    let (shop, other) = (Shop::new(Store::shared()), Shop::new(Store::shared()));
    let (own, foreign) = (first(&shop.started()).id, first(&other.started()).id);
    let [activity, strange] = [&shop, &other].map(|shop| shop.store.activity(shop.team, "Torque"));
    other.store.collected(other.team, foreign, strange, OperatorRef(other.ann.uuid()));
    let before = stored(&other);
    let collections = PgCollections::new(shop.store.db.clone());
    let good = NewCollection {
        operation: own,
        activity,
        operator: OperatorRef(shop.ann.uuid()),
        data: Default::default(),
        collected_at: None,
    };
    for (new, expected) in [
        (NewCollection { operation: foreign, ..good.clone() }, CollectionFault::UnknownOperation),
        (NewCollection { activity: strange, ..good.clone() }, CollectionFault::UnknownActivity),
        (NewCollection { operator: OperatorRef(other.ann.uuid()), ..good }, CollectionFault::UnknownOperator),
    ] {
        let kept = block_on(collections.submit(context(shop.team), Id::new(SystemIds.uuid()), new));
        let Err(CollectionError::Refused(faults)) = kept else { panic!("it is another's: {kept:?}") };
        assert_eq!(faults, [expected]);
    }
    for filter in [
        CollectionFilter::default(),
        CollectionFilter { operation: Some(foreign), ..Default::default() },
        CollectionFilter { activity: Some(strange), ..Default::default() },
    ] {
        let listed = block_on(collections.list(shop.team, filter, window())).expect("data is read");
        assert_eq!(listed.total, 0, "{filter:?}");
    }
    assert_eq!(stored(&other), before);
}
