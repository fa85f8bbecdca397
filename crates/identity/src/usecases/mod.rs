pub(crate) mod authenticate_key;
pub(crate) mod bootstrap;
pub(crate) mod find_team;
