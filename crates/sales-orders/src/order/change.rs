//! Changes of an order: at tills, by cancelling, by deleting.

use chrono::{DateTime, Utc};
use kernel::change::Change;
use kernel::email::Email;
use kernel::quantity::Amount;

use super::{
    Channel, Customer, LineProduct, Obstacles, PaymentStatus, PosStatus, SalesEvent, SalesOrder,
    SalesOrderError, SalesStatus,
};
use crate::values::{CustomerName, Notes, PaymentMethod, Phone};

/// What to do to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Change it at a till.
    Change(PosChange),
    /// Delete it at a till: it is shown nowhere any more, and gives its stock back.
    Delete,
    /// Cancel it at the order API.
    Cancel { reason: Option<Notes> },
    /// Close it short at the order API: what is not there by then does not come any more.
    Close { reason: Option<Notes> },
}

/// What to change of an order at a till; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PosChange {
    pub status: Option<PosStatus>,
    pub payment_status: Option<PaymentStatus>,
    pub payment_method: Change<PaymentMethod>,
    pub notes: Change<Notes>,
    pub customer_number: Change<i64>,
    pub customer_name: Change<CustomerName>,
    pub customer_phone: Change<Phone>,
    pub customer_email: Change<Email>,
}

/// Goods that a line took from stock, or gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineGoods {
    pub product: LineProduct,
    pub quantity: Amount,
}

/// An order after something was done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub order: SalesOrder,
    pub event: SalesEvent,
    /// What goes back to stock, line by line.
    pub returned: Vec<LineGoods>,
}

impl SalesOrder {
    /// What its lines took from stock, in their order.
    pub fn taken(&self) -> impl Iterator<Item = LineGoods> {
        let took = self.lines.iter().filter(|line| !line.taken.is_zero());
        took.filter_map(|line| Some(LineGoods { product: line.product?, quantity: line.taken }))
    }

    /// Does something to the order; `None` if that changes nothing.
    ///
    /// # Errors
    /// When the order came from elsewhere, its status does not allow it, or there are obstacles to its end.
    pub fn apply(
        &self,
        command: &Command,
        obstacles: &Obstacles,
        at: DateTime<Utc>,
    ) -> Result<Option<Changed>, SalesOrderError> {
        if self.deleted {
            return Err(SalesOrderError::NotFound);
        }
        let channel = match command {
            Command::Change(_) | Command::Delete => Channel::Pos,
            Command::Cancel { .. } | Command::Close { .. } => Channel::Oms,
        };
        if channel != self.channel {
            return Err(SalesOrderError::OtherChannel(self.channel));
        }
        match command {
            Command::Change(change) => self.changed(change, at),
            Command::Delete => {
                Ok(Some(self.ended(Self { deleted: true, ..self.clone() }, SalesEvent::Deleted, at)))
            }
            Command::Cancel { reason } => self.cancelled(reason.as_ref(), obstacles, at),
            Command::Close { reason } => self.closed(reason.as_ref(), obstacles, at),
        }
    }

    fn changed(&self, change: &PosChange, at: DateTime<Utc>) -> Result<Option<Changed>, SalesOrderError> {
        let payment_status = change.payment_status.unwrap_or(self.payment_status);
        let status = self.status_at_tills(change.status, payment_status)?;
        let done = |status: SalesStatus| status.at_tills() == PosStatus::Completed;
        let before = self.clone();
        let changed = Self {
            status,
            payment_status,
            payment_method: change.payment_method.apply(before.payment_method),
            notes: change.notes.apply(before.notes),
            customer: Customer {
                number: change.customer_number.apply(before.customer.number),
                name: change.customer_name.apply(before.customer.name),
                phone: change.customer_phone.apply(before.customer.phone),
                email: change.customer_email.apply(before.customer.email),
            },
            completed_at: before.completed_at.or((done(status) && !done(self.status)).then_some(at)),
            ..self.clone()
        };
        if changed == *self {
            return Ok(None);
        }
        let event = match (self.status, status) {
            (from, to) if from == to => SalesEvent::Updated,
            (_, SalesStatus::Cancelled) => return Ok(Some(self.ended(changed, SalesEvent::Cancelled, at))),
            (from, to) if done(to) && !done(from) => SalesEvent::Completed,
            _ => SalesEvent::Updated,
        };
        Ok(Some(Changed { order: changed.next(at), event, returned: Vec::new() }))
    }

    /// The status that a till's wish comes to; an order that is done is closed once it is paid.
    fn status_at_tills(
        &self,
        wish: Option<PosStatus>,
        payment: PaymentStatus,
    ) -> Result<SalesStatus, SalesOrderError> {
        let from = self.status.at_tills();
        match wish {
            Some(to) if to != from && !from.next().contains(&to) => {
                Err(SalesOrderError::Transition { from, to })
            }
            Some(to) if to != from => Ok(to.stored(payment)),
            _ if self.status == SalesStatus::Fulfilled => Ok(from.stored(payment)),
            _ => Ok(self.status),
        }
    }

    fn cancelled(
        &self,
        reason: Option<&Notes>,
        obstacles: &Obstacles,
        at: DateTime<Utc>,
    ) -> Result<Option<Changed>, SalesOrderError> {
        if self.status == SalesStatus::Cancelled {
            return Ok(None);
        }
        if obstacles.is_dispatched && self.status != SalesStatus::Closed {
            return Err(SalesOrderError::Dispatched);
        }
        if !self.status.can_be_cancelled() {
            return Err(SalesOrderError::NotCancellable(self.status));
        }
        let cancelled =
            Self { status: SalesStatus::Cancelled, cancel_reason: reason.cloned(), ..self.clone() };
        Ok(Some(self.ended(cancelled, SalesEvent::Cancelled, at)))
    }

    /// The order once it is over: what it took goes back, if it didn't before.
    fn ended(&self, ended: Self, event: SalesEvent, at: DateTime<Utc>) -> Changed {
        let returned = if self.stock_returned { Vec::new() } else { self.taken().collect() };
        Changed { order: Self { stock_returned: true, ..ended }.next(at), event, returned }
    }

    pub(super) fn next(self, at: DateTime<Utc>) -> Self {
        Self { version: self.version + 1, updated_at: at, ..self }
    }
}
