mod changes;

use super::*;
use crate::data_collection::{
    Activity, CaptureFault, DueActivity, FieldDefinitions, NewActivity, OnViolation,
};
use crate::name::Name;
use crate::operation::{
    Action, ActionError, ActionFault, ActionRequest, Correction, CorrectionReason, EndedBy, OperationId,
    OperatorRef, QuantityField, QuantityReport, TimeSheet, Totals,
};
use crate::operator::{Badge, NewOperator, Operator, OperatorId};
use crate::pause_reason::{NewPauseReason, PauseCategory, PauseReason};
use crate::routing::RoutingVersion;
use crate::skill::Skill;
use chrono::TimeDelta;
use kernel::error::Classified;
use kernel::events::OutboxMessage;
use std::collections::BTreeSet;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

fn amount(number: i64) -> Amount {
    Amount::try_new(number.into()).unwrap()
}

fn operation(place: i32) -> Operation {
    let status = if place == 1 { OperationStatus::Pending } else { OperationStatus::Waiting };
    Operation {
        id: operation_id(place),
        number: place * 10,
        name: Name::try_new("Assembly Station 1").unwrap(),
        department: Id::new(Uuid::from_u128(7)),
        routing_operation: Id::new(Uuid::from_u128(8)),
        status,
        operator: None,
        target_seconds: 3600,
        scheduled_start: None,
        ready_at: (place == 1).then_some(at(0)),
        actual_start: None,
        actual_end: None,
        quantities: QuantityReport::default(),
        captured: None,
        time: TimeSheet::default(),
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn operation_id(place: i32) -> OperationId {
    Id::new(Uuid::from_u128(100 + place.unsigned_abs() as u128))
}

/// An order of 100 with so many operations.
fn order(operations: i32) -> ManufacturingOrder {
    ManufacturingOrder {
        id: Id::new(Uuid::from_u128(1)),
        number: OrderNumber::try_new("ORD-2025-001").unwrap(),
        erp_reference: None,
        sku: Sku::try_new("WIDGET-A-001").unwrap(),
        quantity: Quantity::try_new(100.into()).unwrap(),
        quantity_completed: None,
        priority: Priority::LEAST,
        status: OrderStatus::Pending,
        held: None,
        routing: Some(OrderRouting {
            id: Id::new(Uuid::from_u128(9)),
            version: RoutingVersion::FIRST,
            name: Name::try_new("Widget Assembly v1.0").unwrap(),
            allow_overlap: false,
        }),
        scheduled_start: None,
        scheduled_end: None,
        actual_start: None,
        actual_end: None,
        notes: None,
        custom_fields: None,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
        operations: (1..=operations).map(operation).collect(),
    }
}

fn overlapping(operations: i32) -> ManufacturingOrder {
    let mut order = order(operations);
    order.routing.as_mut().unwrap().allow_overlap = true;
    order
}

fn operator(number: u128, skills: &[&str]) -> Operator {
    let new = NewOperator {
        name: Name::try_new("Ann").unwrap(),
        badge: Badge::try_new("A-17").unwrap(),
        skills: skills.iter().map(|skill| Skill::try_new(skill).unwrap()).collect(),
        user: None,
        is_active: true,
    };
    Operator::create(Id::new(Uuid::from_u128(number)), new, at(0))
}

fn ann() -> OperatorId {
    Id::new(Uuid::from_u128(222))
}

fn bob() -> OperatorId {
    Id::new(Uuid::from_u128(333))
}

fn reason() -> PauseReason {
    let new = NewPauseReason {
        name: Name::try_new("Lunch").unwrap(),
        category: PauseCategory::Planned,
        is_active: true,
    };
    PauseReason::create(Id::new(Uuid::from_u128(444)), new, at(0))
}

/// Nothing stands in the way of the request.
fn facts(request: &ActionRequest) -> ActionFacts {
    ActionFacts {
        operator: request.operator().map(|OperatorRef(id)| operator(id.as_u128(), &[])),
        reason: request.reason().map(|_| reason()),
        required_skills: BTreeSet::new(),
        skill_check: SkillCheck::Refuse,
        activities: Vec::new(),
    }
}

fn request(action: Action) -> ActionRequest {
    by(action, None)
}

/// The same, by Bob.
fn by_bob(action: Action) -> ActionRequest {
    by(action, Some(OperatorRef(bob().uuid())))
}

/// A report is of ten good ones.
fn by(action: Action, operator: Option<OperatorRef>) -> ActionRequest {
    match action {
        Action::Start => ActionRequest::Start { operator: operator.unwrap_or(OperatorRef(ann().uuid())) },
        Action::Pause => ActionRequest::Pause { reason: Id::new(Uuid::from_u128(444)) },
        Action::Resume => ActionRequest::Resume { operator },
        Action::Report => ActionRequest::Report { operator, more: made(10, 0) },
        Action::Complete => ActionRequest::Complete { operator, totals: Totals::default(), captured: None },
        Action::Correct => correct(10, 0),
    }
}

fn made(good: i64, rejected: i64) -> QuantityReport {
    QuantityReport { good: amount(good), rejected: amount(rejected), ..Default::default() }
}

fn correct(good: i64, rejected: i64) -> ActionRequest {
    let by = Correction::try_new(good.into(), rejected.into()).unwrap().unwrap();
    ActionRequest::Correct { by, reason: CorrectionReason::try_new("counted twice").unwrap() }
}

fn complete(good: Option<i64>, rejected: Option<i64>) -> ActionRequest {
    let totals = Totals { good: good.map(amount), rejected: rejected.map(amount), reworked: None };
    ActionRequest::Complete { operator: None, totals, captured: None }
}

/// The quantities that an error blames.
fn blamed(error: &ActionError) -> Vec<QuantityField> {
    let ActionError::Refused(faults) = error else { panic!("{error:?}") };
    let field = |fault: &ActionFault| match fault {
        ActionFault::Quantity(field, _) => *field,
        fault => panic!("{fault:?}"),
    };
    faults.iter().map(field).collect()
}

fn act(order: &ManufacturingOrder, place: i32, request: &ActionRequest, minutes: i64) -> Changed {
    try_act(order, place, request, minutes).unwrap()
}

fn try_act(
    order: &ManufacturingOrder,
    place: i32,
    request: &ActionRequest,
    minutes: i64,
) -> Result<Changed, ActionError> {
    order.act(operation_id(place), request, &facts(request), at(minutes))
}

/// The order after these actions, a minute apart, from minute 1.
fn after(order: ManufacturingOrder, actions: &[(i32, ActionRequest)]) -> ManufacturingOrder {
    let minutes = 1..;
    actions
        .iter()
        .zip(minutes)
        .fold(order, |order, ((place, request), minute)| act(&order, *place, request, minute).order)
}

fn announced(changed: &Changed) -> Vec<(&'static str, i64)> {
    let ids = kernel::clock::CountedIds::default();
    let messages = changed.events.iter().map(|event| event.announce(&ids).unwrap());
    let event = |message| match message {
        OutboxMessage::Event(event) => (event.event_type, event.sequence),
        OutboxMessage::Bulk { .. } => panic!("nothing is sent in bulk"),
    };
    messages.map(event).collect()
}

fn segments(changed: &Changed) -> Vec<(i32, OperatorId, Option<&'static str>, bool)> {
    let shown = |it: &SegmentChange| {
        let segment = it.segment;
        (segment.sequence, segment.operator, segment.ended.map(|(_, by)| by.as_str()), it.is_new)
    };
    changed.segments.iter().map(shown).collect()
}

fn statuses(order: &ManufacturingOrder) -> Vec<&'static str> {
    order.operations.iter().map(|operation| operation.status.as_str()).collect()
}

fn to(status: OrderStatus) -> OrderChange {
    OrderChange { status: Some(status), ..Default::default() }
}

fn changed(order: &ManufacturingOrder, status: OrderStatus, minutes: i64) -> Changed {
    order.change(&to(status), at(minutes)).unwrap().expect("something differs")
}

/// An order of two operations, the first of which stands there.
fn standing(status: OperationStatus) -> ManufacturingOrder {
    let actions: &[Action] = match status {
        OperationStatus::Waiting | OperationStatus::Pending => &[],
        OperationStatus::InProgress => &[Action::Start],
        OperationStatus::Paused => &[Action::Start, Action::Pause],
        OperationStatus::Completed => &[Action::Start, Action::Complete],
    };
    let actions: Vec<_> = actions.iter().map(|action| (1, request(*action))).collect();
    after(order(2), &actions)
}

#[test]
fn every_action_in_every_status_does_what_the_table_says_or_names_what_it_allows() {
    for status in OperationStatus::ALL {
        let place = if status == OperationStatus::Waiting { 2 } else { 1 };
        let order = standing(status);
        for action in Action::ALL {
            let asked = match (status, action) {
                (OperationStatus::Completed, Action::Correct) => correct(-10, 0),
                _ => request(action),
            };
            let done = try_act(&order, place, &asked, 10);
            let becomes = match (status, action) {
                (OperationStatus::Pending, Action::Start) | (OperationStatus::Paused, Action::Resume) => {
                    Some("in_progress")
                }
                (OperationStatus::InProgress, Action::Pause) => Some("paused"),
                (OperationStatus::InProgress, Action::Report | Action::Correct) => Some("in_progress"),
                (OperationStatus::Paused, Action::Report | Action::Correct) => Some("paused"),
                (OperationStatus::Completed, Action::Correct) => Some("completed"),
                (OperationStatus::InProgress | OperationStatus::Paused, Action::Complete) => {
                    Some("completed")
                }
                _ => None,
            };
            let cell = format!("{} of one {}", action.as_str(), status.as_str());
            match (done, becomes) {
                (Ok(changed), Some(becomes)) => assert_eq!(statuses(&changed.order)[0], becomes, "{cell}"),
                (Err(error), None) => refused(&error, status, action, &cell),
                (found, expected) => panic!("{cell}: {found:?}, not {expected:?}"),
            }
        }
    }
}

fn refused(error: &ActionError, status: OperationStatus, action: Action, cell: &str) {
    let details = details(error);
    if (status, action) == (OperationStatus::Waiting, Action::Start) {
        assert_eq!(error.code(), "OPERATION_NOT_READY", "{cell}");
        assert_eq!(details["blockedBy"]["operationNumber"], 10, "{cell}");
        return;
    }
    assert_eq!(error.code(), "INVALID_TRANSITION", "{cell}");
    assert_eq!(details["status"], status.as_str(), "{cell}");
    let allowed: Vec<_> = status.allowed().iter().map(|action| action.as_str()).collect();
    assert_eq!(details["allowedActions"], json!(allowed), "{cell}");
}

fn details(error: &impl Classified) -> Value {
    error.details().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[test]
fn orders_on_hold_and_cancelled_ones_refuse_whatever_the_operations_state() {
    for status in [OperationStatus::Pending, OperationStatus::InProgress, OperationStatus::Paused] {
        let order = standing(status);
        let held = changed(&order, OrderStatus::OnHold, 5).order;
        for action in [Action::Start, Action::Resume, Action::Complete, Action::Correct] {
            let error = try_act(&held, 1, &request(action), 6).unwrap_err();
            let report: &[&str] = if status == OperationStatus::Pending { &[] } else { &["report"] };
            let expected = json!({"orderStatus": "on_hold", "allowedActions": report});
            assert_eq!((error.code(), details(&error)), ("ORDER_ON_HOLD", expected));
        }
        let cancelled = changed(&order, OrderStatus::Cancelled, 5).order;
        for action in Action::ALL {
            let error = try_act(&cancelled, 1, &request(action), 6).unwrap_err();
            let expected = json!({"orderStatus": "cancelled", "allowedActions": []});
            let found = (error.code(), details(&error));
            assert_eq!(found, ("ORDER_CANCELLED", expected), "{action:?} of one {status:?}");
        }
        assert_eq!(cancelled.allowed_actions(operation_id(1)), []);
    }
    let held = changed(&standing(OperationStatus::InProgress), OrderStatus::OnHold, 5).order;
    assert_eq!(act(&held, 1, &request(Action::Report), 6).order.operations[0].quantities.good, amount(10));
}

#[test]
fn the_first_start_begins_the_order_before_the_operation() {
    let started = act(&order(2), 1, &request(Action::Start), 15);
    assert_eq!(announced(&started), [("order.started", 2), ("woo.started", 2)]);
    let order = &started.order;
    assert_eq!(
        (order.status, order.actual_start, order.updated_at),
        (OrderStatus::InProgress, Some(at(15)), at(15))
    );
    let first = &order.operations[0];
    assert_eq!((first.operator, first.actual_start, first.version), (Some(ann()), Some(at(15)), 2));
    assert_eq!(segments(&started), [(1, ann(), None, true)]);
    let second = act(&act(order, 1, &complete(None, None), 20).order, 2, &request(Action::Start), 25);
    assert_eq!(announced(&second), [("woo.started", 3)], "the order began before");
}

#[test]
fn pausing_and_resuming_end_and_begin_segments() {
    let running = standing(OperationStatus::InProgress);
    let paused = act(&running, 1, &request(Action::Pause), 31);
    assert_eq!(announced(&paused), [("woo.paused", 3)]);
    assert_eq!(segments(&paused), [(1, ann(), Some("pause"), false)]);
    let resumed = act(&paused.order, 1, &request(Action::Resume), 60);
    assert_eq!(announced(&resumed), [("woo.resumed", 4)]);
    assert_eq!(segments(&resumed), [(2, ann(), None, true)]);
    let done = act(&resumed.order, 1, &complete(None, None), 120);
    assert_eq!(done.order.operations[0].time.active(at(500)), TimeDelta::minutes(90));
    assert_eq!(done.order.operations[0].actual_start, Some(at(1)), "it began once");
}

#[test]
fn the_last_completion_completes_the_order_after_the_operation() {
    let first = act(&standing(OperationStatus::InProgress), 1, &complete(Some(90), Some(10)), 61);
    assert_eq!(announced(&first), [("woo.completed", 3)]);
    assert_eq!(statuses(&first.order), ["completed", "pending"]);
    assert_eq!(first.order.operations[1].ready_at, Some(at(61)));
    let second = act(&first.order, 2, &request(Action::Start), 70).order;
    let last = act(&second, 2, &complete(None, Some(5)), 100);
    assert_eq!(announced(&last), [("woo.completed", 4), ("order.completed", 3)]);
    assert_eq!(
        (last.order.status, last.order.quantity_completed),
        (OrderStatus::Completed, Some(amount(85)))
    );
    let Payloads::Completed(payload) = &last.events[1].payload else { panic!("the order was completed") };
    assert_eq!(payload.total_cycle_time_seconds, 60 * (60 + 30));
    assert_eq!(
        (payload.product_identifier.as_str(), payload.quantity_completed),
        ("WIDGET-A-001", amount(85))
    );
}

#[test]
fn what_is_handed_nothing_completes_itself_and_the_order_with_the_last() {
    let running = after(order(3), &[(1, request(Action::Start))]);
    let rejected = act(&running, 1, &complete(Some(0), Some(100)), 9);
    assert_eq!(statuses(&rejected.order), ["completed"; 3]);
    assert_eq!(
        (rejected.order.status, rejected.order.quantity_completed),
        (OrderStatus::Completed, Some(amount(0)))
    );
    let never_begun = &rejected.order.operations[2];
    assert_eq!((never_begun.actual_start, never_begun.actual_end), (None, Some(at(9))));
    let expected = [("woo.completed", 3), ("woo.completed", 2), ("woo.completed", 2), ("order.completed", 3)];
    assert_eq!(announced(&rejected), expected);
    let one_left = act(&running, 1, &complete(Some(1), Some(99)), 9);
    assert_eq!(statuses(&one_left.order), ["completed", "pending", "waiting"]);
}

#[test]
fn a_wrong_report_is_taken_back_as_far_as_the_next_operation_has_not_used_it() {
    let actions =
        [(1, request(Action::Start)), (1, complete(Some(80), Some(20))), (2, request(Action::Start))];
    let second = after(order(2), &actions);
    let second = act(&second, 2, &ActionRequest::Report { operator: None, more: made(40, 10) }, 5).order;
    for (good, rejected, blames) in [
        (-31, 0, vec![QuantityField::Good]),
        (-81, -21, vec![QuantityField::Good, QuantityField::Rejected]),
        (1, 0, vec![QuantityField::Good]),
        (0, 1, vec![QuantityField::Rejected]),
        (-30, 31, vec![QuantityField::Rejected]),
    ] {
        let error = try_act(&second, 1, &correct(good, rejected), 6).unwrap_err();
        assert_eq!(blamed(&error), blames, "{good} {rejected}");
    }
    let corrected = act(&second, 1, &correct(-30, 30), 6);
    assert_eq!(corrected.order.operations[0].quantities, made(50, 50));
    assert_eq!(announced(&corrected), [("woo.corrected", 4)]);
    let none_left = act(&corrected.order, 1, &correct(0, -50), 7).order;
    assert_eq!(
        none_left.allowed_actions(operation_id(1)),
        [Action::Correct],
        "what is short can be found again"
    );

    let done = act(&second, 2, &complete(Some(70), Some(10)), 8).order;
    assert_eq!(done.allowed_actions(operation_id(1)), [Action::Correct], "rejected ones can be taken back");
    let corrected = act(&done, 2, &correct(-5, 5), 9);
    assert_eq!(corrected.order.quantity_completed, Some(amount(65)));
    let version = corrected.order.version;
    assert_eq!(announced(&corrected), [("woo.corrected", 6), ("order.corrected", version)]);
    let unchanged = act(&done, 2, &correct(0, -1), 9);
    assert_eq!(announced(&unchanged), [("woo.corrected", 6)], "the order made as much as before");
}

#[test]
fn only_what_would_be_taken_is_allowed() {
    let used = after(
        order(2),
        &[(1, request(Action::Start)), (1, complete(Some(100), None)), (2, request(Action::Start))],
    );
    let used = act(&used, 2, &complete(Some(100), None), 9).order;
    assert_eq!(used.allowed_actions(operation_id(1)), [], "all of it was used");
    assert_eq!(used.allowed_actions(operation_id(2)), [Action::Correct]);
    let report = ActionRequest::Report { operator: None, more: made(30, 0) };
    let overlap =
        after(overlapping(2), &[(1, request(Action::Start)), (1, report), (2, request(Action::Start))]);
    let expected = [Action::Pause, Action::Report, Action::Correct];
    assert_eq!(overlap.allowed_actions(operation_id(2)), expected, "it can't end before the first");
}

#[test]
fn an_operation_makes_no_more_than_the_one_before_handed_on() {
    let first = after(order(2), &[(1, request(Action::Start)), (1, complete(Some(60), Some(0)))]);
    let second = after(first, &[(2, request(Action::Start))]);
    let error = try_act(&second, 2, &complete(Some(61), None), 9).unwrap_err();
    assert_eq!(blamed(&error), [QuantityField::Good]);
    let done = act(&second, 2, &complete(None, Some(1)), 9).order;
    assert_eq!(
        done.operations[1].quantities.good,
        amount(59),
        "the shortfall of the first is no scrap of the second"
    );
}

#[test]
fn with_overlap_the_next_begins_at_the_first_report_and_ends_after_the_one_before() {
    let report = |good, rejected| ActionRequest::Report { operator: None, more: made(good, rejected) };
    let running = after(overlapping(3), &[(1, request(Action::Start))]);
    assert_eq!(statuses(&act(&running, 1, &report(0, 5), 5).order)[1], "waiting", "nothing was handed on");
    let reported = act(&running, 1, &report(30, 0), 5).order;
    assert_eq!(statuses(&reported), ["in_progress", "pending", "waiting"]);
    let both = act(&reported, 2, &request(Action::Start), 6).order;
    let error = try_act(&both, 2, &report(31, 0), 7).unwrap_err();
    assert_eq!(blamed(&error), [QuantityField::Good]);
    let both = act(&both, 2, &report(30, 0), 7).order;
    assert_eq!(statuses(&both), ["in_progress", "in_progress", "pending"]);
    let error = try_act(&both, 2, &complete(None, None), 8).unwrap_err();
    assert_eq!(error.code(), "OPERATION_NOT_READY");
    let plain = after(order(2), &[(1, request(Action::Start)), (1, report(30, 0))]);
    assert_eq!(statuses(&plain), ["in_progress", "waiting"], "without it nothing begins early");
}

#[test]
fn another_operator_takes_over_with_a_segment_that_says_so() {
    let running = standing(OperationStatus::InProgress);
    let taken = act(&running, 1, &by_bob(Action::Report), 30);
    assert_eq!(segments(&taken), [(1, ann(), Some("hand_over"), false), (2, bob(), None, true)]);
    assert_eq!(taken.order.operations[0].operator, Some(bob()));
    let done = act(&running, 1, &by_bob(Action::Complete), 30);
    assert_eq!(segments(&done), [(1, ann(), Some("hand_over"), false), (2, bob(), Some("complete"), true)]);
    let paused = standing(OperationStatus::Paused);
    let resumed = act(&paused, 1, &by_bob(Action::Resume), 30);
    assert_eq!(segments(&resumed), [(2, bob(), None, true)], "the pause ended the segment before");
    let unnamed = act(&resumed.order, 1, &request(Action::Report), 31);
    assert_eq!((unnamed.order.operations[0].operator, unnamed.segments.len()), (Some(bob()), 0));
}

#[test]
fn who_takes_an_operation_on_needs_its_skills() {
    let skills =
        |names: &[&str]| names.iter().map(|name| Skill::try_new(name).unwrap()).collect::<BTreeSet<_>>();
    let start = request(Action::Start);
    let lacking = ActionFacts {
        operator: Some(operator(222, &["assembly"])),
        required_skills: skills(&["assembly", "quality_check"]),
        ..facts(&start)
    };
    let pending = order(1);
    let error = pending.act(operation_id(1), &start, &lacking, at(1)).unwrap_err();
    assert_eq!(
        (error.code(), &details(&error)["missingSkills"]),
        ("OPERATOR_NOT_QUALIFIED", &json!(["quality_check"]))
    );
    let warned = ActionFacts { skill_check: SkillCheck::Warn, ..lacking.clone() };
    let started = pending.act(operation_id(1), &start, &warned, at(1)).unwrap();
    assert_eq!(started.warnings, ["the operator lacks quality_check"]);
    let able =
        ActionFacts { operator: Some(operator(222, &["assembly", "quality_check"])), ..lacking.clone() };
    let started = pending.act(operation_id(1), &start, &able, at(1)).unwrap();
    assert_eq!(started.warnings, [""; 0]);
    let bob = by_bob(Action::Report);
    let error = started.order.act(
        operation_id(1),
        &bob,
        &ActionFacts { operator: Some(operator(333, &[])), ..lacking },
        at(2),
    );
    assert_eq!(error.unwrap_err().code(), "OPERATOR_NOT_QUALIFIED", "a hand-over is no way round");
}

#[test]
fn what_a_request_names_must_exist_and_be_in_use() {
    let (start, pause) = (request(Action::Start), request(Action::Pause));
    let gone = Operator { is_active: false, ..operator(222, &[]) };
    let retired = PauseReason { is_active: false, ..reason() };
    for (request, facts, expected) in [
        (&start, ActionFacts { operator: None, ..facts(&start) }, ActionFault::UnknownOperator),
        (&start, ActionFacts { operator: Some(gone), ..facts(&start) }, ActionFault::InactiveOperator),
        (&pause, ActionFacts { reason: None, ..facts(&pause) }, ActionFault::UnknownPauseReason),
        (&pause, ActionFacts { reason: Some(retired), ..facts(&pause) }, ActionFault::InactivePauseReason),
    ] {
        let order =
            standing(if *request == start { OperationStatus::Pending } else { OperationStatus::InProgress });
        let error = order.act(operation_id(1), request, &facts, at(5)).unwrap_err();
        let ActionError::Refused(faults) = error else { panic!("{error:?}") };
        assert_eq!(faults, [expected]);
    }
    let error = order(1).act(operation_id(2), &start, &facts(&start), at(1)).unwrap_err();
    assert_eq!(error.code(), "NOT_FOUND");
}

#[test]
fn faults_of_quantities_and_of_data_are_named_together() {
    let new = NewActivity {
        name: Name::try_new("Torque").unwrap(),
        description: None,
        fields: FieldDefinitions::default(),
        on_violation: OnViolation::Reject,
        is_active: true,
    };
    let ids = kernel::clock::CountedIds::default();
    let activity = Activity::create(Id::new(Uuid::from_u128(5)), new, &ids, at(0));
    let due = DueActivity { activity, is_required: true, is_collected: false };
    let request = complete(Some(101), None);
    let facts = ActionFacts { activities: vec![due], ..facts(&request) };
    let error =
        standing(OperationStatus::InProgress).act(operation_id(1), &request, &facts, at(9)).unwrap_err();
    let ActionError::Refused(faults) = &error else { panic!("{error:?}") };
    let no_data = CaptureFault::NoData(Name::try_new("Torque").unwrap());
    let [ActionFault::Quantity(QuantityField::Good, _), ActionFault::Captured(lacking)] = &faults[..] else {
        panic!("{faults:?}")
    };
    assert_eq!(*lacking, no_data);
}
