//! What receiving goods needs from outside.

mod receipts;
mod tickets;

#[cfg(any(test, feature = "mock"))]
pub use self::receipts::MockGoodsReceipts;
pub use self::receipts::{
    GoodsReceipts, ReceiptFilter, ReceiptView, TicketSummary, VerificationOutcome, VerificationState,
};
#[cfg(any(test, feature = "mock"))]
pub use self::tickets::MockTickets;
pub use self::tickets::{CommentView, TicketFilter, TicketView, Tickets};
