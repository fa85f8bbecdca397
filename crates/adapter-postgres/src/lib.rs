#![doc = include_str!("../README.md")]

pub mod audit;
pub mod db;
pub mod effects;
pub mod failure;
pub mod identity;
pub mod inbox;
pub mod migrate;
pub mod order_import;
pub mod procurement;
pub mod production_ops;
pub mod provision;
pub mod relay;
pub mod roles;
mod schema;
pub mod sweeper;

pub use db::{Db, DbSettings};
