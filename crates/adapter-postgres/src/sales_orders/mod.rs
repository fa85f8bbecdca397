//! Selling: the catalogue, stock and sales orders.

mod ledger;
pub(crate) mod orders;
mod products;
mod verify;

pub use self::orders::PgSalesOrders;
pub use self::products::PgProducts;
pub use self::verify::{StockFault, verify_stock};
