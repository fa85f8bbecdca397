pub(crate) mod authenticate;
pub(crate) mod bootstrap;
pub(crate) mod log_in;
pub(crate) mod log_out;
pub(crate) mod manage_api_keys;
pub(crate) mod manage_team;
pub(crate) mod manage_users;
pub(crate) mod refresh_session;
