mod store;
mod table;

pub use self::store::PgGoodsReceipts;
pub(super) use self::store::user;
