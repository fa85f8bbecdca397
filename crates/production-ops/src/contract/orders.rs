use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::change::Change;
use kernel::clock::IdSource;
use kernel::contract::{
    changed_at, claimed, context, created_at, done, is_refused, is_replayed, read, registered, shown, window,
};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::json::{Json, JsonObject};
use kernel::manufacturing::{OrderId, OrderNumber, OrderStatus, Priority, Sku};
use kernel::master_data::Register;
use kernel::numbering::Series;
use kernel::period::Period;
use kernel::quantity::{Amount, Quantity};
use kernel::write::Written;
use kernel::zone::TimeZone;
use serde_json::json;

use super::routings::support::{activities, skill, times};
use super::{Teams, name, valid};
use crate::collection::{Collection, CollectionError, CollectionFault, NewCollection};
use crate::data_collection::{
    Activity, ActivityId, FieldDefinition, FieldDefinitions, NewActivity, OnViolation,
};
use crate::department::Department;
use crate::operation::{
    Action, ActionError, ActionFault, ActionRequest, EndedBy, Obstacle, Operation, OperationId,
    OperationStatus, OperatorRef, QuantityReport, Totals,
};
use crate::operator::{Badge, NewOperator, Operator, OperatorId};
use crate::order::{ErpReference, ManufacturingOrder, NewOrder, Notes, OrderChange, OrderError, Schedule};
use crate::pause_reason::{NewPauseReason, PauseCategory, PauseReason, PauseReasonId};
use crate::ports::{
    ActionOutcome, CollectionFilter, Collections, OperationFilter, Operations, OrderFilter, OrderSort,
    OrderView, Orders, Routings, SortKey,
};
use crate::routing::{
    ChoiceFault, Collecting, OperationActivities, OperationContent, Routing, RoutingChoice, RoutingContent,
    RunTimeBasis,
};

/// The stores of orders and of what they are made with, over one store of data.
#[derive(Clone, Copy)]
pub struct OrderStores<'a> {
    pub orders: &'a dyn Orders,
    pub operations: &'a dyn Operations,
    pub collections: &'a dyn Collections,
    pub routings: &'a dyn Routings,
    pub departments: &'a dyn Register<Department>,
    pub activities: &'a dyn Register<Activity>,
    pub operators: &'a dyn Register<Operator>,
    pub pause_reasons: &'a dyn Register<PauseReason>,
}

/// Orders are created with the operations of their routings, changed, run, listed, and data is collected of them, all
/// within their team and as the pure rules say.
///
/// # Panics
/// When an implementation does otherwise.
pub async fn orders(stores: OrderStores<'_>, ids: &dyn IdSource, teams: &Teams) {
    let suite = Suite::new(stores, ids, teams).await;
    let first = suite.created_as_the_rule_says().await;
    suite.numbers_are_given_once(&first).await;
    suite.routings_must_be_usable().await;
    suite.operations_begin_within_the_calendar().await;
    suite.changed(&first).await;
    let run = suite.run().await;
    suite.listed(&first, &run).await;
    suite.other_teams_see_nothing(&run).await;
    suite.claims_are_answered_alike().await;
}

struct Suite<'a> {
    stores: OrderStores<'a>,
    ids: &'a dyn IdSource,
    team: TeamId,
    other_team: TeamId,
    routing: Routing,
    torque: ActivityId,
    ann: OperatorId,
    /// He has no skills.
    bob: OperatorId,
    lunch: PauseReasonId,
}

/// A JSON object with numbers in forms of their own, which MUST be kept.
fn as_sent(text: &str) -> JsonObject {
    if let Json::Object(fields) = valid(Json::read(text)) { fields } else { JsonObject::new() }
}

fn minute(minutes: i64) -> DateTime<Utc> {
    changed_at() + TimeDelta::minutes(minutes)
}

impl<'a> Suite<'a> {
    /// A routing of two operations: the first takes the skill of milling and a torque.
    async fn new(stores: OrderStores<'a>, ids: &'a dyn IdSource, teams: &Teams) -> Self {
        let &Teams { team, other_team, .. } = teams;
        let department = registered(stores.departments, ids, team, name("Milling")).await.id;
        let field = json!({"name": "torque", "type": "number", "validation": {"min": 40, "max": 50}});
        let mut fields = FieldDefinitions::default();
        valid(fields.add(valid(FieldDefinition::from_json(&field))));
        let torque = NewActivity {
            name: name("Torque"),
            description: None,
            fields,
            on_violation: OnViolation::Record,
            is_active: true,
        };
        let torque = registered(stores.activities, ids, team, torque).await.id;
        let operator = |text: &str, skills: BTreeSet<_>| {
            let (name, badge) = (name(text), valid(Badge::try_new(text)));
            let new = NewOperator { name, badge, skills, user: None, is_active: true };
            registered(stores.operators, ids, team, new)
        };
        let ann = operator("Ann", [skill("milling")].into()).await.id;
        let bob = operator("Bob", BTreeSet::new()).await.id;
        let lunch = NewPauseReason { name: name("Lunch"), category: PauseCategory::Planned, is_active: true };
        let lunch = registered(stores.pause_reasons, ids, team, lunch).await.id;
        let operation = |number, text: &str, times| OperationContent {
            number,
            name: name(text),
            department,
            times,
            instructions: None,
            required_skills: BTreeSet::new(),
            activities: OperationActivities::default(),
        };
        let collecting = Collecting { activity: torque, is_required: true, sequence: 1 };
        let milling = OperationContent {
            required_skills: [skill("milling")].into(),
            activities: activities(&[collecting]),
            ..operation(10, "Milling", times("15", "45", RunTimeBasis::PerOrder))
        };
        let content = RoutingContent {
            name: name("Widget"),
            description: None,
            product: None,
            allow_overlap: false,
            operations: vec![milling, operation(20, "Packing", times("0", "2", RunTimeBasis::PerUnit))],
        };
        let routing = stores.routings.create(context(team, created_at()), ids.id(), content);
        let routing = done(routing.await, "a routing is created");
        Self { stores, ids, team, other_team, routing, torque, ann, bob, lunch }
    }

    fn new_order(&self, number: Option<&str>) -> NewOrder {
        NewOrder {
            number: number.map(|number| valid(OrderNumber::try_new(number))),
            erp_reference: None,
            sku: valid(Sku::try_new("WIDGET-A")),
            quantity: valid(Quantity::try_new(10.into())),
            routing: RoutingChoice::Named(name("WIDGET")),
            priority: Priority::LEAST,
            schedule: Schedule::default(),
            notes: None,
            custom_fields: None,
        }
    }

    async fn create(
        &self,
        team: TeamId,
        at: DateTime<Utc>,
        new: NewOrder,
    ) -> Result<Written<OrderView>, OrderError> {
        let series = Series::yearly("manufacturing_order", "ORD", at, TimeZone::UTC);
        self.stores.orders.create(context(team, at), self.ids.id(), new, series).await
    }

    async fn created(&self, minutes: i64, new: NewOrder) -> ManufacturingOrder {
        let view = done(self.create(self.team, minute(minutes), new).await, "an order is created");
        let found = read(self.stores.orders.find(self.team, view.order.id).await);
        assert_eq!(found.as_ref(), Some(&view), "an order is found as it was answered");
        view.order
    }

    async fn found(&self, id: OrderId) -> Option<ManufacturingOrder> {
        read(self.stores.orders.find(self.team, id).await).map(|view| view.order)
    }

    async fn change(
        &self,
        id: OrderId,
        minutes: i64,
        change: OrderChange,
    ) -> Result<Written<OrderView>, OrderError> {
        self.stores.orders.change(context(self.team, minute(minutes)), id, change).await
    }

    async fn numbers(&self, filter: OrderFilter, sort: OrderSort) -> Vec<String> {
        let page = read(self.stores.orders.list(self.team, filter, sort, window(0, 100), true).await);
        assert_eq!(page.total, Some(page.orders.len() as u64), "all are counted");
        page.orders.iter().map(|order| order.number.as_str().to_owned()).collect()
    }

    async fn created_as_the_rule_says(&self) -> ManufacturingOrder {
        let everything = NewOrder {
            erp_reference: ErpReference::try_new("ERP-PO-12345").ok(),
            quantity: valid(Quantity::try_new(valid("999999999999.999".parse()))),
            routing: RoutingChoice::Both(self.routing.id, name("widget")),
            priority: valid(Priority::try_new(5)),
            schedule: valid(Schedule::try_new(Some(minute(60)), Some(minute(6_000)))),
            notes: valid(Notes::read("Rush order\nfor a \"good\" customer")),
            custom_fields: Some(as_sent(
                r#"{"customer": {"id": 7e0, "tags": ["é", null, 19.990000000000000001]}}"#,
            )),
            ..self.new_order(Some("Bestellung Ä 7"))
        };
        let created = self.created(0, everything.clone()).await;
        let number = valid(OrderNumber::try_new("Bestellung Ä 7"));
        let mut expected =
            ManufacturingOrder::create(created.id, number, everything, &self.routing, self.ids, minute(0));
        for (expected, created) in expected.operations.iter_mut().zip(&created.operations) {
            expected.id = created.id;
        }
        assert_eq!(created, expected, "an order is what the rule makes of its routing");
        let view = read(self.stores.orders.find(self.team, created.id).await);
        let departments: Vec<_> = view.iter().flat_map(|view| view.departments.values()).collect();
        assert_eq!(departments, [&name("Milling")], "with the names of its departments");
        created
    }

    /// Leaves two more, of which one has a number of the series that it was not given.
    async fn numbers_are_given_once(&self, first: &ManufacturingOrder) {
        let refused = self.create(self.team, minute(1), self.new_order(Some(first.number.as_str()))).await;
        is_refused(refused, &OrderError::NumberTaken, "a number is given once");
        let series = Series::yearly("manufacturing_order", "ORD", minute(1), TimeZone::UTC);
        self.created(1, self.new_order(Some(&series.number(1)))).await;
        let urgent = NewOrder { priority: valid(Priority::try_new(5)), ..self.new_order(None) };
        let drawn = self.created(2, urgent).await;
        assert_eq!(drawn.number.as_str(), series.number(2), "a number that a client took is passed over");
        assert_eq!(self.numbers(OrderFilter::default(), OrderSort::default()).await.len(), 3);
    }

    async fn routings_must_be_usable(&self) {
        let by = |routing| NewOrder { routing, ..self.new_order(None) };
        let unknown = by(RoutingChoice::Id(self.ids.id()));
        let misnamed = by(RoutingChoice::Both(self.routing.id, name("Gadget")));
        for (new, fault) in [
            (unknown, ChoiceFault::UnknownId),
            (by(RoutingChoice::Named(name("Gadget"))), ChoiceFault::UnknownName),
            (misnamed, ChoiceFault::Disagrees),
        ] {
            let refused = self.create(self.team, minute(3), new).await;
            assert!(matches!(&refused, Err(OrderError::Routing(found)) if *found == fault), "{refused:?}");
        }
        let foreign = self.create(self.other_team, minute(3), by(RoutingChoice::Id(self.routing.id))).await;
        assert!(matches!(foreign, Err(OrderError::Routing(ChoiceFault::UnknownId))), "{foreign:?}");
        assert_eq!(
            self.numbers(OrderFilter::default(), OrderSort::default()).await.len(),
            3,
            "nothing is left"
        );
    }

    async fn operations_begin_within_the_calendar(&self) {
        // its packing would begin an hour later
        let schedule = valid(Schedule::try_new(Some(valid("9999-12-31T23:00:00Z".parse())), None));
        let late = NewOrder { schedule, ..self.new_order(None) };
        let refused = self.create(self.team, minute(3), late).await;
        is_refused(refused, &OrderError::BeginsTooLate, "no operation begins after the year 9999");
        assert_eq!(
            self.numbers(OrderFilter::default(), OrderSort::default()).await.len(),
            3,
            "nothing is left"
        );
    }

    async fn changed(&self, order: &ManufacturingOrder) {
        let holding = OrderChange {
            status: Some(OrderStatus::OnHold),
            priority: Some(Priority::LEAST),
            notes: Change::Clear,
        };
        let held = done(self.change(order.id, 4, holding.clone()).await, "an order is held").order;
        let expected = valid(order.change(&holding, minute(4))).map(|changed| changed.order);
        assert_eq!(Some(&held), expected.as_ref(), "a change is what the rule says");
        assert_eq!(self.found(order.id).await.as_ref(), Some(&held));
        let again = done(self.change(order.id, 5, holding).await, "the same again is no fault").order;
        assert_eq!(again, held, "where nothing differs all stays");
        let completing = OrderChange { status: Some(OrderStatus::Completed), ..Default::default() };
        let refused = self.change(order.id, 6, completing).await;
        assert!(matches!(refused, Err(OrderError::InvalidTransition { .. })), "{refused:?}");
        assert_eq!(self.found(order.id).await.as_ref(), Some(&held), "a refusal leaves it alone");
        let unknown = self.change(self.ids.id(), 6, OrderChange::default()).await;
        is_refused(unknown, &OrderError::NotFound, "what doesn't exist isn't changed");
    }

    async fn act(
        &self,
        id: OperationId,
        minutes: i64,
        request: ActionRequest,
    ) -> Result<Written<ActionOutcome>, ActionError> {
        self.stores.operations.act(context(self.team, minute(minutes)), id, request, None).await
    }

    /// Does something that is let through; it is stored as it is answered.
    async fn acted(&self, id: OperationId, minutes: i64, request: ActionRequest) -> Operation {
        let outcome = done(self.act(id, minutes, request).await, "an action is done");
        let found = read(self.stores.operations.find(self.team, id).await);
        let found = found.map(|found| found.view.operation);
        assert_eq!(found.as_ref(), Some(&outcome.operation), "an operation is stored as it was answered");
        assert_eq!(outcome.operation.updated_at, minute(minutes), "at the context's time");
        outcome.operation
    }

    fn start(&self, operator: OperatorId) -> ActionRequest {
        ActionRequest::Start { operator: OperatorRef(operator.uuid()) }
    }

    /// An order whose first operation is done and whose second is paused.
    async fn run(&self) -> ManufacturingOrder {
        let schedule = valid(Schedule::try_new(Some(minute(30)), None));
        let order = self.created(10, NewOrder { schedule, ..self.new_order(None) }).await;
        let ids: Vec<_> = order.operations.iter().map(|operation| operation.id).collect();
        let &[milling, packing] = ids.as_slice() else { panic!("two operations: {order:?}") };
        let complete = |good: i64| ActionRequest::Complete {
            operator: None,
            totals: Totals { good: Amount::try_new(good.into()).ok(), ..Totals::default() },
            captured: None,
        };
        self.refused_before_it_began(milling, packing).await;
        let started = self.acted(milling, 12, self.start(self.ann)).await;
        for seen in [vec![], vec![started.version - 1]] {
            let at = context(self.team, minute(13));
            let pause = ActionRequest::Pause { reason: self.lunch };
            let stale = self.stores.operations.act(at, milling, pause, Some(seen)).await;
            is_refused(stale, &ActionError::Stale, "what was seen is another version");
        }
        let again = self.act(milling, 13, self.start(self.ann)).await;
        let (action, status) = (Action::Start, OperationStatus::InProgress);
        let obstacle = Obstacle::InvalidTransition { action, status };
        let expected = ActionError::Forbidden { obstacle, allowed: status.allowed().to_vec() };
        is_refused(again, &expected, "an operation is started once");
        let lacking = self.act(milling, 14, complete(8)).await;
        assert!(
            matches!(&lacking, Err(ActionError::Refused(faults)) if matches!(faults[..], [ActionFault::Captured(_)])),
            "what is required is collected first: {lacking:?}"
        );
        let collected = self.collected(milling).await;
        let more = QuantityReport { good: valid(Amount::try_new(3.into())), ..QuantityReport::default() };
        self.acted(milling, 15, valid(ActionRequest::report(None, more))).await;
        self.acted(milling, 16, ActionRequest::Pause { reason: self.lunch }).await;
        self.acted(milling, 20, ActionRequest::Resume { operator: None }).await;
        let done = self.acted(milling, 22, complete(8)).await;
        assert_eq!(done.time.ended, TimeDelta::minutes(6), "the pause does not count");
        let detail = read(self.stores.operations.find(self.team, milling).await);
        let detail = detail.unwrap_or_else(|| panic!("it is there"));
        assert_eq!(detail.allowed_actions, [Action::Correct], "what is done can be corrected");
        let segments = detail.segments;
        let ended: Vec<_> = segments.iter().map(|it| (it.sequence, it.operator, it.ended)).collect();
        let paused = (minute(16), EndedBy::Pause(self.lunch));
        let completed = (minute(22), EndedBy::Complete);
        assert_eq!(ended, [(1, self.ann, Some(paused)), (2, self.ann, Some(completed))]);

        let outcome = self.act(packing, 23, self.start(self.bob)).await;
        let outcome = kernel::contract::done(outcome, "the next operation begins");
        assert_eq!(outcome.available_quantity, valid(Amount::try_new(8.into())), "what was handed on");
        self.acted(packing, 24, ActionRequest::Pause { reason: self.lunch }).await;
        let earlier = NewCollection { collected_at: Some(minute(13)), ..self.data(milling) };
        let earlier = kernel::contract::done(self.submit(earlier).await, "data is sent later");
        let both = [earlier, collected];
        for (operation, activity, expected) in [
            (None, None, &both[..]),
            (Some(milling), Some(self.torque), &both),
            (Some(packing), None, &[]),
            (None, Some(self.ids.id()), &[]),
        ] {
            let filter = CollectionFilter { operation, activity };
            let listed = self.stores.collections.list(self.team, filter, window(0, 10)).await;
            let (listed, total) = shown(listed, Clone::clone);
            assert_eq!((&listed[..], total), (expected, expected.len() as u64), "{filter:?}");
        }
        self.found(order.id).await.unwrap_or_else(|| panic!("the order is there"))
    }

    async fn refused_before_it_began(&self, milling: OperationId, packing: OperationId) {
        let unskilled = self.act(milling, 11, self.start(self.bob)).await;
        assert!(
            matches!(unskilled, Err(ActionError::Forbidden { obstacle: Obstacle::NotQualified(_), .. })),
            "{unskilled:?}"
        );
        let unready = self.act(packing, 11, self.start(self.ann)).await;
        assert!(
            matches!(unready, Err(ActionError::Forbidden { obstacle: Obstacle::NotReady(_), .. })),
            "{unready:?}"
        );
        let nobody = self.act(milling, 11, self.start(self.ids.id())).await;
        assert!(
            matches!(&nobody, Err(ActionError::Refused(faults)) if *faults == [ActionFault::UnknownOperator])
        );
        let unknown = self.act(self.ids.id(), 11, self.start(self.ann)).await;
        is_refused(unknown, &ActionError::NotFound, "what doesn't exist isn't run");
        let early = self.submit(self.data(milling)).await;
        let expected = CollectionError::NotStarted(OperationStatus::Pending);
        is_refused(early, &expected, "nothing is collected before it began");
        let strange =
            NewCollection { operation: self.ids.id(), activity: self.ids.id(), ..self.data(milling) };
        let strange = self.submit(strange).await;
        let faults = [CollectionFault::UnknownOperation, CollectionFault::UnknownActivity];
        assert!(matches!(&strange, Err(CollectionError::Refused(found)) if *found == faults), "{strange:?}");
        let (segments, collections) = (
            read(self.stores.operations.find(self.team, milling).await).map(|found| found.segments.len()),
            self.stores.collections.list(self.team, CollectionFilter::default(), window(0, 10)).await,
        );
        assert_eq!((segments, read(collections).total), (Some(0), 0), "refusals leave nothing");
    }

    fn data(&self, operation: OperationId) -> NewCollection {
        let data = as_sent(
            r#"{"torque": 51.250000000000000000001, "remark": "é\n\"", "nested": {"a": [1E2, null]}}"#,
        );
        NewCollection {
            operation,
            activity: self.torque,
            operator: OperatorRef(self.ann.uuid()),
            data,
            collected_at: None,
        }
    }

    async fn submit(&self, new: NewCollection) -> Result<Written<Collection>, CollectionError> {
        self.stores.collections.submit(context(self.team, minute(14)), self.ids.id(), new).await
    }

    async fn collected(&self, operation: OperationId) -> Collection {
        let new = self.data(operation);
        let collected = done(self.submit(new.clone()).await, "data is collected");
        assert_eq!((&collected.data, collected.collected_at), (&new.data, minute(14)));
        assert_eq!(collected.violations.len(), 1, "what it breaks is recorded");
        collected
    }

    /// The third order has the highest priority, and the fourth, which is run, is scheduled before the first; the
    /// others are not scheduled.
    async fn listed(&self, first: &ManufacturingOrder, run: &ManufacturingOrder) {
        let (first, second, third, fourth) =
            (first.number.as_str(), "ORD-2024-001", "ORD-2024-002", run.number.as_str());
        for (key, ascending) in [
            (SortKey::CreatedAt, [first, second, third, fourth]),
            (SortKey::ScheduledStart, [fourth, first, second, third]),
            (SortKey::Priority, [first, second, fourth, third]),
        ] {
            let found = self.numbers(OrderFilter::default(), OrderSort { key, ascending: true }).await;
            assert_eq!(found, ascending, "by {key:?}, those alike by id");
            let mut found = self.numbers(OrderFilter::default(), OrderSort { key, ascending: false }).await;
            found.reverse();
            assert_eq!(found, ascending, "by {key:?}, the greatest first");
        }
        let none = OrderFilter::default;
        let oldest = OrderSort { key: SortKey::CreatedAt, ascending: true };
        for (filter, expected) in [
            (OrderFilter { status: Some(OrderStatus::OnHold), ..none() }, vec![first]),
            (
                OrderFilter { erp_reference: ErpReference::try_new("ERP-PO-12345").ok(), ..none() },
                vec![first],
            ),
            (OrderFilter { sku: Sku::try_new("WIDGET-B").ok(), ..none() }, vec![]),
            (
                OrderFilter { created: Period { from: Some(minute(1)), before: Some(minute(10)) }, ..none() },
                vec![second, third],
            ),
        ] {
            assert_eq!(self.numbers(filter.clone(), oldest).await, expected, "{filter:?}");
        }
        let page = self.stores.orders.list(self.team, none(), oldest, window(3, 1), false);
        let page = read(page.await);
        assert_eq!((page.total, page.has_more), (None, false), "the last page, uncounted");
        let summary =
            page.orders.first().map(|it| (it.progress.completed, it.current.as_ref().map(|it| it.number)));
        assert_eq!(summary, Some((1, Some(20))), "how far it is");

        let list = self.stores.operations.list(self.team, OperationFilter::default(), window(1, 6)).await;
        let (listed, total) =
            shown(list, |view| (view.order_number.as_str().to_owned(), view.operation.number));
        let expected = [(first, 20), (second, 10), (second, 20), (third, 10), (third, 20), (fourth, 10)];
        let expected = expected.map(|(order, number)| (order.to_owned(), number));
        assert_eq!((&listed[..], total), (&expected[..], 8), "the oldest order's first, then by number");
        let of_run = OperationFilter { order: Some(run.id), ..Default::default() };
        let paused = OperationFilter { status: Some(OperationStatus::Paused), ..Default::default() };
        let by_ann = OperationFilter { operator: Some(self.ann), ..Default::default() };
        let started = Period { from: Some(minute(13)), before: Some(minute(24)) };
        let later = OperationFilter { started, ..Default::default() };
        let department = run.operations.first().map(|operation| operation.department);
        let there = OperationFilter { department, order: Some(run.id), ..Default::default() };
        let elsewhere = OperationFilter { department: Some(self.ids.id()), ..Default::default() };
        for (filter, expected) in [
            (of_run, vec![10, 20]),
            (paused, vec![20]),
            (by_ann, vec![10]),
            (later, vec![20]),
            (there, vec![10, 20]),
            (elsewhere, vec![]),
        ] {
            let listed = self.stores.operations.list(self.team, filter, window(0, 10)).await;
            let total = expected.len() as u64;
            assert_eq!(shown(listed, |view| view.operation.number), (expected, total), "{filter:?}");
        }
    }

    async fn other_teams_see_nothing(&self, order: &ManufacturingOrder) {
        let (stores, other) = (self.stores, self.other_team);
        let Some(operation) = order.operations.first().map(|operation| operation.id) else { return };
        assert_eq!(read(stores.orders.find(other, order.id).await), None);
        assert_eq!(read(stores.operations.find(other, operation).await), None);
        let changed =
            stores.orders.change(context(other, minute(30)), order.id, OrderChange::default()).await;
        is_refused(changed, &OrderError::NotFound, "another team's order isn't changed");
        let acted =
            stores.operations.act(context(other, minute(30)), operation, self.start(self.ann), None).await;
        is_refused(acted, &ActionError::NotFound, "nor run");
        let submitted =
            stores.collections.submit(context(other, minute(30)), self.ids.id(), self.data(operation)).await;
        assert!(matches!(submitted, Err(CollectionError::Refused(_))), "nor added to: {submitted:?}");
        let list =
            stores.orders.list(other, OrderFilter::default(), OrderSort::default(), window(0, 10), true);
        assert_eq!(read(list.await).total, Some(0));
        let list = stores.operations.list(other, OperationFilter::default(), window(0, 10)).await;
        assert_eq!(read(list).total, 0);
        let list = stores.collections.list(other, CollectionFilter::default(), window(0, 10)).await;
        assert_eq!(read(list).total, 0);
        assert_eq!(self.found(order.id).await.as_ref(), Some(order), "and all stays");
    }

    async fn claims_are_answered_alike(&self) {
        let series = || Series::yearly("manufacturing_order", "ORD", created_at(), TimeZone::UTC);
        let create = |fingerprint| {
            let context = claimed(self.team, "/contract/manufacturing-orders", fingerprint);
            self.stores.orders.create(context, self.ids.id(), self.new_order(None), series())
        };
        let created = done(create(1).await, "a claimed order is created").order;
        is_replayed(create(1).await);
        is_refused(create(2).await, &StoreError::ClaimReused, "a key is not used for another request");
        let ids: Vec<_> = created.operations.iter().map(|operation| operation.id).collect();
        let &[operation, packing] = ids.as_slice() else { panic!("two operations: {created:?}") };
        let act = |fingerprint| {
            let context = claimed(self.team, "/contract/operations", fingerprint);
            self.stores.operations.act(context, operation, self.start(self.ann), None)
        };
        done(act(1).await, "a claimed action is done");
        is_replayed(act(1).await);
        is_refused(act(2).await, &StoreError::ClaimReused, "a key is not used for another request");
        let submit = |fingerprint| {
            let context = claimed(self.team, "/contract/collections", fingerprint);
            self.stores.collections.submit(context, self.ids.id(), self.data(operation))
        };
        done(submit(1).await, "claimed data is collected");
        is_replayed(submit(1).await);
        is_refused(submit(2).await, &StoreError::ClaimReused, "a key is not used for another request");
        self.captured(operation).await;
        self.acted(packing, 32, self.start(self.bob)).await;
        self.cancelled(created.id, packing).await;
    }

    /// What is captured when an operation is completed is collected data too.
    async fn captured(&self, operation: OperationId) {
        let noted = Some(as_sent(r#"{"torque": 38.00, "shift": "late"}"#));
        let totals = Totals { good: Amount::try_new(9.into()).ok(), ..Totals::default() };
        let complete = ActionRequest::Complete { operator: None, totals, captured: noted.clone() };
        let completed = self.acted(operation, 31, complete).await;
        assert_eq!(completed.captured, noted, "an operation has all that was noted");
        let filter = CollectionFilter { operation: Some(operation), activity: Some(self.torque) };
        let list = read(self.stores.collections.list(self.team, filter, window(1, 10)).await);
        let shown = list.items.first().map(|it| (it.operator, it.collected_at, it.violations.len()));
        assert_eq!((list.total, shown), (2, Some((self.ann, minute(31), 1))), "what is an activity's");
        let data = list.items.first().and_then(|it| it.data.get("torque"));
        assert_eq!(data.map(Json::to_string).as_deref(), Some("38.00"), "with its values");
    }

    /// The order of a running operation is cancelled.
    async fn cancelled(&self, order: OrderId, operation: OperationId) {
        let cancelling = OrderChange { status: Some(OrderStatus::Cancelled), ..Default::default() };
        done(self.change(order, 40, cancelling).await, "an order is cancelled");
        let found = read(self.stores.operations.find(self.team, operation).await);
        let ended = found.and_then(|found| found.segments.last()?.ended);
        assert_eq!(ended, Some((minute(40), EndedBy::Cancel)), "its segments end with it");
        let refused = self.submit(self.data(operation)).await;
        is_refused(refused, &CollectionError::OrderCancelled, "nothing is collected of it any more");
    }
}
