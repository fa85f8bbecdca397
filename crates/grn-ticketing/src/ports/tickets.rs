use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::{TeamId, UserId, VendorId};
use kernel::page::{Page, Window};
use kernel::period::Period;
use kernel::write::{WriteContext, Written};

use crate::receipt::{GoodsReceiptId, OrderId, ReceiptStatus};
use crate::ticket::{Comment, CommentId, CommentText, Priority, Ticket, TicketError, TicketId, TicketStatus};

/// The tickets of each team; a team MUST NOT see or change another's. [Verifying](super::GoodsReceipts::verify) raises them.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Tickets: Send + Sync {
    /// Moves a ticket on ([`Ticket::advance`]) under a lock, with a comment if there is one, `ticket.updated` and the audit
    /// entry `ticket.changed`; a refusal MUST leave no comment either. [`TicketError::NotFound`].
    async fn advance(
        &self,
        context: WriteContext<Ticket>,
        id: TicketId,
        to: TicketStatus,
        comment: Option<(CommentId, CommentText)>,
    ) -> Result<Written<Ticket>, TicketError>;

    /// Gives a ticket to somebody to work on, or takes it from them ([`Ticket::assign`]), with `ticket.updated` and the audit
    /// entry `ticket.changed`; what changes nothing MUST leave nothing behind.
    ///
    /// [`TicketError::NotFound`]; [`TicketError::NotAssignable`] unless the team has such a user who
    /// [may be assigned](crate::ticket::may_be_assigned).
    async fn assign(
        &self,
        context: WriteContext<TicketView>,
        id: TicketId,
        assignee: Option<UserId>,
    ) -> Result<Written<TicketView>, TicketError>;

    /// Adds a comment, with `ticket.commented` and the audit entry of that name. [`TicketError::NotFound`].
    async fn comment(
        &self,
        context: WriteContext<CommentView>,
        id: TicketId,
        comment: (CommentId, CommentText),
    ) -> Result<Written<CommentView>, TicketError>;

    /// The team's ticket of that id, with its comments.
    async fn find(&self, team: TeamId, id: TicketId) -> Result<Option<TicketView>, StoreError>;

    /// The latest ticket of a receipt, with its comments.
    async fn of_receipt(
        &self,
        team: TeamId,
        receipt: GoodsReceiptId,
    ) -> Result<Option<TicketView>, StoreError>;

    /// Tickets that `filter` lets through, without their comments, the latest first; those of one moment by id.
    async fn list(
        &self,
        team: TeamId,
        filter: TicketFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<TicketView>, StoreError>;
}

/// A ticket with what is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketView {
    pub ticket: Ticket,
    pub receipt_number: Box<str>,
    pub receipt_status: ReceiptStatus,
    /// Users with their e-mails.
    pub created_by: Option<(UserId, Box<str>)>,
    pub assignee: Option<(UserId, Box<str>)>,
    /// The first first.
    pub comments: Vec<CommentView>,
}

/// A comment, and the e-mail of whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentView {
    pub comment: Comment,
    pub email: Option<Box<str>>,
}

/// Which tickets are listed: those that fit everything that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketFilter {
    pub status: Option<TicketStatus>,
    pub priority: Option<Priority>,
    pub assignee: Option<UserId>,
    pub vendor: Option<VendorId>,
    pub order: Option<OrderId>,
    /// When they were raised.
    pub created: Period,
}
