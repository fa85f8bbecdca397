use crate::attachment::AttachmentError;

kernel::id_type!(WorkOrderOperationId, enum WorkOrderOperation, "work_order_operation");
kernel::id_type!(RoutingOperationId, enum RoutingOperation, "routing_operation");
kernel::id_type!(TicketId, enum Ticket, "ticket");

/// The most files of a ticket, announced ones included.
const MOST_OF_TICKET: u64 = 50;

/// What an attachment belongs to. What is looked for among the files of one kind of owner is never found among another's
/// ([`Within`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The shop floor (`docs/spec/mes.md`, "Files"): one of these operations, both or neither.
    Operations {
        /// None, too, once an import gave its order other operations.
        work_order_operation: Option<WorkOrderOperationId>,
        routing_operation: Option<RoutingOperationId>,
    },
    /// A ticket of a goods receipt (`docs/spec/oms.md`, "Ticket routes").
    Ticket(TicketId),
}

/// Where an attachment is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// Among the files of the shop floor, those of no operation included.
    Operations,
    /// Among the files of one ticket.
    Ticket(TicketId),
}

impl Owner {
    pub const fn operations(
        work_order_operation: Option<WorkOrderOperationId>,
        routing_operation: Option<RoutingOperationId>,
    ) -> Self {
        Self::Operations { work_order_operation, routing_operation }
    }

    pub const fn work_order_operation(self) -> Option<WorkOrderOperationId> {
        match self {
            Self::Operations { work_order_operation, .. } => work_order_operation,
            Self::Ticket(_) => None,
        }
    }

    pub const fn routing_operation(self) -> Option<RoutingOperationId> {
        match self {
            Self::Operations { routing_operation, .. } => routing_operation,
            Self::Ticket(_) => None,
        }
    }

    pub const fn ticket(self) -> Option<TicketId> {
        self.within().ticket()
    }

    /// Where its attachments are found.
    pub const fn within(self) -> Within {
        match self {
            Self::Operations { .. } => Within::Operations,
            Self::Ticket(ticket) => Within::Ticket(ticket),
        }
    }

    /// Checks that it takes another attachment beside the `held` ones that are visible or announced.
    ///
    /// # Errors
    /// [`AttachmentError::TooMany`] when it has as many as it may have.
    pub const fn takes_another(self, held: u64) -> Result<(), AttachmentError> {
        match self {
            Self::Ticket(_) if held >= MOST_OF_TICKET => {
                Err(AttachmentError::TooMany { most: MOST_OF_TICKET })
            }
            Self::Operations { .. } | Self::Ticket(_) => Ok(()),
        }
    }
}

impl Within {
    pub const fn ticket(self) -> Option<TicketId> {
        match self {
            Self::Operations => None,
            Self::Ticket(ticket) => Some(ticket),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::clock::{CountedIds, IdSource};
    use kernel::error::{Classified, ErrorKind};

    #[test]
    fn an_owner_names_what_it_is_and_where_its_files_are_found() {
        let ids: &dyn IdSource = &CountedIds::default();
        let (work, routing, ticket) = (ids.id(), ids.id(), ids.id());
        for (owner, of_work, of_routing, within) in [
            (Owner::operations(None, None), None, None, Within::Operations),
            (Owner::operations(Some(work), None), Some(work), None, Within::Operations),
            (Owner::operations(None, Some(routing)), None, Some(routing), Within::Operations),
            (Owner::operations(Some(work), Some(routing)), Some(work), Some(routing), Within::Operations),
            (Owner::Ticket(ticket), None, None, Within::Ticket(ticket)),
        ] {
            assert_eq!((owner.work_order_operation(), owner.routing_operation()), (of_work, of_routing));
            assert_eq!((owner.within(), owner.ticket()), (within, within.ticket()), "{owner:?}");
        }
        assert_eq!(Owner::Ticket(ticket).ticket(), Some(ticket));
    }

    #[test]
    fn a_ticket_takes_fifty_files_and_operations_any_number() {
        let ids: &dyn IdSource = &CountedIds::default();
        let (operations, ticket) = (Owner::operations(None, None), Owner::Ticket(ids.id()));
        for (owner, held, is_taken) in [
            (operations, 0, true),
            (operations, u64::MAX, true),
            (ticket, 0, true),
            (ticket, 49, true),
            (ticket, 50, false),
            (ticket, 51, false),
        ] {
            assert_eq!(owner.takes_another(held).is_ok(), is_taken, "{owner:?} with {held}");
        }
        let full = ticket.takes_another(50).unwrap_err();
        assert_eq!((full.kind(), full.code()), (ErrorKind::Conflict, "TOO_MANY_FILES"));
        assert_eq!(full.to_string(), "there are 50 files already, and there may be no more");
    }
}
