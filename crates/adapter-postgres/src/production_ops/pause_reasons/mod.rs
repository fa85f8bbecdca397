mod store;
mod table;

pub use self::store::PgPauseReasons;
pub(super) use self::table::one;
