mod list;
mod store;

pub use self::store::PgOperations;
