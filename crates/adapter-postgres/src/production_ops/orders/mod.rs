pub(super) mod changes;
mod create;
mod list;
mod numbers;
mod store;
pub(super) mod table;

pub(crate) use self::create::plan_operations;
pub use self::store::PgOrders;
