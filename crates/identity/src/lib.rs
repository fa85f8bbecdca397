#![doc = include_str!("../README.md")]

pub mod api_key;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
pub mod limits;
pub mod ports;
pub mod team;
mod usecases;
pub mod user;

pub use api_key::{ApiKey, ApiKeyText};
pub use team::{Team, TeamName};
pub use usecases::authenticate_key::{AuthenticateKey, AuthenticationError};
pub use usecases::bootstrap::{Bootstrap, BootstrapError, BootstrapRequest, Bootstrapped};
pub use usecases::find_team::{FindTeam, FindTeamError};
pub use user::{Email, NewUser, PasswordHash};
