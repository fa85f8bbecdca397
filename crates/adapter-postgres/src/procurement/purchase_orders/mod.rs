pub(crate) mod table;

mod store;

pub use self::store::PgPurchaseOrders;
