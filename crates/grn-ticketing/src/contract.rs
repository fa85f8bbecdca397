//! What every implementation of the ports must show. Call [`goods_receipts()`] and [`tickets()`] each with stores and two
//! teams that exist and have received nothing.

mod goods_receipts;
mod receiving;
mod tickets;

pub use self::goods_receipts::goods_receipts;
pub use self::receiving::{Arrivals, Load, ReceivingStores};
pub use self::tickets::tickets;
