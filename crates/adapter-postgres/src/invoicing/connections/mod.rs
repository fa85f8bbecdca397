mod sealing;
mod store;
mod table;

pub use self::store::PgConnections;
