mod list;
mod store;
mod table;

pub use self::store::PgRoutings;
