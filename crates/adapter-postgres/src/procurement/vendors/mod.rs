mod store;
mod table;

pub use self::store::PgVendors;
pub(super) use self::table::in_use_or_not;
