#![doc = include_str!("../README.md")]

mod account;
mod cluster;
mod connection;
mod data_dir;
mod error;
mod files;
mod installation;
mod log;
mod monitor;
mod process;
mod server;
mod settings;
mod version;

pub use connection::{PORT, SUPERUSER};
pub use error::Error;
pub use installation::{Installation, find};
pub use server::Server;
pub use settings::{Durability, Settings};
pub use version::Version;

/// The result of this crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
