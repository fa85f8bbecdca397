#![doc = include_str!("../README.md")]

pub mod api_key;
pub mod caller_cache;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
mod fields;
pub mod limits;
pub mod ports;
mod secret_text;
pub mod session;
pub mod team;
mod usecases;
pub mod user;

pub use api_key::{ApiKey, ApiKeyText};
pub use caller_cache::{CallerCache, Purpose};
pub use secret_text::{SecretKind, SecretText};
pub use session::AccessTokens;
pub use team::{Team, TeamName};
pub use usecases::authenticate::{Authenticate, AuthenticationError, Caller};
pub use usecases::bootstrap::{Bootstrap, BootstrapError, BootstrapRequest, Bootstrapped};
pub use usecases::change_team::{ChangeTeam, TeamError};
pub use usecases::find_team::{FindTeam, FindTeamError};
pub use usecases::log_in::{LogIn, LogInError, LogInRequest, LoggedIn};
pub use usecases::log_out::LogOut;
pub use usecases::manage_api_keys::{ApiKeyError, Disclosed, ManageApiKeys};
pub use usecases::manage_users::{ManageUsers, PasswordRequest, UserError};
pub use usecases::refresh_session::{RefreshError, RefreshSession};
pub use user::{Email, NewUser, PasswordHash, User};
