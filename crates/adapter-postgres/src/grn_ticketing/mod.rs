//! Goods receipts, their verification, and the tickets of their mismatches.

mod receipts;
mod tickets;

pub use self::receipts::PgGoodsReceipts;
pub use self::tickets::PgTickets;
