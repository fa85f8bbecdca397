use chrono::{DateTime, Utc};
use kernel::calendar::OutsideCalendar;
use kernel::clock::IdSource;
use kernel::manufacturing::{OrderId, OrderNumber, OrderStatus};

use super::{ManufacturingOrder, NewOrder, OrderError, OrderRouting};
use crate::operation::{Operation, OperationStatus, QuantityReport, TimeSheet, check_plan, plan_operations};
use crate::routing::Routing;

impl ManufacturingOrder {
    /// A new order, with the operations that its routing has in this version. A store that makes it in other ways MUST
    /// come to the same.
    pub fn create(
        id: OrderId,
        number: OrderNumber,
        new: NewOrder,
        routing: &Routing,
        ids: &dyn IdSource,
        at: DateTime<Utc>,
    ) -> Self {
        let times: Vec<_> = routing.operations.iter().map(|step| step.times).collect();
        let planned = plan_operations(&times, new.quantity, new.schedule.start());
        let operations = routing.operations.iter().zip(planned).map(|(step, planned)| Operation {
            id: ids.id(),
            number: step.number.into(),
            name: step.name.clone(),
            department: step.department.id,
            routing_operation: step.id,
            status: planned.status,
            operator: None,
            target_seconds: planned.target_seconds,
            scheduled_start: planned.scheduled_start,
            ready_at: (planned.status == OperationStatus::Pending).then_some(at),
            actual_start: None,
            actual_end: None,
            quantities: QuantityReport::default(),
            captured: None,
            time: TimeSheet::default(),
            version: 1,
            created_at: at,
            updated_at: at,
        });
        Self {
            id,
            number,
            erp_reference: new.erp_reference,
            sku: new.sku,
            quantity: new.quantity,
            quantity_completed: None,
            priority: new.priority,
            status: OrderStatus::Pending,
            held: None,
            routing: Some(OrderRouting {
                id: routing.id,
                version: routing.version,
                name: routing.name.clone(),
                allow_overlap: routing.allow_overlap,
            }),
            scheduled_start: new.schedule.start(),
            scheduled_end: new.schedule.end(),
            actual_start: None,
            actual_end: None,
            notes: new.notes,
            custom_fields: new.custom_fields,
            version: 1,
            created_at: at,
            updated_at: at,
            operations: operations.collect(),
        }
    }

    /// Checks that its operations are planned to begin within the calendar.
    ///
    /// # Errors
    /// [`OrderError::BeginsTooLate`].
    pub fn check_plan(&self) -> Result<(), OrderError> {
        let target_seconds = self.operations.iter().map(|operation| operation.target_seconds);
        check_plan(target_seconds, self.scheduled_start).map_err(|OutsideCalendar| OrderError::BeginsTooLate)
    }
}
