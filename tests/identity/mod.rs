//! Teams, users, roles, sessions and API keys (`docs/spec/common.md`, "Credentials"; `docs/spec/oms.md`, "Access").

mod api_key_addresses;
mod api_keys;
mod credentials;
mod forged_tokens;
mod roles;
mod sessions;
mod team_isolation;
mod team_settings;
mod users;
