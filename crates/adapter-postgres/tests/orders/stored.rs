//! Orders and operations are stored whole, found as they are, and listed in an order that pages keep to.

use adapter_postgres::production_ops::{PgOperations, PgOrders};
use chrono::TimeDelta;
use kernel::audit::Audited;
use kernel::change::Change;
use kernel::manufacturing::{OrderNumber, OrderStatus, Priority, Sku};
use kernel::page::Window;
use kernel::period::Period;
use kernel::quantity::Quantity;
use production_ops::operation::{ActionRequest, OperationStatus, OperatorRef};
use production_ops::order::{ErpReference, ManufacturingOrder, NewOrder, Notes, OrderChange, Schedule};
use production_ops::ports::{OperationFilter, Operations, OrderFilter, OrderSort, Orders, SortKey};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Shop, complete, first, report};
use crate::support::{Store, at, block_on, context_at, done, minute, posting};

/// An order that says all that an order can say.
fn everything() -> NewOrder {
    let at = |text: &str| text.parse().ok();
    let schedule = Schedule::try_new(at("2025-01-20T08:00:00.123456Z"), at("2025-01-25T17:00:00+01:00"));
    NewOrder {
        number: OrderNumber::try_new("Bestellung Ä 7").ok(),
        erp_reference: ErpReference::try_new("ERP-PO-12345").ok(),
        sku: Sku::try_new("WIDGET-A-001").expect("a SKU"),
        quantity: Quantity::try_new("999999999999.999".parse().expect("a number")).expect("a quantity"),
        priority: Priority::try_new(5).expect("a priority"),
        schedule: schedule.expect("a schedule"),
        notes: Notes::read("Rush order\nfor a \"good\" customer").expect("notes"),
        custom_fields: Some(kernel::json::object(json!({"customer": {"id": 7, "tags": ["é", null, 0.1]}}))),
        ..posting("Widget")
    }
}

#[test]
fn an_order_is_found_as_it_was_posted() {
    let shop = Shop::new(Store::shared());
    for draft in [everything(), posting("Widget")] {
        let view = shop.store.posted(shop.team, draft);
        let found = block_on(PgOrders::new(shop.store.db.clone()).find(shop.team, view.order.id));
        assert_eq!(found.expect("it is read").as_ref(), Some(&view));
        let order = view.order;
        assert_eq!((order.status, order.version, order.created_at), (OrderStatus::Pending, 1, at()));
        assert_eq!(order.operations.iter().map(|it| it.number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(view.departments.len(), 1, "all are done in one");
        assert_eq!(shop.told(&order), [("order.created".to_owned(), 1)]);
        let entry = format!("SELECT after FROM audit_entries WHERE subject_id = '{}'", order.id);
        let entry: Value = serde_json::from_str(&shop.store.database.scalar(&entry)).expect("an entry");
        assert_eq!(entry, serde_json::from_str::<Value>(&order.snapshot()).expect("a snapshot"));
    }
}

#[test]
fn what_an_action_answers_is_what_is_stored() {
    let shop = Shop::new(Store::shared());
    let order = shop.order();
    let first = first(&order).id;
    let by_bob = Some(OperatorRef(shop.bob.uuid()));
    let actions = [
        shop.start(),
        report(3),
        ActionRequest::Pause { reason: shop.reason },
        ActionRequest::Resume { operator: by_bob },
        complete(),
    ];
    let mut audited = vec!["order.created".to_owned()];
    for (minutes, request) in (1..).zip(actions) {
        let action = request.action();
        let acted = shop.act(first, request, minute(minutes)).expect("it is done");
        let found = shop.found(order.id);
        assert_eq!(super::first(&found), &acted.operation, "{}", action.as_str());
        let listed = operations(&shop, OperationFilter { order: Some(order.id), ..Default::default() });
        assert_eq!(listed, found.operations, "{}", action.as_str());
        audited.push(format!("operation.{}", past(action.as_str())));
    }
    assert_eq!(shop.audited(&order), audited);
    let segments = shop.segments(first);
    let lengths = segments.iter().map(|it| (it.operator, it.ended.map(|(end, _)| end - it.started_at)));
    let two = Some(TimeDelta::minutes(2));
    assert_eq!(lengths.collect::<Vec<_>>(), [(shop.ann, two), (shop.bob, Some(TimeDelta::minutes(1)))]);
    assert_eq!(super::first(&shop.found(order.id)).time.active(minute(100)), TimeDelta::minutes(3));
}

fn past(action: &str) -> &str {
    match action {
        "start" => "started",
        "pause" => "paused",
        "resume" => "resumed",
        "report" => "reported",
        _ => "completed",
    }
}

#[test]
fn what_a_change_answers_is_what_is_stored_and_the_same_again_writes_nothing() {
    let shop = Shop::new(Store::shared());
    let order = shop.started();
    let change = OrderChange {
        status: Some(OrderStatus::OnHold),
        priority: Priority::try_new(4).ok(),
        notes: Change::Set(Notes::read("Wait for material").expect("notes").expect("some")),
    };
    let held = shop.change(order.id, change.clone(), minute(7)).expect("it is held");
    assert_eq!(held, shop.found(order.id));
    assert_eq!((held.updated_at, first(&held).status), (minute(7), OperationStatus::Paused));
    let told = shop.told(&order);
    let again = shop.change(order.id, change, minute(8)).expect("the same again is fine");
    assert_eq!((again, shop.told(&order)), (held.clone(), told));
    let cleared = OrderChange { notes: Change::Clear, ..Default::default() };
    let cleared = shop.change(order.id, cleared, minute(9)).expect("the notes go");
    assert_eq!((cleared.notes.as_ref(), cleared.version), (None, held.version + 1));
    assert_eq!(shop.found(order.id), cleared);
}

/// Posts an order at a minute.
fn posted(shop: &Shop, minutes: i64, new: NewOrder) -> ManufacturingOrder {
    done(shop.store.try_post(context_at(shop.team, minute(minutes)), new)).order
}

/// The numbers of the orders that a list holds, two at a time.
fn numbers(shop: &Shop, filter: &OrderFilter, sort: OrderSort) -> Vec<String> {
    let orders = PgOrders::new(shop.store.db.clone());
    let mut found = Vec::new();
    loop {
        let window = Window::try_new(found.len() as u32, 2, 100).expect("a window");
        let page =
            block_on(orders.list(shop.team, filter.clone(), sort, window, true)).expect("orders are read");
        found.extend(page.orders.iter().map(|order| order.number.as_str().to_owned()));
        if !page.has_more {
            assert_eq!(Some(found.len() as u64), page.total, "the count is of the list");
            return found;
        }
    }
}

/// Six orders: A1 to A6, a minute apart, the first two at once.
fn six(shop: &Shop) -> Vec<ManufacturingOrder> {
    let order = |number: &str, minutes, priority, start: Option<&str>| {
        let start = start.map(|start| start.parse().expect("a moment"));
        let new = NewOrder {
            number: OrderNumber::try_new(number).ok(),
            priority: Priority::try_new(priority).expect("a priority"),
            schedule: Schedule::try_new(start, None).expect("a schedule"),
            ..posting("Widget")
        };
        posted(shop, minutes, new)
    };
    let (soon, later) = (Some("2025-01-20T08:00:00Z"), Some("2025-02-20T08:00:00Z"));
    vec![
        order("A1", 1, 3, later),
        order("A2", 1, 3, None),
        order("A3", 3, 5, soon),
        order("A4", 4, 1, soon),
        order("A5", 5, 3, None),
        order("A6", 6, 5, later),
    ]
}

#[test]
fn orders_are_listed_by_each_field_and_those_alike_by_id() {
    let shop = Shop::new(Store::shared());
    six(&shop);
    for (key, ascending) in [
        (SortKey::CreatedAt, ["A1", "A2", "A3", "A4", "A5", "A6"]),
        (SortKey::ScheduledStart, ["A3", "A4", "A1", "A6", "A2", "A5"]),
        (SortKey::Priority, ["A4", "A1", "A2", "A5", "A3", "A6"]),
    ] {
        // a filter that lets all through is sorted in another way, and comes to the same
        let all = OrderFilter { sku: Sku::try_new("STK1").ok(), ..Default::default() };
        for filter in [OrderFilter::default(), all] {
            assert_eq!(numbers(&shop, &filter, OrderSort { key, ascending: true }), ascending, "{filter:?}");
            let mut descending = ascending;
            descending.reverse();
            assert_eq!(
                numbers(&shop, &filter, OrderSort { key, ascending: false }),
                descending,
                "{filter:?}"
            );
        }
    }
}

#[test]
fn each_filter_lets_through_what_it_says() {
    let shop = Shop::new(Store::shared());
    six(&shop);
    let gadget = NewOrder {
        number: OrderNumber::try_new("B1").ok(),
        erp_reference: ErpReference::try_new("ERP-1").ok(),
        sku: Sku::try_new("STK2").expect("a SKU"),
        ..posting("Widget")
    };
    let gadget = posted(&shop, 9, gadget);
    shop.bring(gadget.id, OrderStatus::Cancelled, minute(10)).expect("it is cancelled");
    let created = |from, before| OrderFilter { created: Period { from, before }, ..Default::default() };
    let none = OrderFilter::default;
    for (filter, expected) in [
        (OrderFilter { status: Some(OrderStatus::Cancelled), ..none() }, vec!["B1"]),
        (OrderFilter { status: Some(OrderStatus::OnHold), ..none() }, vec![]),
        (OrderFilter { erp_reference: ErpReference::try_new("ERP-1").ok(), ..none() }, vec!["B1"]),
        (OrderFilter { erp_reference: ErpReference::try_new("erp-1").ok(), ..none() }, vec![]),
        (OrderFilter { sku: Sku::try_new("STK2").ok(), ..none() }, vec!["B1"]),
        (created(Some(minute(4)), None), vec!["A4", "A5", "A6", "B1"]),
        (created(Some(minute(4)), Some(minute(6))), vec!["A4", "A5"]),
        (created(None, Some(minute(3))), vec!["A1", "A2"]),
        (
            OrderFilter { status: Some(OrderStatus::Pending), ..created(Some(minute(5)), None) },
            vec!["A5", "A6"],
        ),
    ] {
        let sort = OrderSort { key: SortKey::CreatedAt, ascending: true };
        assert_eq!(numbers(&shop, &filter, sort), expected, "{filter:?}");
    }
}

#[test]
fn a_list_shows_how_far_each_order_is() {
    let shop = Shop::new(Store::shared());
    let order = shop.started();
    let progress = || {
        let orders = PgOrders::new(shop.store.db.clone());
        let window = Window::try_new(0, 10, 100).expect("a window");
        let listed =
            block_on(orders.list(shop.team, OrderFilter::default(), OrderSort::default(), window, false));
        let listed = listed.expect("orders are read").orders.into_iter().next().expect("one order");
        let current = listed.current.map(|current| (current.number, current.status));
        (current, listed.progress.completed, listed.progress.total)
    };
    assert_eq!(progress(), (Some((1, OperationStatus::InProgress)), 0, 3));
    shop.act(first(&order).id, complete(), minute(2)).expect("the first is done");
    assert_eq!(progress(), (Some((2, OperationStatus::Pending)), 1, 3));
    for (minutes, operation) in (3..).zip(order.operations.iter().skip(1)) {
        shop.act(operation.id, shop.start(), minute(minutes)).expect("it begins");
        shop.act(operation.id, complete(), minute(minutes)).expect("it is done");
    }
    assert_eq!(progress(), (None, 3, 3));
    let found = shop.found(order.id);
    assert_eq!(
        (found.status, found.quantity_completed.map(|it| it.value())),
        (OrderStatus::Completed, Some(Decimal::TEN))
    );
}

fn operations(shop: &Shop, filter: OperationFilter) -> Vec<production_ops::operation::Operation> {
    let window = Window::try_new(0, 100, 100).expect("a window");
    let listed = block_on(PgOperations::new(shop.store.db.clone()).list(shop.team, filter, window));
    let listed = listed.expect("operations are read");
    assert_eq!(listed.items.len() as u64, listed.total);
    listed.items.into_iter().map(|view| view.operation).collect()
}

#[test]
fn operations_are_listed_the_oldest_order_s_first_and_filtered() {
    let shop = Shop::new(Store::shared());
    let (older, newer) = (shop.order(), shop.order());
    let by_bob = ActionRequest::Start { operator: OperatorRef(shop.bob.uuid()) };
    shop.act(first(&newer).id, by_bob, minute(2)).expect("it begins");
    shop.act(first(&older).id, shop.start(), minute(3)).expect("it begins");
    shop.act(first(&older).id, complete(), minute(4)).expect("it is done");
    let ids = |orders: &[(&ManufacturingOrder, &[usize])]| -> Vec<_> {
        let of = |(order, places): &(&ManufacturingOrder, &[usize])| {
            places
                .iter()
                .map(|place| order.operations.get(*place).expect("an operation").id)
                .collect::<Vec<_>>()
        };
        orders.iter().flat_map(of).collect()
    };
    let none = OperationFilter::default();
    let of = |status| OperationFilter { status: Some(status), ..none };
    let started = |from, before| OperationFilter { started: Period { from, before }, ..none };
    let department = first(&older).department;
    for (filter, expected) in [
        (none, ids(&[(&older, &[0, 1, 2]), (&newer, &[0, 1, 2])])),
        (OperationFilter { order: Some(newer.id), ..none }, ids(&[(&newer, &[0, 1, 2])])),
        (of(OperationStatus::Waiting), ids(&[(&older, &[2]), (&newer, &[1, 2])])),
        (of(OperationStatus::Completed), ids(&[(&older, &[0])])),
        (
            OperationFilter { department: Some(department), ..none },
            ids(&[(&older, &[0, 1, 2]), (&newer, &[0, 1, 2])]),
        ),
        (OperationFilter { operator: Some(shop.bob), ..none }, ids(&[(&newer, &[0])])),
        (started(Some(minute(2)), None), ids(&[(&older, &[0]), (&newer, &[0])])),
        (started(Some(minute(2)), Some(minute(3))), ids(&[(&newer, &[0])])),
        (OperationFilter { operator: Some(shop.ann), ..started(None, Some(minute(3))) }, ids(&[])),
    ] {
        let found: Vec<_> = operations(&shop, filter).iter().map(|operation| operation.id).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}
