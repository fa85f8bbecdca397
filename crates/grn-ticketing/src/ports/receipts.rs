use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::{TeamId, UserId, VendorId};
use kernel::page::{Page, Window};
use kernel::period::Period;
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};

use crate::receipt::{
    DispatchId, GoodsReceipt, GoodsReceiptId, OrderId, ReceiptError, ReceiptStatus, Verification,
};
use crate::ticket::{CommentId, Priority, Ticket, TicketId, TicketStatus};

/// The goods receipts of each team; a team MUST NOT see or change another's.
///
/// Every write MUST lock the sales order first, and keep in its transaction what procurement and sales orders demand: a
/// dispatch is received once (`Dispatch::check_receivable`), verified goods move their assignments, their purchase order
/// (`OrderSupply::verified`) and the order's status (`SalesOrder::supplied`).
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait GoodsReceipts: Send + Sync {
    /// Makes the receipt of a dispatch that arrived ([`GoodsReceipt::receive`]), under a number of its own, with
    /// `dispatch.received` and the audit entry `goods_receipt.created`.
    ///
    /// [`ReceiptError::NotFound`] if the team has no such dispatch; [`ReceiptError::AlreadyReceived`], also of two calls at
    /// once for one of them.
    async fn receive(
        &self,
        context: WriteContext<ReceiptView>,
        dispatch: DispatchId,
        id: GoodsReceiptId,
        locale: TeamLocale,
    ) -> Result<Written<ReceiptView>, ReceiptError>;

    /// Verifies a receipt ([`GoodsReceipt::verify`]) and raises the ticket of its mismatches
    /// ([`raise`](crate::ticket::raise)), under a number of its own, with `grn.verified`, `ticket.created` or
    /// `ticket.updated`, and the audit entries `goods_receipt.verified` and `ticket.created` or `ticket.changed`.
    ///
    /// Of two verifications at once of the same items one MUST be refused with [`ReceiptError::AlreadyVerified`].
    async fn verify(
        &self,
        context: WriteContext<VerificationOutcome>,
        verification: Verification,
        ids: (TicketId, CommentId),
        locale: TeamLocale,
    ) -> Result<Written<VerificationOutcome>, ReceiptError>;

    /// The team's receipt of that id.
    async fn find(&self, team: TeamId, id: GoodsReceiptId) -> Result<Option<ReceiptView>, StoreError>;

    /// Receipts that `filter` lets through, the latest first, or the oldest first of those that are open; those of one
    /// moment by id.
    async fn list(
        &self,
        team: TeamId,
        filter: ReceiptFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<ReceiptView>, StoreError>;
}

/// A receipt with what is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptView {
    pub receipt: GoodsReceipt,
    pub received_by: Option<(UserId, Box<str>)>,
    /// Whoever verified it last, with their e-mail.
    pub verified_by: Option<(UserId, Box<str>)>,
    /// Its latest ticket.
    pub ticket: Option<TicketSummary>,
}

/// A ticket, in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketSummary {
    pub id: TicketId,
    pub number: Box<str>,
    pub title: Box<str>,
    pub status: TicketStatus,
    pub priority: Priority,
}

impl From<&Ticket> for TicketSummary {
    fn from(ticket: &Ticket) -> Self {
        Self {
            id: ticket.id,
            number: ticket.number.clone(),
            title: ticket.title.clone(),
            status: ticket.stage.status(),
            priority: ticket.priority,
        }
    }
}

/// What a verification came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationOutcome {
    pub receipt: GoodsReceipt,
    /// How many of the items verified now were not as they were sent.
    pub mismatches: usize,
    /// The ticket of those; `None` where there are none.
    pub ticket: Option<TicketSummary>,
    /// Whether they joined a ticket that was there.
    pub is_joined: bool,
}

/// Which receipts are listed: those that fit everything that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceiptFilter {
    pub state: Option<VerificationState>,
    pub vendor: Option<VendorId>,
    pub order: Option<OrderId>,
    /// When they were received.
    pub received: Period,
}

/// Receipts by how far they are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerificationState {
    /// Something of them awaits verification; listed the oldest first.
    Open,
    /// Of this status.
    Status(ReceiptStatus),
}

impl ReceiptFilter {
    /// Whether the filter lets a receipt through.
    pub fn passes(&self, receipt: &GoodsReceipt) -> bool {
        let state = match self.state {
            None => true,
            Some(VerificationState::Open) => receipt.is_open(),
            Some(VerificationState::Status(status)) => status == receipt.status(),
        };
        state
            && self.vendor.is_none_or(|vendor| vendor == receipt.dispatch.vendor)
            && self.order.is_none_or(|order| order == receipt.dispatch.order)
            && self.received.holds(receipt.received_at)
    }
}
