#![doc = include_str!("../README.md")]

mod account;
mod cluster;
mod error;
mod files;
mod installation;
mod keeper;
mod layout;
mod log;
mod process;
mod server;
mod settings;
mod url;

pub use error::Error;
pub use installation::{Installation, Version, find};
pub use server::{PORT, SUPERUSER, Server};
pub use settings::{Durability, Settings};

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;
