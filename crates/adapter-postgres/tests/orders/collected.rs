//! Data collected during operations, and what was captured at their completion.

use adapter_postgres::production_ops::PgCollections;
use diesel::connection::SimpleConnection;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::Classified;
use kernel::id::Id;
use kernel::json;
use kernel::manufacturing::OrderStatus;
use kernel::page::Window;
use production_ops::collection::{Collection, NewCollection};
use production_ops::data_collection::{ActivityId, CaptureFault, OnViolation};
use production_ops::operation::{ActionError, ActionFault, ActionRequest, OperationId, OperatorRef, Totals};
use production_ops::ports::{CollectionFilter, Collections};
use serde_json::{Value, json};
use testkit::race;

use super::{Shop, first};
use crate::support::{Store, block_on, context_at, done, minute, posting, runtime, until_blocked};

impl Shop {
    /// An activity with a torque from 40 to 50, whose violations are recorded.
    fn torque(&self) -> ActivityId {
        let field = json!({"name": "torque", "type": "number", "validation": {"min": 40, "max": 50}});
        self.store.activity_of(self.team, "Torque", &[field], OnViolation::Record)
    }

    /// What is submitted at a minute, by Ann.
    fn submit(&self, operation: OperationId, activity: ActivityId, data: &Value, minutes: i64) -> Collection {
        let new = NewCollection {
            operation,
            activity,
            operator: OperatorRef(self.ann.uuid()),
            data: json::object(data.clone()),
            collected_at: None,
        };
        let collections = PgCollections::new(self.store.db.clone());
        let id = Id::new(SystemIds.uuid());
        done(block_on(collections.submit(context_at(self.team, minute(minutes)), id, new)))
    }

    fn collected(&self, filter: CollectionFilter) -> Vec<Collection> {
        let window = Window::try_new(0, 100, 100).expect("a window");
        let listed = block_on(PgCollections::new(self.store.db.clone()).list(self.team, filter, window));
        let listed = listed.expect("data is read");
        assert_eq!(listed.items.len() as u64, listed.total);
        listed.items
    }
}

#[test]
fn data_is_listed_as_it_was_submitted_in_the_order_of_its_collection() {
    let shop = Shop::new(Store::shared());
    let (torque, other) = (shop.torque(), first(&shop.started()).id);
    let operation = first(&shop.started()).id;
    let data = json!({"torque": 51.25, "remark": "é\n\"", "nested": {"a": [1, null]}, "big": 1e300});
    let late = shop.submit(operation, torque, &data, 9);
    let early = shop.submit(operation, torque, &json!({"torque": 45.2}), 8);
    let elsewhere = shop.submit(other, torque, &json!({}), 7);
    assert_eq!((late.violations.len(), early.violations.len()), (1, 0));
    let none = CollectionFilter::default();
    let of = CollectionFilter { operation: Some(operation), ..none };
    assert_eq!(shop.collected(of), [early.clone(), late.clone()]);
    let all = CollectionFilter { activity: Some(torque), ..none };
    assert_eq!(shop.collected(all), [elsewhere, early, late]);
    let entries = "SELECT count(*) FROM audit_entries WHERE action = 'data.collected' AND team_id";
    assert_eq!(shop.store.number(&format!("{entries} = '{}'", shop.team)), 3);
}

#[test]
fn what_is_captured_at_a_completion_is_kept_for_the_activity_it_is_for() {
    let shop = Shop::new(Store::shared());
    let torque = shop.torque();
    let collecting = json!({"dataCollectionActivities": [{"id": torque.uuid(), "isRequired": true}]});
    shop.store.routing(shop.team, "Measured", &[collecting]);
    let order = shop.store.posted(shop.team, posting("Measured")).order;
    let operation = first(&order).id;
    shop.act(operation, shop.start(), minute(1)).expect("it begins");
    let complete = |captured: Value| {
        let captured = Some(json::object(captured));
        shop.act(
            operation,
            ActionRequest::Complete { operator: None, totals: Totals::default(), captured },
            minute(2),
        )
    };
    let lacking = complete(json!({"other": 1})).expect_err("it is required");
    let ActionError::Refused(faults) = &lacking else { panic!("{lacking:?}") };
    let is_lacking = matches!(faults[..], [ActionFault::Captured(CaptureFault::NoData(_))]);
    assert!(is_lacking, "{faults:?}");
    assert_eq!(shop.count("data_collections"), 0, "a refusal leaves nothing");
    let noted = json!({"torque": 60, "other": 1});
    let done = complete(noted.clone()).expect("it is captured");
    assert_eq!(done.operation.captured, Some(json::object(noted)));
    let kept = shop.collected(CollectionFilter { operation: Some(operation), ..Default::default() });
    let kept: Vec<_> = kept
        .iter()
        .map(|it| (it.activity, it.operator, it.data.clone(), it.collected_at, it.violations.len()))
        .collect();
    assert_eq!(kept, [(torque, shop.ann, json::object(json!({"torque": 60})), minute(2), 1)]);
    assert_eq!(shop.found(order.id).status, OrderStatus::Completed);
}

#[test]
fn who_submits_data_waits_for_who_works_on_the_order_and_never_the_other_way_round() {
    let shop = Shop::new(Store::own());
    let (order, torque) = (shop.started(), shop.torque());
    let operation = first(&order).id;
    // whoever works on the order has its lock, and then writes its operation
    let mut working = shop.store.superuser();
    let locked =
        format!("BEGIN; SELECT FROM manufacturing_orders WHERE id = '{}' FOR NO KEY UPDATE", order.id);
    working.batch_execute(&locked).expect("the order is locked");
    let collections = PgCollections::new(shop.store.db.clone());
    let (context, ann) = (context_at(shop.team, minute(5)), OperatorRef(shop.ann.uuid()));
    let submitting = runtime().spawn(async move {
        let new = NewCollection {
            operation,
            activity: torque,
            operator: ann,
            data: Default::default(),
            collected_at: None,
        };
        collections.submit(context, Id::new(SystemIds.uuid()), new).await
    });
    until_blocked(&shop.store.database);
    let written = working.batch_execute(&format!(
        "SET LOCAL lock_timeout = '100ms';
         UPDATE work_order_operations SET version = version + 1 WHERE id = '{operation}'; COMMIT"
    ));
    assert_eq!(written, Ok(()), "the operation is free");
    let kept = done(block_on(submitting).expect("submitting ends"));
    assert_eq!(shop.collected(CollectionFilter::default()), [kept]);
}

#[test]
fn data_submitted_while_its_order_is_cancelled_came_before_or_is_refused() {
    let shop = Shop::new(Store::shared());
    let torque = shop.torque();
    for _ in 0..10 {
        let order = shop.started();
        let operation = first(&order).id;
        let fates = race(2, |racer| match racer {
            0 => {
                let new = NewCollection {
                    operation,
                    activity: torque,
                    operator: OperatorRef(shop.ann.uuid()),
                    data: Default::default(),
                    collected_at: None,
                };
                let collections = PgCollections::new(shop.store.db.clone());
                let kept =
                    collections.submit(context_at(shop.team, minute(5)), Id::new(SystemIds.uuid()), new);
                block_on(kept).map(drop).map_err(|error| error.code())
            }
            _ => shop
                .bring(order.id, OrderStatus::Cancelled, minute(6))
                .map(drop)
                .map_err(|error| error.code()),
        });
        let kept =
            shop.collected(CollectionFilter { operation: Some(operation), ..Default::default() }).len();
        match &fates[..] {
            [Ok(()), Ok(())] => assert_eq!(kept, 1),
            [Err("ORDER_CANCELLED"), Ok(())] => assert_eq!(kept, 0),
            other => panic!("{other:?}"),
        }
    }
}
