mod search;
mod store;
mod table;

pub use self::store::PgSalesOrders;
