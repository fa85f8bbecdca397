//! Events of sales orders.

use kernel::events::{Event, PayloadFault};
use uuid::Uuid;

use super::SalesOrder;
use crate::events::{
    OrderFacts, SalesOrderAssigned, SalesOrderCancelled, SalesOrderClosed, SalesOrderCompleted,
    SalesOrderCreated, SalesOrderDeleted, SalesOrderUpdated,
};

/// What happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SalesEvent {
    Created,
    /// Lines of it were assigned to vendors.
    Assigned,
    Updated,
    Completed,
    Cancelled,
    /// It was closed short.
    Closed,
    Deleted,
}

impl SalesEvent {
    /// The verb of the audit trail's action, as in `sales_order.created`.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Assigned => "assigned",
            Self::Updated => "updated",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Closed => "closed",
            Self::Deleted => "deleted",
        }
    }

    /// The event of an order.
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
            Self::Assigned => Event::new(id, aggregate, sequence, at, &SalesOrderAssigned(facts)),
            Self::Updated => Event::new(id, aggregate, sequence, at, &SalesOrderUpdated(facts)),
            Self::Completed => Event::new(id, aggregate, sequence, at, &SalesOrderCompleted(facts)),
            Self::Cancelled => Event::new(id, aggregate, sequence, at, &SalesOrderCancelled(facts)),
            Self::Closed => Event::new(id, aggregate, sequence, at, &SalesOrderClosed(facts)),
            Self::Deleted => Event::new(id, aggregate, sequence, at, &SalesOrderDeleted(facts)),
        }
    }
}
