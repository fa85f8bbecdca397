#![doc = include_str!("../README.md")]

pub mod attachments;
pub mod audit;
mod counters;
pub mod db;
pub mod effects;
pub mod equipment;
pub mod grn_ticketing;
pub mod identity;
pub mod inbox;
pub mod invoicing;
pub mod master_data;
pub mod migrate;
pub mod order_import;
mod paging;
pub mod pooling;
pub mod procurement;
pub mod production_ops;
pub mod provision;
pub mod relay;
pub mod roles;
pub mod sales_orders;
mod schema;
mod statement;
pub mod sweeper;
pub mod team_locale;
pub mod write_error;

pub use db::{Db, DbSettings};
