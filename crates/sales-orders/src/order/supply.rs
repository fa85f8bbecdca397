//! What the supply of an order does to it: its status follows from what is assigned, confirmed and accepted, and it ends
//! only when nothing stands in the way (`docs/spec/oms.md`, "Order status", "Close an order").

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::quantity::Amount;

use super::{Changed, OrderLineId, SalesEvent, SalesOrder, SalesOrderError, SalesStatus};
use crate::values::Notes;

/// How far the supply of an order has come, as procurement knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SupplyProgress {
    /// Whether anything of it was ever assigned to a vendor.
    pub is_assigned: bool,
    /// Whether a vendor confirmed anything of it.
    pub is_confirmed: bool,
    /// How much of each line is accepted; lines that are left out have nothing.
    pub accepted: BTreeMap<OrderLineId, Amount>,
}

/// What stands in the way of ending an order, as other domains know it. An order of a till has nothing of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Obstacles {
    /// Whether anything of it was dispatched.
    pub is_dispatched: bool,
    /// What of its supply is not over, each in words, such as "dispatch DSP-2024-001 is under way".
    pub open: Vec<String>,
}

impl SalesOrder {
    /// The order as its supply leaves it, never a step back; `None` if that changes nothing. New assignments are an event
    /// of the order even where its status stays.
    pub fn supplied(
        &self,
        progress: &SupplyProgress,
        has_new_assignments: bool,
        at: DateTime<Utc>,
    ) -> Option<Changed> {
        let status = self.status.max(self.status_of(progress));
        let event = match status {
            SalesStatus::Fulfilled if status != self.status => SalesEvent::Completed,
            _ if has_new_assignments => SalesEvent::Assigned,
            _ if status != self.status => SalesEvent::Updated,
            _ => return None,
        };
        let completed_at =
            self.completed_at.or((status == SalesStatus::Fulfilled && status != self.status).then_some(at));
        let order = Self { status, completed_at, ..self.clone() }.next(at);
        Some(Changed { order, event, returned: Vec::new() })
    }

    fn status_of(&self, progress: &SupplyProgress) -> SalesStatus {
        let accepted = |line| progress.accepted.get(&line).copied().unwrap_or_default();
        if self.lines.iter().all(|line| accepted(line.id) >= line.quantity.into()) {
            SalesStatus::Fulfilled
        } else if self.lines.iter().any(|line| !accepted(line.id).is_zero()) {
            SalesStatus::PartiallyFulfilled
        } else if progress.is_confirmed {
            SalesStatus::Processing
        } else if progress.is_assigned {
            SalesStatus::Assigned
        } else {
            SalesStatus::Received
        }
    }

    pub(super) fn closed(
        &self,
        reason: Option<&Notes>,
        obstacles: &Obstacles,
        at: DateTime<Utc>,
    ) -> Result<Option<Changed>, SalesOrderError> {
        match self.status {
            SalesStatus::Closed => return Ok(None),
            SalesStatus::Cancelled => return Err(SalesOrderError::NotClosable(self.status)),
            _ if !obstacles.open.is_empty() => {
                return Err(SalesOrderError::StillOpen(obstacles.open.clone()));
            }
            _ => {}
        }
        let closed = Self {
            status: SalesStatus::Closed,
            close_reason: reason.cloned(),
            completed_at: self.completed_at.or(Some(at)),
            ..self.clone()
        };
        Ok(Some(Changed { order: closed.next(at), event: SalesEvent::Closed, returned: Vec::new() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::tests::bought_in;
    use chrono::TimeDelta;

    fn amount(number: i64) -> Amount {
        Amount::try_new(number.into()).unwrap()
    }

    fn later() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_001)
    }

    /// An order of 50 and 30, in that status.
    fn order(status: SalesStatus) -> SalesOrder {
        SalesOrder { status, ..bought_in() }
    }

    #[test]
    fn the_status_follows_from_the_supply_and_never_goes_back() {
        use SalesStatus::{Assigned, Cancelled, Closed, Fulfilled, PartiallyFulfilled, Processing, Received};
        for (from, assigned, confirmed, accepted, to) in [
            (Received, false, false, [0, 0], Received),
            (Received, true, false, [0, 0], Assigned),
            (Assigned, true, true, [0, 0], Processing),
            (Assigned, true, false, [0, 0], Assigned),
            (Processing, true, true, [1, 0], PartiallyFulfilled),
            (Processing, true, true, [50, 0], PartiallyFulfilled),
            (Processing, true, true, [49, 31], PartiallyFulfilled),
            (Processing, true, true, [50, 30], Fulfilled),
            (PartiallyFulfilled, true, true, [55, 30], Fulfilled),
            (PartiallyFulfilled, true, true, [0, 0], PartiallyFulfilled),
            (Fulfilled, true, true, [0, 0], Fulfilled),
            (Closed, true, true, [1, 1], Closed),
            (Cancelled, true, true, [50, 30], Cancelled),
        ] {
            let order = order(from);
            let lines = order.lines.iter().map(|line| line.id);
            let progress = SupplyProgress {
                is_assigned: assigned,
                is_confirmed: confirmed,
                accepted: lines.zip(accepted.map(amount)).collect(),
            };
            let supplied = order.supplied(&progress, false, later());
            assert_eq!(supplied.as_ref().map_or(from, |it| it.order.status), to, "{from:?} {accepted:?}");
            assert_eq!(supplied.is_some(), from != to, "what changes nothing leaves nothing");
        }
    }

    #[test]
    fn what_is_assigned_again_is_an_event_and_what_is_complete_is_completed_then() {
        let assigned = SupplyProgress { is_assigned: true, ..Default::default() };
        let changed = order(SalesStatus::Assigned).supplied(&assigned, true, later()).unwrap();
        assert_eq!((changed.event, changed.order.version), (SalesEvent::Assigned, 2));
        let before = order(SalesStatus::Processing);
        let accepted = before.lines.iter().map(|line| (line.id, line.quantity.into())).collect();
        let all = SupplyProgress { is_assigned: true, is_confirmed: true, accepted };
        let changed = before.supplied(&all, false, later()).unwrap();
        assert_eq!((changed.event, changed.order.completed_at), (SalesEvent::Completed, Some(later())));
    }

    #[test]
    fn an_order_is_closed_once_and_only_when_nothing_of_it_is_open() {
        let closing = Notes::try_new("enough").ok();
        let close = |order: &SalesOrder, open: &[&str]| {
            let open = open.iter().map(|text| (*text).to_owned()).collect();
            order.closed(closing.as_ref(), &Obstacles { is_dispatched: true, open }, later())
        };
        let closed = close(&order(SalesStatus::PartiallyFulfilled), &[]).unwrap().unwrap();
        assert_eq!((closed.event, closed.order.status), (SalesEvent::Closed, SalesStatus::Closed));
        assert_eq!(
            (closed.order.close_reason.as_ref(), closed.order.completed_at),
            (closing.as_ref(), Some(later()))
        );
        assert_eq!(close(&closed.order, &["x"]).unwrap(), None, "closed again, nothing changes");
        let open = close(&order(SalesStatus::Received), &["dispatch DSP-2024-001 is under way", "x"]);
        assert_eq!(
            open.unwrap_err().to_string(),
            "the order can't be closed: dispatch DSP-2024-001 is under way; x"
        );
        let cancelled = close(&order(SalesStatus::Cancelled), &[]).unwrap_err();
        assert_eq!(cancelled.to_string(), "the order is CANCELLED, which can't be closed");
    }
}
