mod search;
mod store;
mod supply;
pub(crate) mod table;

pub use self::store::PgSalesOrders;
