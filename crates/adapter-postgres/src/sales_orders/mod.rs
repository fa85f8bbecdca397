//! Selling: the catalogue, stock and sales orders.

mod orders;
mod products;
mod stock;
mod verify;

pub use self::orders::PgSalesOrders;
pub use self::products::PgProducts;
pub use self::verify::{StockFault, verify_stock};
