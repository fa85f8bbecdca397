mod store;
pub(super) mod table;

pub use self::store::PgTickets;
