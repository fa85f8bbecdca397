mod store;
mod table;

pub use self::store::PgOperators;
pub(super) use self::table::find_by;
