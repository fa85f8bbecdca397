use chrono::{DateTime, Utc};
use kernel::clock::IdSource;
use kernel::events::{Event, OutboxMessage, Payload, PayloadFault};
use kernel::id::Id;
use kernel::manufacturing::{
    OrderCancelled, OrderCompleted, OrderCorrected, OrderCreated, OrderStarted, OrderUpdated,
};
use kernel::quantity::Amount;
use uuid::Uuid;

use super::ManufacturingOrder;
use crate::events::{
    OperationCompleted, OperationCorrected, OperationPaused, OperationRef, OperationResumed, OperationStarted,
};
use crate::operation::{CorrectionReason, EndedBy, Operation};

/// An event of an order or of one of its operations.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderEvent {
    /// The order or the operation.
    pub aggregate: Uuid,
    /// Its version after it.
    pub sequence: i64,
    pub at: DateTime<Utc>,
    pub payload: Payloads,
}

/// The payloads that orders and operations announce.
#[derive(Debug, Clone, PartialEq)]
pub enum Payloads {
    /// `order.created`
    Created(OrderCreated),
    /// `order.updated`
    Updated(OrderUpdated),
    /// `order.started`
    Started(OrderStarted),
    /// `order.completed`
    Completed(OrderCompleted),
    /// `order.corrected`
    Corrected(OrderCorrected),
    /// `order.cancelled`
    Cancelled(OrderCancelled),
    /// `woo.started`
    OperationStarted(OperationStarted),
    /// `woo.paused`
    OperationPaused(OperationPaused),
    /// `woo.resumed`
    OperationResumed(OperationResumed),
    /// `woo.completed`
    OperationCompleted(OperationCompleted),
    /// `woo.corrected`
    OperationCorrected(OperationCorrected),
}

impl OrderEvent {
    /// The event as it leaves, with an id of its own.
    ///
    /// # Errors
    /// When the payload has no form in JSON, which none of these has.
    pub fn announce(&self, ids: &dyn IdSource) -> Result<OutboxMessage, PayloadFault> {
        match &self.payload {
            Payloads::Created(payload) => self.of(payload, ids),
            Payloads::Updated(payload) => self.of(payload, ids),
            Payloads::Started(payload) => self.of(payload, ids),
            Payloads::Completed(payload) => self.of(payload, ids),
            Payloads::Corrected(payload) => self.of(payload, ids),
            Payloads::Cancelled(payload) => self.of(payload, ids),
            Payloads::OperationStarted(payload) => self.of(payload, ids),
            Payloads::OperationPaused(payload) => self.of(payload, ids),
            Payloads::OperationResumed(payload) => self.of(payload, ids),
            Payloads::OperationCompleted(payload) => self.of(payload, ids),
            Payloads::OperationCorrected(payload) => self.of(payload, ids),
        }
    }

    fn of<P: Payload>(&self, payload: &P, ids: &dyn IdSource) -> Result<OutboxMessage, PayloadFault> {
        let event = Event::new(ids.uuid(), self.aggregate, self.sequence, self.at, payload)?;
        Ok(OutboxMessage::Event(event))
    }
}

impl ManufacturingOrder {
    /// `order.created`.
    pub fn created(&self) -> OrderEvent {
        self.happened(
            self.created_at,
            Payloads::Created(OrderCreated {
                order_id: self.id.uuid(),
                order_number: self.number.as_str().to_owned(),
                product_identifier: self.sku.as_str().to_owned(),
                quantity: self.quantity,
                priority: self.priority.value(),
                status: self.status.as_str(),
                scheduled_end_date: self.scheduled_end,
                created_at: self.created_at,
            }),
        )
    }

    pub(super) fn updated(&self, changed_fields: Vec<&'static str>, at: DateTime<Utc>) -> OrderEvent {
        self.happened(
            at,
            Payloads::Updated(OrderUpdated {
                order_id: self.id.uuid(),
                order_number: self.number.as_str().to_owned(),
                changed_fields,
                product_identifier: self.sku.as_str().to_owned(),
                quantity: self.quantity,
                priority: self.priority.value(),
                status: self.status.as_str(),
                scheduled_end_date: self.scheduled_end,
                updated_at: at,
            }),
        )
    }

    pub(super) fn started(&self, at: DateTime<Utc>) -> OrderEvent {
        self.happened(
            at,
            Payloads::Started(OrderStarted {
                order_id: self.id.uuid(),
                order_number: self.number.as_str().to_owned(),
                product_identifier: self.sku.as_str().to_owned(),
                quantity: self.quantity,
                started_at: at,
            }),
        )
    }

    pub(super) fn completed(&self, at: DateTime<Utc>) -> OrderEvent {
        let active = self.operations.iter().map(|operation| operation.time.active(at));
        self.happened(
            at,
            Payloads::Completed(OrderCompleted {
                order_id: self.id.uuid(),
                order_number: self.number.as_str().to_owned(),
                product_identifier: self.sku.as_str().to_owned(),
                completed_at: at,
                total_cycle_time_seconds: active.sum::<chrono::TimeDelta>().num_seconds(),
                quantity_completed: self.quantity_completed.unwrap_or_default(),
            }),
        )
    }

    pub(super) fn corrected(&self, before: Amount, at: DateTime<Utc>) -> OrderEvent {
        self.happened(
            at,
            Payloads::Corrected(OrderCorrected {
                order_id: self.id.uuid(),
                order_number: self.number.as_str().to_owned(),
                product_identifier: self.sku.as_str().to_owned(),
                corrected_at: at,
                quantity_before: before,
                quantity_completed: self.quantity_completed.unwrap_or_default(),
            }),
        )
    }

    pub(super) fn cancelled(&self, at: DateTime<Utc>) -> OrderEvent {
        self.happened(
            at,
            Payloads::Cancelled(OrderCancelled {
                order_id: self.id.uuid(),
                order_number: self.number.as_str().to_owned(),
                product_identifier: self.sku.as_str().to_owned(),
                cancelled_at: at,
            }),
        )
    }

    fn happened(&self, at: DateTime<Utc>, payload: Payloads) -> OrderEvent {
        OrderEvent { aggregate: self.id.uuid(), sequence: self.version, at, payload }
    }

    pub(super) fn operation_started(&self, of: &Operation, at: DateTime<Utc>) -> OrderEvent {
        let operation = self.reference(of);
        let payload = OperationStarted { operation, started_at: at };
        Self::operation_happened(of, at, Payloads::OperationStarted(payload))
    }

    pub(super) fn operation_paused(&self, of: &Operation, at: DateTime<Utc>, by: EndedBy) -> OrderEvent {
        let payload = OperationPaused {
            operation: self.reference(of),
            paused_at: at,
            pause_reason_id: by.reason().map(Id::uuid),
            order_on_hold: by == EndedBy::Hold,
        };
        Self::operation_happened(of, at, Payloads::OperationPaused(payload))
    }

    pub(super) fn operation_resumed(&self, of: &Operation, at: DateTime<Utc>) -> OrderEvent {
        let operation = self.reference(of);
        let payload = OperationResumed { operation, resumed_at: at };
        Self::operation_happened(of, at, Payloads::OperationResumed(payload))
    }

    pub(super) fn operation_completed(&self, of: &Operation, at: DateTime<Utc>) -> OrderEvent {
        let payload = OperationCompleted {
            operation: self.reference(of),
            completed_at: at,
            total_active_time_seconds: of.time.active(at).num_seconds(),
            quantity_completed: of.quantities.good,
            quantity_rejected: of.quantities.rejected,
            quantity_reworked: of.quantities.reworked,
        };
        Self::operation_happened(of, at, Payloads::OperationCompleted(payload))
    }

    pub(super) fn operation_corrected(
        &self,
        of: &Operation,
        at: DateTime<Utc>,
        reason: &CorrectionReason,
    ) -> OrderEvent {
        let payload = OperationCorrected {
            operation: self.reference(of),
            corrected_at: at,
            reason: reason.as_str().to_owned(),
            quantity_completed: of.quantities.good,
            quantity_rejected: of.quantities.rejected,
            quantity_reworked: of.quantities.reworked,
        };
        Self::operation_happened(of, at, Payloads::OperationCorrected(payload))
    }

    fn operation_happened(of: &Operation, at: DateTime<Utc>, payload: Payloads) -> OrderEvent {
        OrderEvent { aggregate: of.id.uuid(), sequence: of.version, at, payload }
    }

    fn reference(&self, of: &Operation) -> OperationRef {
        OperationRef {
            work_order_operation_id: of.id.uuid(),
            operation_number: of.number,
            operation_name: of.name.as_str().to_owned(),
            department_id: of.department.uuid(),
            order_id: self.id.uuid(),
            order_number: self.number.as_str().to_owned(),
            operator_id: of.operator.map(Id::uuid),
        }
    }
}
