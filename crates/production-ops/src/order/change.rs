use chrono::{DateTime, Utc};
use kernel::manufacturing::OrderStatus;

use super::{Changed, ManufacturingOrder, OrderChange, OrderError, OrderEvent, allowed};
use crate::operation::{EndedBy, OperationStatus, SegmentChange};

impl ManufacturingOrder {
    /// The order after `change` at `at`, which is never taken for earlier than the last change; `None` where nothing
    /// differs (`docs/spec/mes.md`, "Order status").
    ///
    /// # Errors
    /// [`OrderError::InvalidTransition`] when its state does not allow the status.
    pub fn change(&self, change: &OrderChange, at: DateTime<Utc>) -> Result<Option<Changed>, OrderError> {
        let mut changing =
            OrderInChange { order: self.clone(), at: self.not_before(at), segments: Vec::new() };
        let fields = changing.set_fields(change);
        let status = change.status.filter(|status| *status != self.status);
        if let Some(status) = status {
            self.may_become(status)?;
        }
        Ok((status.is_some() || !fields.is_empty()).then(|| changing.finish(status, fields, self)))
    }

    fn may_become(&self, status: OrderStatus) -> Result<(), OrderError> {
        let allowed = allowed(self.status, self.held, self.all_done());
        if allowed.contains(&status) {
            return Ok(());
        }
        Err(OrderError::InvalidTransition { from: self.status, to: status, allowed })
    }
}

/// The order while a change is applied.
struct OrderInChange {
    order: ManufacturingOrder,
    at: DateTime<Utc>,
    segments: Vec<SegmentChange>,
}

impl OrderInChange {
    /// Sets priority and notes; returns the names of those that differ.
    fn set_fields(&mut self, change: &OrderChange) -> Vec<&'static str> {
        let before = self.order.clone();
        self.order.priority = change.priority.unwrap_or(before.priority);
        self.order.notes = change.notes.apply(before.notes.clone());
        let fields = [
            ("priority", self.order.priority != before.priority),
            ("notes", self.order.notes != before.notes),
        ];
        fields.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
    }

    /// Sets the status, and adds the events of it and of the fields: each has a version of its own.
    fn finish(
        mut self,
        status: Option<OrderStatus>,
        mut fields: Vec<&'static str>,
        before: &ManufacturingOrder,
    ) -> Changed {
        let at = self.at;
        let mut events = Vec::new();
        let has_an_event_of_its_own = match status {
            Some(OrderStatus::InProgress) => before.status == OrderStatus::Pending,
            Some(OrderStatus::Completed | OrderStatus::Cancelled) => true,
            Some(OrderStatus::OnHold | OrderStatus::Pending) => false,
            None => false,
        };
        if status.is_some() && !has_an_event_of_its_own {
            fields.insert(0, "status");
        }
        if has_an_event_of_its_own && !fields.is_empty() {
            self.order.version += 1;
            events.push(self.order.updated(std::mem::take(&mut fields), at));
        }
        let paused = status.map(|status| self.set_status(status)).unwrap_or_default();
        self.order.version += 1;
        self.order.count_versions(before, at);
        events.extend(paused.into_iter().filter_map(|place| self.paused(place)));
        events.push(match status {
            Some(OrderStatus::InProgress) if has_an_event_of_its_own => self.order.started(at),
            Some(OrderStatus::Completed) => self.order.completed(at),
            Some(OrderStatus::Cancelled) => self.order.cancelled(at),
            _ => self.order.updated(fields, at),
        });
        let Self { order, segments, .. } = self;
        Changed { order, segments, captured: Vec::new(), events, warnings: Vec::new() }
    }

    /// Returns the places of the operations that it paused.
    fn set_status(&mut self, status: OrderStatus) -> Vec<usize> {
        let (before, at) = (self.order.status, self.at);
        self.order.status = status;
        self.order.held = (status == OrderStatus::OnHold).then_some(before);
        match status {
            OrderStatus::InProgress => self.order.actual_start = self.order.actual_start.or(Some(at)),
            OrderStatus::Completed => {
                self.order.actual_end = Some(at);
                let last = self.order.operations.last();
                let good = last.map_or(self.order.quantity.into(), |last| last.quantities.good);
                self.order.quantity_completed = Some(good);
            }
            OrderStatus::OnHold => return self.end_segments(EndedBy::Hold),
            OrderStatus::Cancelled => drop(self.end_segments(EndedBy::Cancel)),
            OrderStatus::Pending => {}
        }
        Vec::new()
    }

    /// Ends what runs; a hold pauses it, a cancelled order's operations keep their last status.
    fn end_segments(&mut self, by: EndedBy) -> Vec<usize> {
        let mut ended = Vec::new();
        for (place, operation) in self.order.operations.iter_mut().enumerate() {
            if let Some(segment) = operation.end_segment(self.at, by) {
                self.segments.push(segment);
                ended.push(place);
                if by == EndedBy::Hold {
                    operation.status = OperationStatus::Paused;
                }
            }
        }
        ended
    }

    fn paused(&self, place: usize) -> Option<OrderEvent> {
        let operation = self.order.operations.get(place)?;
        Some(self.order.operation_paused(operation, self.at, EndedBy::Hold))
    }
}
