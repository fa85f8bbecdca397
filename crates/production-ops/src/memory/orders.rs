use kernel::clock::{IdSource, SystemIds};
use kernel::manufacturing::{OrderId, OrderNumber};
use kernel::numbering::Series;
use kernel::period::Period;

use super::*;
use crate::collection::{Collection, CollectionError, CollectionFacts, CollectionId, NewCollection};
use crate::data_collection::DueActivity;
use crate::name::Name;
use crate::operation::{
    ActionError, ActionRequest, Operation, OperationId, OperationStatus, OperatorRef, available_quantity,
};
use crate::order::{ActionFacts, Changed, ManufacturingOrder, NewOrder, OrderChange, OrderError, SkillCheck};
use crate::ports::{
    ActionOutcome, CollectionFilter, Collections, CurrentOperation, OperationDetail, OperationFilter,
    OperationView, Operations, OrderFilter, OrderPage, OrderSort, OrderSummary, OrderView, Orders, SortKey,
};
use crate::routing::{RoutingCandidate, RoutingChoice, RoutingOperation};

#[async_trait]
impl Orders for InMemoryPlant {
    async fn create(
        &self,
        context: WriteContext<OrderView>,
        id: OrderId,
        new: NewOrder,
        series: Series,
    ) -> Result<Written<OrderView>, OrderError> {
        self.lock().once(&context, |state| {
            let team = context.team;
            let chosen =
                new.routing.settle(state.candidate(team, &new.routing)).map_err(OrderError::Routing)?;
            let routing = state.routing(team, chosen.id, Some(chosen.version)).ok_or(OrderError::NotFound)?;
            let number = match new.number.clone() {
                Some(number) if state.has_number(team, &number) => return Err(OrderError::NumberTaken),
                Some(number) => number,
                None => state.next_number(team, &series),
            };
            let order = ManufacturingOrder::create(id, number, new, &routing, &SystemIds, context.at);
            order.check_plan()?;
            state.orders.insert((team, id), order.clone());
            Ok(state.view(team, order))
        })
    }

    async fn change(
        &self,
        context: WriteContext<OrderView>,
        id: OrderId,
        change: OrderChange,
    ) -> Result<Written<OrderView>, OrderError> {
        self.lock().once(&context, |state| {
            let before = state.orders.get(&(context.team, id)).ok_or(OrderError::NotFound)?.clone();
            let order = match before.change(&change, context.at)? {
                Some(changed) => state.save(context.team, changed),
                None => before,
            };
            Ok(state.view(context.team, order))
        })
    }

    async fn find(&self, team: TeamId, id: OrderId) -> Result<Option<OrderView>, StoreError> {
        let state = self.lock();
        Ok(state.orders.get(&(team, id)).map(|order| state.view(team, order.clone())))
    }

    async fn list(
        &self,
        team: TeamId,
        filter: OrderFilter,
        sort: OrderSort,
        window: Window,
        counted: bool,
    ) -> Result<OrderPage, StoreError> {
        let mut found = of_team(&self.lock().orders, team);
        found.retain(|order| {
            filter.status.is_none_or(|status| status == order.status)
                && (filter.erp_reference.is_none() || filter.erp_reference == order.erp_reference)
                && filter.sku.as_ref().is_none_or(|sku| *sku == order.sku)
                && is_in(filter.created, Some(order.created_at))
        });
        // without a scheduled start they come after all others
        let start = |order: &ManufacturingOrder| (order.scheduled_start.is_none(), order.scheduled_start);
        match sort.key {
            SortKey::CreatedAt => found.sort_by_key(|order| (order.created_at, order.id)),
            SortKey::ScheduledStart => found.sort_by_key(|order| (start(order), order.id)),
            SortKey::Priority => found.sort_by_key(|order| (order.priority.value(), order.id)),
        }
        if !sort.ascending {
            found.reverse();
        }
        let page = page(found, window);
        let has_more = page.has_more(window);
        let orders = page.items.iter().map(summary).collect();
        Ok(OrderPage { orders, total: counted.then_some(page.total), has_more })
    }
}

fn summary(order: &ManufacturingOrder) -> OrderSummary {
    let current = order.operations.iter().find(|it| it.status != OperationStatus::Completed);
    OrderSummary {
        id: order.id,
        number: order.number.clone(),
        erp_reference: order.erp_reference.clone(),
        sku: order.sku.clone(),
        quantity: order.quantity,
        status: order.status,
        priority: order.priority,
        scheduled_start: order.scheduled_start,
        scheduled_end: order.scheduled_end,
        actual_start: order.actual_start,
        current: current.map(|it| CurrentOperation {
            id: it.id,
            number: it.number,
            name: it.name.clone(),
            status: it.status,
        }),
        progress: order.progress(),
        created_at: order.created_at,
    }
}

fn is_in(period: Period, moment: Option<DateTime<Utc>>) -> bool {
    if period == Period::default() {
        return true;
    }
    moment.is_some_and(|moment| {
        period.from.is_none_or(|from| moment >= from) && period.before.is_none_or(|before| moment < before)
    })
}

#[async_trait]
impl Operations for InMemoryPlant {
    async fn act(
        &self,
        context: WriteContext<ActionOutcome>,
        id: OperationId,
        request: ActionRequest,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<ActionOutcome>, ActionError> {
        self.lock().once(&context, |state| {
            let team = context.team;
            let (order, place) = state.operation(team, id).ok_or(ActionError::NotFound)?;
            order.check_seen(id, seen.as_deref())?;
            let facts = state.action_facts(team, &order, place, &request);
            let changed = order.act(id, &request, &facts, context.at)?;
            let warnings = changed.warnings.clone();
            let order = state.save(team, changed);
            let available_quantity = available_quantity(&order.operations, place, order.quantity.into());
            let operation = order.operations.get(place).ok_or(ActionError::NotFound)?.clone();
            let allowed_actions = order.allowed_actions(id);
            Ok(ActionOutcome { operation, available_quantity, allowed_actions, warnings })
        })
    }

    async fn find(&self, team: TeamId, id: OperationId) -> Result<Option<OperationDetail>, StoreError> {
        let state = self.lock();
        let Some((order, place)) = state.operation(team, id) else { return Ok(None) };
        let Some(operation) = order.operations.get(place) else { return Ok(None) };
        let view = state.operation_view(team, &order, operation);
        let segments = state.segments.get(&id).cloned().unwrap_or_default();
        Ok(Some(OperationDetail { view, allowed_actions: order.allowed_actions(id), segments }))
    }

    async fn list(
        &self,
        team: TeamId,
        filter: OperationFilter,
        window: Window,
    ) -> Result<Listing<OperationView>, StoreError> {
        let state = self.lock();
        let orders = of_team(&state.orders, team);
        let operations = orders.iter().flat_map(|order| {
            order.operations.iter().map(|operation| state.operation_view(team, order, operation))
        });
        let passes = |view: &OperationView| {
            let operation = &view.operation;
            filter.order.is_none_or(|order| order == view.order)
                && filter.status.is_none_or(|status| status == operation.status)
                && filter.department.is_none_or(|department| department == operation.department)
                && filter.operator.is_none_or(|operator| Some(operator) == operation.operator)
                && is_in(filter.started, operation.actual_start)
        };
        Ok(page(operations.filter(passes).collect(), window))
    }
}

#[async_trait]
impl Collections for InMemoryPlant {
    async fn submit(
        &self,
        context: WriteContext<Collection>,
        id: CollectionId,
        new: NewCollection,
    ) -> Result<Written<Collection>, CollectionError> {
        self.lock().once(&context, |state| {
            let facts = state.collection_facts(context.team, &new);
            let collection = new.collect(id, &facts, context.at)?;
            state.collections.insert((context.team, id), collection.clone());
            Ok(collection)
        })
    }

    async fn list(
        &self,
        team: TeamId,
        filter: CollectionFilter,
        window: Window,
    ) -> Result<Listing<Collection>, StoreError> {
        let mut found = of_team(&self.lock().collections, team);
        found.retain(|it| filter.operation.is_none_or(|operation| operation == it.operation));
        found.retain(|it| filter.activity.is_none_or(|activity| activity == it.activity));
        found.sort_by_key(|it| (it.collected_at, it.id));
        Ok(page(found, window))
    }
}

impl State {
    /// The routing that a choice may mean, in its latest version.
    fn candidate(&self, team: TeamId, choice: &RoutingChoice) -> Option<RoutingCandidate> {
        let routings = of_team(&self.routings, team);
        let mut latest = routings.iter().filter_map(|versions| versions.last());
        let found = latest.find(|routing| match (choice.id(), choice.name()) {
            (Some(id), _) => routing.id == id,
            (None, name) => Some(routing.name.key()) == name.map(Name::key),
        })?;
        let (id, version, is_active) = (found.id, found.version, found.is_active);
        Some(RoutingCandidate { id, version, name: found.name.clone(), is_active })
    }

    fn has_number(&self, team: TeamId, number: &OrderNumber) -> bool {
        of_team(&self.orders, team).iter().any(|order| order.number == *number)
    }

    /// The series' next number that no order of the team has.
    fn next_number(&mut self, team: TeamId, series: &Series) -> OrderNumber {
        loop {
            let count = self.counters.entry((team, series.kind, series.period.clone())).or_default();
            *count += 1;
            let number = OrderNumber::try_new(&series.number(*count));
            match number {
                Ok(number) if !self.has_number(team, &number) => return number,
                _ => continue,
            }
        }
    }

    fn view(&self, team: TeamId, order: ManufacturingOrder) -> OrderView {
        let departments = order.operations.iter().filter_map(|operation| {
            let department = self.departments.get(&(team, operation.department))?;
            Some((department.id, department.name.clone()))
        });
        OrderView { departments: departments.collect(), order }
    }

    /// The order of an operation, and its place there.
    fn operation(&self, team: TeamId, id: OperationId) -> Option<(ManufacturingOrder, usize)> {
        of_team(&self.orders, team).into_iter().find_map(|order| {
            let place = order.operations.iter().position(|operation| operation.id == id)?;
            Some((order, place))
        })
    }

    fn operation_view(
        &self,
        team: TeamId,
        order: &ManufacturingOrder,
        operation: &Operation,
    ) -> OperationView {
        let department = self.departments.get(&(team, operation.department));
        OperationView {
            operation: operation.clone(),
            order: order.id,
            order_number: order.number.clone(),
            quantity: order.quantity,
            available_quantity: order.available_quantity(operation.id),
            // a department is never deleted
            department: department.map_or_else(|| operation.name.clone(), |it| it.name.clone()),
        }
    }

    /// The operation of a routing that an order's was copied from.
    fn step(&self, team: TeamId, order: &ManufacturingOrder, place: usize) -> Option<RoutingOperation> {
        let routing = order.routing.as_ref()?;
        let routing = self.routing(team, routing.id, Some(routing.version))?;
        routing.operations.into_iter().nth(place)
    }

    fn operator(&self, team: TeamId, OperatorRef(id): OperatorRef) -> Option<Operator> {
        let is_meant = |it: &Operator| it.id.uuid() == id || it.user.is_some_and(|user| user.uuid() == id);
        of_team(&self.operators, team).into_iter().find(is_meant)
    }

    fn action_facts(
        &self,
        team: TeamId,
        order: &ManufacturingOrder,
        place: usize,
        request: &ActionRequest,
    ) -> ActionFacts {
        let step = self.step(team, order, place);
        let collecting = step.iter().flat_map(|step| &step.activities);
        let due = collecting.filter_map(|collecting| {
            let activity = self.activities.get(&(team, collecting.activity.id))?.clone();
            let operation = order.operations.get(place)?.id;
            let mut collected = self.collections.values();
            let is_collected = collected.any(|it| (it.operation, it.activity) == (operation, activity.id));
            Some(DueActivity { activity, is_required: collecting.is_required, is_collected })
        });
        ActionFacts {
            activities: due.collect(),
            operator: request.operator().and_then(|operator| self.operator(team, operator)),
            reason: request.reason().and_then(|reason| self.pause_reasons.get(&(team, reason)).cloned()),
            required_skills: step.as_ref().map(|step| step.required_skills.clone()).unwrap_or_default(),
            skill_check: SkillCheck::Refuse,
        }
    }

    fn collection_facts(&self, team: TeamId, new: &NewCollection) -> CollectionFacts {
        let order = self.operation(team, new.operation);
        let step = order.as_ref().and_then(|(order, place)| self.step(team, order, *place));
        let is_of_step =
            step.is_some_and(|step| step.activities.iter().any(|it| it.activity.id == new.activity));
        let activity = self.activities.get(&(team, new.activity));
        CollectionFacts {
            operation: order
                .and_then(|(order, place)| Some((order.operations.get(place)?.status, order.status))),
            activity: activity.map(|activity| (activity.clone(), is_of_step)),
            operator: self.operator(team, new.operator).map(|operator| operator.id),
        }
    }

    /// Stores what an order became, with its segments and what was captured.
    fn save(&mut self, team: TeamId, changed: Changed) -> ManufacturingOrder {
        let Changed { order, segments, captured, .. } = changed;
        for change in segments {
            let stored = self.segments.entry(change.operation).or_default();
            stored.retain(|segment| segment.sequence != change.segment.sequence);
            stored.push(change.segment);
        }
        let before = self.orders.insert((team, order.id), order.clone());
        let was_completed = |operation: &&Operation| {
            let mut before = before.iter().flat_map(|before| &before.operations);
            before.any(|before| before.id == operation.id && before.actual_end != operation.actual_end)
        };
        let completed = order.operations.iter().find(was_completed);
        if let Some((operation, by)) = completed.and_then(|it| Some((it, it.operator?))) {
            for captured in captured {
                let ids: &dyn IdSource = &SystemIds;
                let collection = Collection {
                    id: ids.id(),
                    operation: operation.id,
                    activity: captured.activity,
                    operator: by,
                    data: captured.data,
                    collected_at: operation.updated_at,
                    received_at: operation.updated_at,
                    violations: captured.violations,
                };
                self.collections.insert((team, collection.id), collection);
            }
        }
        order
    }
}
