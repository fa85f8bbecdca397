//! What happens to sales orders, as events.

use kernel::events::{Event, PayloadFault};
use uuid::Uuid;

use super::SalesOrder;
use crate::events::{
    OrderFacts, SalesOrderCancelled, SalesOrderCompleted, SalesOrderCreated, SalesOrderDeleted,
    SalesOrderUpdated,
};

/// What happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SalesEvent {
    /// It was taken in.
    Created,
    /// Something of it changed.
    Updated,
    /// It was completed.
    Completed,
    /// It was given up.
    Cancelled,
    /// It was deleted.
    Deleted,
}

impl SalesEvent {
    /// What the audit trail calls it.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Created => "sales_order.created",
            Self::Updated => "sales_order.updated",
            Self::Completed => "sales_order.completed",
            Self::Cancelled => "sales_order.cancelled",
            Self::Deleted => "sales_order.deleted",
        }
    }

    /// The event of an order that it happened to.
    ///
    /// # Errors
    /// Never: the payloads have a form in JSON.
    pub fn of(self, order: &SalesOrder, id: Uuid) -> Result<Event, PayloadFault> {
        let facts = OrderFacts {
            order_id: order.id.uuid(),
            order_number: order.order_number.to_string(),
            channel: order.channel.as_str(),
            status: order.status.as_str(),
            payment_status: order.payment_status.as_str(),
            total_amount: order.totals.total,
            currency: order.currency.code().to_owned(),
        };
        let (aggregate, sequence, at) = (order.id.uuid(), order.version, order.updated_at);
        match self {
            Self::Created => Event::new(id, aggregate, sequence, at, &SalesOrderCreated(facts)),
            Self::Updated => Event::new(id, aggregate, sequence, at, &SalesOrderUpdated(facts)),
            Self::Completed => Event::new(id, aggregate, sequence, at, &SalesOrderCompleted(facts)),
            Self::Cancelled => Event::new(id, aggregate, sequence, at, &SalesOrderCancelled(facts)),
            Self::Deleted => Event::new(id, aggregate, sequence, at, &SalesOrderDeleted(facts)),
        }
    }
}
