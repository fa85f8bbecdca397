//! Teams, their people and keys, and how each of them calls.

mod api_keys;
mod callers;
mod log_ins;
mod sessions;
mod teams;
mod users;

pub use api_keys::PgApiKeys;
pub use callers::PgCallers;
pub use log_ins::PgLogIns;
pub use sessions::PgSessions;
pub use teams::PgTeams;
pub use users::PgUsers;
