#![doc = include_str!("../README.md")]

pub mod api_key;
pub mod caller_cache;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
pub mod limits;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
mod secret_text;
pub mod session;
pub mod team;
mod usecases;
pub mod user;

pub use api_key::{ApiKey, ApiKeyError, ApiKeyText};
pub use caller_cache::{CallerCache, Purpose};
pub use secret_text::{SecretKind, SecretText};
pub use session::{AccessTokens, LogInError, RefreshError};
pub use team::{Team, TeamError, TeamName};
pub use usecases::authenticate::{Authenticate, AuthenticationError, Caller};
pub use usecases::bootstrap::{Bootstrap, BootstrapRequest, Bootstrapped};
pub use usecases::log_in::{Credentials, LogIn, LoggedIn};
pub use usecases::log_out::LogOut;
pub use usecases::manage_api_keys::{Disclosed, ManageApiKeys};
pub use usecases::manage_team::ManageTeam;
pub use usecases::manage_users::{ManageUsers, PasswordChange};
pub use usecases::refresh_session::RefreshSession;
pub use user::{Email, NewUser, Password, PasswordHash, User, UserError};
