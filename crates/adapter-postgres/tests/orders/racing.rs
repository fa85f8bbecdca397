//! What comes of several actions and changes of one order at once.

use adapter_postgres::production_ops::{PgOperations, PgOrders};
use diesel::connection::SimpleConnection;
use kernel::error::Classified;
use kernel::manufacturing::OrderStatus;
use order_import::import::policy::{Outcome, SkipReason};
use production_ops::operation::{ActionRequest, EndedBy, OperationStatus, OperatorRef};
use production_ops::order::{ManufacturingOrder, OrderChange};
use production_ops::ports::{Operations, Orders};
use testkit::race;

use super::{Shop, complete, first, report};
use crate::support::{
    Store, block_on, context_at, done, minute, order, prepared, quantity, runtime, some_of, until_blocked,
};

/// Rounds of a race of two, so that sometimes the one comes first and sometimes the other.
const ROUNDS: usize = 15;

/// Whether something was done, or the code of why not.
type Fate = Result<(), &'static str>;

impl Shop {
    fn acts(&self, order: &ManufacturingOrder, request: ActionRequest) -> Fate {
        self.act(first(order).id, request, minute(5)).map(drop).map_err(|error| error.code())
    }

    fn brings(&self, order: &ManufacturingOrder, status: OrderStatus) -> Fate {
        self.bring(order.id, status, minute(5)).map(drop).map_err(|error| error.code())
    }
}

fn told(events: &[(&str, i64)]) -> Vec<(String, i64)> {
    events.iter().map(|(event, sequence)| ((*event).to_owned(), *sequence)).collect()
}

#[test]
fn of_fifty_starts_at_once_one_is_let_in() {
    const CROWD: usize = 50;
    let shop = Shop::new(Store::shared()).crowded(CROWD as u32);
    let order = shop.order();
    let fates = race(CROWD, |racer| {
        let operator = if racer % 2 == 0 { shop.ann } else { shop.bob };
        shop.acts(&order, ActionRequest::Start { operator: OperatorRef(operator.uuid()) })
    });
    let refused = fates.iter().filter(|fate| **fate == Err("INVALID_TRANSITION")).count();
    assert_eq!((fates.iter().filter(|fate| fate.is_ok()).count(), refused), (1, CROWD - 1), "{fates:?}");
    let found = shop.found(order.id);
    assert_eq!((found.status, first(&found).status), (OrderStatus::InProgress, OperationStatus::InProgress));
    let segments = shop.segments(first(&order).id);
    let worked: Vec<_> = segments.iter().map(|segment| (Some(segment.operator), segment.ended)).collect();
    assert_eq!(worked, [(first(&found).operator, None)]);
    assert_eq!(shop.told(&order), told(&[("order.created", 1), ("order.started", 2), ("woo.started", 2)]));
    assert_eq!(shop.audited(&order), ["order.created", "operation.started"]);
}

#[test]
fn a_start_racing_a_cancel_is_ended_by_it_or_refused() {
    let shop = Shop::new(Store::shared());
    for _ in 0..ROUNDS {
        let order = shop.order();
        let fates = race(2, |racer| match racer {
            0 => shop.acts(&order, shop.start()),
            _ => shop.brings(&order, OrderStatus::Cancelled),
        });
        let found = shop.found(order.id);
        assert_eq!((found.status, first(&found).time.open), (OrderStatus::Cancelled, None));
        let ended: Vec<_> =
            shop.segments(first(&order).id).iter().map(|it| it.ended.map(|end| end.1)).collect();
        let mut events = vec![("order.created", 1)];
        match &fates[..] {
            [Ok(()), Ok(())] => {
                assert_eq!(
                    (first(&found).status, &ended[..]),
                    (OperationStatus::InProgress, &[Some(EndedBy::Cancel)][..])
                );
                events.extend([("order.started", 2), ("woo.started", 2), ("order.cancelled", 3)]);
            }
            [Err("ORDER_CANCELLED"), Ok(())] => {
                assert_eq!((first(&found).status, &ended[..]), (OperationStatus::Pending, &[][..]));
                events.push(("order.cancelled", 2));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(shop.told(&order), told(&events));
    }
}

#[test]
fn a_hold_racing_a_completion_pauses_what_goes_on_or_comes_too_late() {
    let shop = Shop::new(Store::shared());
    for _ in 0..ROUNDS {
        let order = shop.started();
        let fates = race(2, |racer| match racer {
            0 => shop.acts(&order, complete()),
            _ => shop.brings(&order, OrderStatus::OnHold),
        });
        let found = shop.found(order.id);
        assert_eq!((found.status, found.held), (OrderStatus::OnHold, Some(OrderStatus::InProgress)));
        let ended: Vec<_> =
            shop.segments(first(&order).id).iter().map(|it| it.ended.map(|end| end.1)).collect();
        let mut events = vec![("order.created", 1), ("order.started", 2), ("woo.started", 2)];
        match &fates[..] {
            [Ok(()), Ok(())] => {
                assert_eq!(
                    (first(&found).status, &ended[..]),
                    (OperationStatus::Completed, &[Some(EndedBy::Complete)][..])
                );
                events.extend([("woo.completed", 3), ("order.updated", 3)]);
            }
            [Err("ORDER_ON_HOLD"), Ok(())] => {
                assert_eq!(
                    (first(&found).status, &ended[..]),
                    (OperationStatus::Paused, &[Some(EndedBy::Hold)][..])
                );
                events.extend([("woo.paused", 3), ("order.updated", 3)]);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(shop.told(&order), told(&events));
    }
}

#[test]
fn reports_at_once_all_count() {
    const CROWD: usize = 10;
    let shop = Shop::new(Store::shared()).crowded(CROWD as u32);
    let order = shop.started();
    let fates = race(CROWD, |_| shop.acts(&order, report(1)));
    assert_eq!(fates, [Ok(()); CROWD]);
    let found = shop.found(order.id);
    assert_eq!(first(&found).quantities.good.value(), CROWD.into());
    assert_eq!(first(&found).version, 2 + CROWD as i64);
    assert_eq!(shop.acts(&order, report(1)), Err("VALIDATION_ERROR"), "ten is all there is");
}

#[test]
fn of_the_same_change_at_once_one_is_told() {
    const CROWD: usize = 8;
    let shop = Shop::new(Store::shared()).crowded(CROWD as u32);
    let order = shop.order();
    let fates = race(CROWD, |_| shop.brings(&order, OrderStatus::InProgress));
    assert_eq!(fates, [Ok(()); CROWD], "the same again is fine");
    assert_eq!(shop.told(&order), told(&[("order.created", 1), ("order.started", 2)]));
    assert_eq!(shop.audited(&order), ["order.created", "order.changed"]);
}

/// What comes of a start that waits while `meanwhile` is done to the order and committed.
fn start_after(meanwhile: &str) -> Fate {
    let shop = Shop::new(Store::own());
    let order = shop.order();
    let mut other = shop.store.superuser();
    let begin = format!("BEGIN; UPDATE manufacturing_orders SET {meanwhile} WHERE id = '{}'", order.id);
    other.batch_execute(&begin).expect("the order is being changed");
    let operations = PgOperations::new(shop.store.db.clone());
    let (context, id, start) = (context_at(shop.team, minute(5)), first(&order).id, shop.start());
    let starting = runtime().spawn(async move { operations.act(context, id, start, None).await });
    until_blocked(&shop.store.database);
    other.batch_execute("COMMIT").expect("the order is changed");
    let started = block_on(starting).expect("starting ends");
    started.map(drop).map_err(|error| error.code())
}

#[test]
fn a_start_that_waits_sees_the_order_as_it_became() {
    for (meanwhile, expected) in [
        ("priority = 5, version = version + 1", Ok(())),
        ("status = 'cancelled', version = version + 1", Err("ORDER_CANCELLED")),
        ("status = 'on_hold', held_status = 'pending', version = version + 1", Err("ORDER_ON_HOLD")),
    ] {
        assert_eq!(start_after(meanwhile), expected, "{meanwhile}");
    }
}

#[test]
fn a_start_that_waits_while_its_operations_are_made_anew_finds_it_gone() {
    let shop = Shop::new(Store::own());
    let order = shop.order();
    let mut import = shop.store.superuser();
    let anew = format!(
        "BEGIN; SELECT FROM manufacturing_orders WHERE id = '{0}' FOR UPDATE;
         SELECT plan_operations('{1}', ARRAY['{0}']::uuid[], now())",
        order.id, shop.team
    );
    import.batch_execute(&anew).expect("its operations are made anew");
    let operations = PgOperations::new(shop.store.db.clone());
    let (context, id, start) = (context_at(shop.team, minute(5)), first(&order).id, shop.start());
    let starting = runtime().spawn(async move { operations.act(context, id, start, None).await });
    until_blocked(&shop.store.database);
    import.batch_execute("COMMIT").expect("they are there");
    let started = block_on(starting).expect("starting ends");
    assert_eq!(started.map(drop).map_err(|error| error.code()), Err("NOT_FOUND"));
    let found = shop.found(order.id);
    assert_eq!((found.status, shop.count("operation_segments")), (OrderStatus::Pending, 0));
    assert!(found.operations.iter().all(|operation| operation.id != id), "{found:?}");
}

#[test]
fn an_import_racing_a_start_never_changes_a_started_order() {
    let shop = Shop::new(Store::shared());
    for round in 0..ROUNDS {
        let order = shop.numbered(&format!("A{round}"));
        let report = std::sync::Mutex::new(None);
        let fates = race(2, |racer| match racer {
            0 => shop.acts(&order, shop.start()),
            _ => {
                let imported = shop.store.import(shop.team, prepared([some_of(order.number.as_str(), 7)]));
                *report.lock().expect("the other racer has none") = Some(imported);
                Ok(())
            }
        });
        assert_eq!(fates[0], Ok(()), "nothing keeps an order from being started");
        let report = report.into_inner().ok().flatten().expect("the import ended");
        let outcome = report.rows().map(|(_, outcome)| outcome.clone()).next().expect("one row");
        let found = shop.found(order.id);
        let (started, version) = (shop.told(&order), found.version);
        match outcome {
            Outcome::Changed(before) => {
                assert_eq!((before.image.status, before.image.version), (OrderStatus::Pending, 1));
                assert_eq!((found.quantity, version), (quantity("7"), 3));
                assert!(started.contains(&("order.started".to_owned(), 3)), "{started:?}");
            }
            Outcome::Skipped(SkipReason::Started(OrderStatus::InProgress)) => {
                assert_eq!((found.quantity, version), (quantity("10"), 2));
                assert!(started.contains(&("order.started".to_owned(), 2)), "{started:?}");
            }
            other => panic!("round {round}: {other:?}"),
        }
        assert_eq!(found.status, OrderStatus::InProgress);
    }
}

#[test]
fn a_change_that_waits_for_an_import_goes_on_from_what_the_import_left() {
    let shop = Shop::new(Store::own());
    let made = shop.numbered("A1");
    let mut import = shop.store.superuser();
    let change = format!(
        "BEGIN; UPDATE manufacturing_orders SET quantity = 7, version = version + 1 WHERE id = '{}'",
        made.id
    );
    import.batch_execute(&change).expect("the import changes it");
    let orders = PgOrders::new(shop.store.db.clone());
    let context = context_at(shop.team, minute(5));
    let hold = OrderChange { status: Some(OrderStatus::OnHold), ..Default::default() };
    let holding = runtime().spawn(async move { orders.change(context, made.id, hold).await });
    until_blocked(&shop.store.database);
    import.batch_execute("COMMIT").expect("the import ends");
    let held = done(block_on(holding).expect("holding ends")).order;
    assert_eq!((held.quantity, held.status, held.version), (quantity("7"), OrderStatus::OnHold, 3));
    let report = shop.store.import(shop.team, prepared([order("A1")]));
    let outcome = report.rows().map(|(_, outcome)| outcome.clone()).next();
    assert_eq!(outcome, Some(Outcome::Skipped(SkipReason::Started(OrderStatus::OnHold))));
}
