use super::*;
use proptest::prelude::*;

#[test]
fn a_hold_pauses_what_runs_and_a_release_leaves_it_paused() {
    let running = standing(OperationStatus::InProgress);
    let held = changed(&running, OrderStatus::OnHold, 20);
    assert_eq!(announced(&held), [("woo.paused", 3), ("order.updated", 3)]);
    assert_eq!(segments(&held), [(1, ann(), Some("hold"), false)]);
    assert_eq!((statuses(&held.order)[0], held.order.held), ("paused", Some(OrderStatus::InProgress)));
    let error = held.order.change(&to(OrderStatus::Pending), at(21)).unwrap_err();
    assert_eq!(
        details(&error),
        json!({"status": "on_hold", "allowedStatuses": ["in_progress", "cancelled"]})
    );
    let released = changed(&held.order, OrderStatus::InProgress, 40);
    assert_eq!(announced(&released), [("order.updated", 4)]);
    assert_eq!((statuses(&released.order)[0], released.order.held), ("paused", None));
    assert_eq!(released.order.actual_start, Some(at(1)), "it began once");
    let pending = changed(&changed(&order(1), OrderStatus::OnHold, 1).order, OrderStatus::Pending, 2).order;
    assert_eq!((pending.status, pending.actual_start), (OrderStatus::Pending, None));
}

#[test]
fn a_cancelled_orders_operations_keep_their_last_status_and_nothing_runs_on() {
    let cancelled = changed(&standing(OperationStatus::InProgress), OrderStatus::Cancelled, 20);
    assert_eq!(announced(&cancelled), [("order.cancelled", 3)]);
    assert_eq!(segments(&cancelled), [(1, ann(), Some("cancel"), false)]);
    assert_eq!(statuses(&cancelled.order), ["in_progress", "waiting"]);
    assert_eq!(cancelled.order.operations[0].time.active(at(500)), TimeDelta::minutes(19));
}

#[test]
fn an_order_can_be_begun_and_completed_without_operations() {
    let begun = changed(&order(0), OrderStatus::InProgress, 5);
    assert_eq!(announced(&begun), [("order.started", 2)]);
    let done = changed(&begun.order, OrderStatus::Completed, 9);
    assert_eq!(announced(&done), [("order.completed", 3)]);
    assert_eq!((done.order.actual_end, done.order.quantity_completed), (Some(at(9)), Some(amount(100))));
    let unfinished = changed(&order(1), OrderStatus::InProgress, 5).order;
    let error = unfinished.change(&to(OrderStatus::Completed), at(9)).unwrap_err();
    assert_eq!(error.code(), "INVALID_TRANSITION");
    let started = act(&unfinished, 1, &request(Action::Start), 7);
    assert_eq!(announced(&started), [("woo.started", 2)], "the order began before");
}

#[test]
fn fields_change_beside_the_status_each_with_an_event_of_its_own() {
    let change = OrderChange {
        status: Some(OrderStatus::Cancelled),
        priority: Some(Priority::try_new(5).unwrap()),
        notes: Change::Set(Notes::read("Customer cancellation request").unwrap().unwrap()),
    };
    let cancelled = order(1).change(&change, at(5)).unwrap().unwrap();
    assert_eq!(announced(&cancelled), [("order.updated", 2), ("order.cancelled", 3)]);
    let Payloads::Updated(payload) = &cancelled.events[0].payload else { panic!("fields changed") };
    assert_eq!((payload.changed_fields.as_slice(), payload.status), (&["priority", "notes"][..], "pending"));
    let held = OrderChange { status: Some(OrderStatus::OnHold), ..change.clone() };
    let held = order(1).change(&held, at(5)).unwrap().unwrap();
    let Payloads::Updated(payload) = &held.events[0].payload else { panic!("fields changed") };
    assert_eq!(payload.changed_fields, ["status", "priority", "notes"]);
    assert_eq!(announced(&held), [("order.updated", 2)]);
    let same = OrderChange { status: Some(OrderStatus::Cancelled), ..change };
    assert_eq!(cancelled.order.change(&same, at(6)).unwrap(), None, "the same again changes nothing");
    let again = cancelled.order.change(&to(OrderStatus::Pending), at(6)).unwrap_err();
    assert_eq!(details(&again)["allowedStatuses"], json!([]));
}

#[test]
fn every_status_of_an_order_leads_where_the_table_says() {
    let of = |status| match status {
        OrderStatus::Pending => order(0),
        OrderStatus::InProgress => changed(&order(0), OrderStatus::InProgress, 1).order,
        OrderStatus::OnHold => changed(&order(0), OrderStatus::OnHold, 1).order,
        OrderStatus::Completed => ManufacturingOrder { status, ..order(0) },
        OrderStatus::Cancelled => changed(&order(0), OrderStatus::Cancelled, 1).order,
    };
    for from in OrderStatus::ALL {
        let order = of(from);
        for status in OrderStatus::ALL {
            let found = order.change(&to(status), at(5));
            if status == from {
                assert_eq!(found.unwrap(), None, "{from:?} again");
            } else if allowed(from, order.held, true).contains(&status) {
                assert_eq!(found.unwrap().map(|changed| changed.order.status), Some(status));
            } else {
                assert_eq!(found.unwrap_err().code(), "INVALID_TRANSITION", "{from:?} to {status:?}");
            }
        }
    }
}

#[test]
fn time_never_runs_backwards() {
    let running = act(&order(1), 1, &request(Action::Start), 30).order;
    let paused = act(&running, 1, &request(Action::Pause), 10);
    assert_eq!(
        paused.segments[0].segment.ended,
        Some((at(30), EndedBy::Pause(Id::new(Uuid::from_u128(444)))))
    );
    let held = changed(&running, OrderStatus::OnHold, 10);
    assert_eq!(held.segments[0].segment.ended, Some((at(30), EndedBy::Hold)));
}

#[test]
fn progress_is_rounded_to_whole_percent() {
    let percent = |completed, total| Progress { completed, total }.percent();
    let found =
        [(0, 0), (0, 4), (1, 4), (1, 3), (2, 3), (1, 8), (200, 200)].map(|(done, all)| percent(done, all));
    assert_eq!(found, [None, Some(0), Some(25), Some(33), Some(67), Some(13), Some(100)]);
}

/// What random clients try on an order.
#[derive(Debug, Clone)]
enum Try {
    Act(i32, Action, u8),
    Change(OrderStatus),
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let action = (1..=3_i32, proptest::sample::select(&Action::ALL), 0..60_u8);
    let one = prop_oneof![
        4 => action.prop_map(|(place, action, number)| Try::Act(place, action, number)),
        1 => proptest::sample::select(&OrderStatus::ALL).prop_map(Try::Change),
    ];
    proptest::collection::vec(one, 0..60)
}

fn attempt(order: &ManufacturingOrder, attempt: &Try, minute: i64) -> Option<Changed> {
    match attempt {
        Try::Act(place, action, number) => {
            let by = if number % 2 == 0 { ann() } else { bob() };
            let more = made((*number).into(), if number % 3 == 0 { i64::from(number / 4) } else { 0 });
            let operator = Some(OperatorRef(by.uuid()));
            let request = match action {
                Action::Report => ActionRequest::report(operator, more).ok()?,
                Action::Complete => {
                    let rejected = (number % 3 == 0).then_some(more.rejected);
                    let totals = Totals { good: Some(more.good), rejected, reworked: None };
                    ActionRequest::Complete { operator, totals, captured: None }
                }
                Action::Correct => {
                    let good = i64::from(*number) - 30;
                    let by = Correction::try_new(good.into(), more.rejected.value()).ok()??;
                    let reason = CorrectionReason::try_new("counted twice").ok()?;
                    ActionRequest::Correct { by, reason }
                }
                action => super::by(*action, operator),
            };
            try_act(order, *place, &request, minute).ok()
        }
        Try::Change(status) => order.change(&to(*status), at(minute)).ok().flatten(),
    }
}

proptest! {
    /// Whatever is tried in whatever order: versions of an aggregate's events only rise, one segment at most goes on
    /// for each operation, none where nothing runs, and nothing is made of nothing.
    #[test]
    fn whatever_is_tried_an_order_stays_sound(tries in tries(), overlap: bool) {
        let mut order = if overlap { overlapping(3) } else { order(3) };
        let mut sequences = std::collections::BTreeMap::new();
        for (minute, one) in (1..).zip(&tries) {
            let Some(changed) = attempt(&order, one, minute) else { continue };
            for event in &changed.events {
                let last = sequences.insert(event.aggregate, event.sequence);
                prop_assert!(last.is_none_or(|last| last < event.sequence), "{:?}", event);
            }
            order = changed.order;
            let running = order.status == OrderStatus::InProgress;
            for (place, operation) in order.operations.iter().enumerate() {
                let goes_on = operation.status == OperationStatus::InProgress && running;
                prop_assert_eq!(operation.time.open.is_some(), goes_on);
                let made = operation.quantities.good.value() + operation.quantities.rejected.value();
                let available_quantity = crate::operation::available_quantity(&order.operations, place, order.quantity.into());
                prop_assert!(made <= available_quantity.value());
                prop_assert_eq!(operation.actual_end.is_some(), operation.status == OperationStatus::Completed);
            }
            let is_done = order.status == OrderStatus::Completed;
            prop_assert!(!is_done || order.operations.iter().all(|it| it.status == OperationStatus::Completed));
        }
    }
}
