use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use kernel::json::JsonObject;
use kernel::manufacturing::OrderStatus;
use kernel::quantity::Amount;

use super::{Changed, ManufacturingOrder, OrderEvent, SkillCheck};
use crate::data_collection::{Captured, DueActivity, capture};
use crate::operation::{
    Action, ActionError, ActionFault, ActionRequest, Blocker, Correction, CorrectionReason, EndedBy,
    Obstacle, Operation, OperationId, OperationStatus, QuantityFault, QuantityField, QuantityReport,
    SegmentChange, Totals, available_quantity, used_quantity,
};
use crate::operator::Operator;
use crate::pause_reason::PauseReason;
use crate::skill::Skill;

/// What an action depends on beside its order; the store looks it up under the order's lock.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionFacts {
    /// The one whom the request names, if the team has it.
    pub operator: Option<Operator>,
    /// The one that the request names, if the team has it.
    pub reason: Option<PauseReason>,
    /// What whoever works on the operation must be able to do.
    pub required_skills: BTreeSet<Skill>,
    /// What a missing skill comes to in the team.
    pub skill_check: SkillCheck,
    /// What is to be collected while the operation runs; needed to complete it alone.
    pub activities: Vec<DueActivity>,
}

impl ManufacturingOrder {
    /// What becomes of the order when `request` is done to one of its operations at `at`, which is never taken for
    /// earlier than the last change (`docs/spec/mes.md`, "Actions").
    ///
    /// # Errors
    /// What is wrong with the request, or what in the order's and the operation's state forbids it.
    pub fn act(
        &self,
        id: OperationId,
        request: &ActionRequest,
        facts: &ActionFacts,
        at: DateTime<Utc>,
    ) -> Result<Changed, ActionError> {
        let place = self.operations.iter().position(|operation| operation.id == id);
        let place = place.ok_or(ActionError::NotFound)?;
        facts.check_references(request)?;
        self.obstacle(place, request.action())
            .map_or(Ok(()), |obstacle| Err(self.forbidden(place, obstacle)))?;
        let mut acting = OrderInAction::new(self, place, at);
        acting.take_over(request, facts).map_err(|obstacle| self.forbidden(place, obstacle))?;
        match request {
            ActionRequest::Start { .. } => acting.start(),
            ActionRequest::Pause { reason } => acting.pause(EndedBy::Pause(*reason)),
            ActionRequest::Resume { .. } => acting.resume(),
            ActionRequest::Report { more, .. } => acting.report(*more)?,
            ActionRequest::Complete { totals, captured, .. } => {
                acting.complete(*totals, captured.as_ref(), &facts.activities)?;
            }
            ActionRequest::Correct { by, reason } => acting.correct(*by, reason)?,
        }
        Ok(acting.finish(self))
    }

    /// The actions that would be taken of an operation now, if what they say is right.
    pub fn allowed_actions(&self, id: OperationId) -> Vec<Action> {
        let place = self.operations.iter().position(|operation| operation.id == id);
        place.map(|place| self.allowed_at(place)).unwrap_or_default()
    }

    fn allowed_at(&self, place: usize) -> Vec<Action> {
        let can_be_corrected = self.operations.get(place).is_some_and(|operation| {
            let available = available_quantity(&self.operations, place, self.quantity.into());
            operation.quantities.can_be_corrected(used_quantity(&self.operations, place), available)
        });
        let is_allowed = |action: &Action| match action {
            Action::Correct => can_be_corrected && self.obstacle(place, Action::Correct).is_none(),
            action => self.obstacle(place, *action).is_none(),
        };
        Action::ALL.into_iter().filter(is_allowed).collect()
    }

    fn forbidden(&self, place: usize, obstacle: Obstacle) -> ActionError {
        ActionError::Forbidden { obstacle, allowed: self.allowed_at(place) }
    }

    /// What forbids an action now, whatever it says.
    fn obstacle(&self, place: usize, action: Action) -> Option<Obstacle> {
        match self.status {
            OrderStatus::Cancelled => return Some(Obstacle::OrderCancelled),
            OrderStatus::OnHold if action.needs_an_order_not_on_hold() => return Some(Obstacle::OrderOnHold),
            _ => {}
        }
        let status = self.operations.get(place)?.status;
        let before = place.checked_sub(1).and_then(|before| self.operations.get(before));
        let unfinished = before.filter(|before| before.status != OperationStatus::Completed);
        match (action, unfinished) {
            (Action::Start, Some(blocker)) if status == OperationStatus::Waiting => Some(not_ready(blocker)),
            _ if !status.allowed().contains(&action) => Some(Obstacle::InvalidTransition { action, status }),
            // one that overlaps with the one before began early, and can't end early
            (Action::Complete, Some(blocker)) => Some(not_ready(blocker)),
            _ => None,
        }
    }
}

fn quantity_faults(faults: Vec<(QuantityField, QuantityFault)>) -> impl Iterator<Item = ActionFault> {
    faults.into_iter().map(|(field, fault)| ActionFault::Quantity(field, fault))
}

fn not_ready(blocker: &Operation) -> Obstacle {
    Obstacle::NotReady(Box::new(Blocker {
        id: blocker.id,
        number: blocker.number,
        name: blocker.name.clone(),
        status: blocker.status,
    }))
}

impl ActionFacts {
    fn check_references(&self, request: &ActionRequest) -> Result<(), ActionError> {
        let fault = match (request.operator(), &self.operator, request.reason(), &self.reason) {
            (Some(_), None, _, _) => ActionFault::UnknownOperator,
            (Some(_), Some(operator), _, _) if !operator.is_active => ActionFault::InactiveOperator,
            (_, _, Some(_), None) => ActionFault::UnknownPauseReason,
            (_, _, Some(_), Some(reason)) if !reason.is_active => ActionFault::InactivePauseReason,
            _ => return Ok(()),
        };
        Err(ActionError::Refused(vec![fault]))
    }

    /// What is worth a warning where `operator` takes the operation on.
    fn qualify(&self, operator: &Operator) -> Result<Option<String>, Obstacle> {
        let lacking: Vec<Skill> = self.required_skills.difference(&operator.skills).cloned().collect();
        match (lacking.is_empty(), self.skill_check) {
            (true, _) => Ok(None),
            (false, SkillCheck::Refuse) => Err(Obstacle::NotQualified(lacking)),
            (false, SkillCheck::Warn) => Ok(Some(Obstacle::NotQualified(lacking).to_string())),
        }
    }
}

/// The order while an action is applied to one of its operations.
struct OrderInAction {
    order: ManufacturingOrder,
    place: usize,
    at: DateTime<Utc>,
    segments: Vec<SegmentChange>,
    captured: Vec<Captured>,
    warnings: Vec<String>,
    /// Each of the order or of the operation at a place.
    pending_events: Vec<(usize, PendingEvent)>,
}

/// An event that is made once versions are known.
#[derive(Clone)]
enum PendingEvent {
    OrderStarted,
    OrderCompleted,
    Started,
    Paused(EndedBy),
    Resumed,
    Completed,
    Corrected(CorrectionReason),
    OrderCorrected(Amount),
}

impl OrderInAction {
    fn new(before: &ManufacturingOrder, place: usize, at: DateTime<Utc>) -> Self {
        Self {
            order: before.clone(),
            place,
            at: before.not_before(at),
            segments: Vec::new(),
            captured: Vec::new(),
            warnings: Vec::new(),
            pending_events: Vec::new(),
        }
    }

    fn announce(&mut self, event: PendingEvent) {
        self.pending_events.push((self.place, event));
    }

    fn operation(&mut self) -> Option<&mut Operation> {
        self.order.operations.get_mut(self.place)
    }

    /// Makes the operator whom the request names the one who works on the operation.
    fn take_over(&mut self, request: &ActionRequest, facts: &ActionFacts) -> Result<(), Obstacle> {
        let at = self.at;
        let (Some(operator), true) = (&facts.operator, request.operator().is_some()) else { return Ok(()) };
        let Some(operation) = self.operation() else { return Ok(()) };
        if operation.operator == Some(operator.id) {
            return Ok(());
        }
        let warning = facts.qualify(operator)?;
        let handed_over = operation.hand_over(operator.id, at);
        self.segments.extend(handed_over);
        self.warnings.extend(warning);
        Ok(())
    }

    fn start(&mut self) {
        if self.order.status == OrderStatus::Pending {
            self.order.status = OrderStatus::InProgress;
            self.order.actual_start = Some(self.at);
            self.order.version += 1;
            self.announce(PendingEvent::OrderStarted);
        }
        self.begin(PendingEvent::Started);
    }

    fn resume(&mut self) {
        self.begin(PendingEvent::Resumed);
    }

    fn begin(&mut self, event: PendingEvent) {
        let at = self.at;
        let begun = self.operation().and_then(|operation| Some(operation.begin(operation.operator?, at)));
        self.segments.extend(begun);
        self.announce(event);
    }

    fn pause(&mut self, by: EndedBy) {
        let at = self.at;
        if let Some(operation) = self.operation() {
            operation.status = OperationStatus::Paused;
            let ended = operation.end_segment(at, by);
            self.segments.extend(ended);
        }
        self.announce(PendingEvent::Paused(by));
    }

    fn report(&mut self, more: QuantityReport) -> Result<(), ActionError> {
        let available_quantity = self.available_quantity();
        if let Some(operation) = self.operation() {
            let reported = operation.quantities.report(more, available_quantity);
            operation.quantities =
                reported.map_err(|faults| ActionError::Refused(quantity_faults(faults).collect()))?;
        }
        let overlaps = self.order.routing.as_ref().is_some_and(|routing| routing.allow_overlap);
        if overlaps && !more.good.is_zero() {
            self.make_next_ready();
        }
        Ok(())
    }

    fn complete(
        &mut self,
        totals: Totals,
        noted: Option<&JsonObject>,
        due: &[DueActivity],
    ) -> Result<(), ActionError> {
        let (at, available_quantity) = (self.at, self.available_quantity());
        let Some(operation) = self.operation() else { return Err(ActionError::NotFound) };
        let made = operation.quantities.complete(totals, available_quantity);
        let (quantities, captured) = match (made, capture(due, noted)) {
            (Ok(quantities), Ok(captured)) => (quantities, captured),
            (made, captured) => {
                let captured = captured.err().into_iter().flatten().map(ActionFault::Captured);
                let made = made.err().into_iter().flat_map(quantity_faults);
                return Err(ActionError::Refused(made.chain(captured).collect()));
            }
        };
        operation.quantities = quantities;
        operation.captured = noted.cloned();
        operation.status = OperationStatus::Completed;
        operation.actual_end = Some(at);
        let ended = operation.end_segment(at, EndedBy::Complete);
        self.ended(ended);
        self.captured = captured;
        self.announce(PendingEvent::Completed);
        self.make_next_ready();
        self.complete_what_was_handed_nothing();
        if self.order.all_done() {
            let good = self.order.operations.last().map(|last| last.quantities.good);
            self.complete_order(good.unwrap_or_default());
        }
        Ok(())
    }

    /// Completes each next operation that has nothing to work on: all before it was rejected.
    fn complete_what_was_handed_nothing(&mut self) {
        let (at, acted_on) = (self.at, self.place);
        while self.operation().is_some_and(|done| done.quantities.good.is_zero()) {
            self.place += 1;
            let Some(next) = self.operation().filter(|next| next.status == OperationStatus::Pending) else {
                break;
            };
            next.status = OperationStatus::Completed;
            next.actual_end = Some(at);
            self.announce(PendingEvent::Completed);
            self.make_next_ready();
        }
        self.place = acted_on;
    }

    /// Takes a wrong report back; what the order made follows its last operation.
    fn correct(&mut self, by: Correction, reason: &CorrectionReason) -> Result<(), ActionError> {
        let available = self.available_quantity();
        let used = used_quantity(&self.order.operations, self.place);
        let is_last = self.place + 1 == self.order.operations.len();
        let Some(operation) = self.operation() else { return Err(ActionError::NotFound) };
        let corrected = operation.quantities.correct(by, used, available);
        operation.quantities =
            corrected.map_err(|faults| ActionError::Refused(quantity_faults(faults).collect()))?;
        let good = operation.quantities.good;
        self.announce(PendingEvent::Corrected(reason.clone()));
        let before = self.order.quantity_completed.filter(|before| is_last && *before != good);
        if let Some(before) = before {
            self.order.quantity_completed = Some(good);
            self.order.version += 1;
            self.announce(PendingEvent::OrderCorrected(before));
        }
        Ok(())
    }

    /// Notes the end of a segment; of one begun by this action too, it is added ended.
    fn ended(&mut self, ended: Option<SegmentChange>) {
        let Some(ended) = ended else { return };
        match self.segments.last_mut().filter(|last| last.segment.sequence == ended.segment.sequence) {
            Some(begun) => begun.segment = ended.segment,
            None => self.segments.push(ended),
        }
    }

    fn complete_order(&mut self, good: Amount) {
        self.order.status = OrderStatus::Completed;
        self.order.actual_end = Some(self.at);
        self.order.quantity_completed = Some(good);
        self.order.version += 1;
        self.announce(PendingEvent::OrderCompleted);
    }

    fn make_next_ready(&mut self) {
        let at = self.at;
        let next = self.order.operations.get_mut(self.place + 1);
        if let Some(next) = next.filter(|next| next.status == OperationStatus::Waiting) {
            next.status = OperationStatus::Pending;
            next.ready_at = Some(at);
        }
    }

    fn available_quantity(&self) -> Amount {
        available_quantity(&self.order.operations, self.place, self.order.quantity.into())
    }

    /// Counts versions up where something changed, and makes the events.
    fn finish(mut self, before: &ManufacturingOrder) -> Changed {
        self.order.count_versions(before, self.at);
        let events =
            self.pending_events.iter().filter_map(|(place, event)| self.event(*place, event)).collect();
        Changed {
            order: self.order,
            segments: self.segments,
            captured: self.captured,
            events,
            warnings: self.warnings,
        }
    }

    fn event(&self, place: usize, event: &PendingEvent) -> Option<OrderEvent> {
        let (order, at) = (&self.order, self.at);
        let operation = order.operations.get(place)?;
        Some(match event {
            PendingEvent::OrderStarted => order.started(at),
            PendingEvent::OrderCompleted => order.completed(at),
            PendingEvent::Started => order.operation_started(operation, at),
            PendingEvent::Paused(by) => order.operation_paused(operation, at, *by),
            PendingEvent::Resumed => order.operation_resumed(operation, at),
            PendingEvent::Completed => order.operation_completed(operation, at),
            PendingEvent::Corrected(reason) => order.operation_corrected(operation, at, reason),
            PendingEvent::OrderCorrected(before) => order.corrected(*before, at),
        })
    }
}
