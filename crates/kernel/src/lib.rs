#![doc = include_str!("../README.md")]

pub mod access;
pub mod audit;
pub mod change;
pub mod clock;
pub mod error;
pub mod events;
pub mod files;
pub mod id;
pub mod manufacturing;
pub mod page;
pub mod quantity;
pub mod signing;
pub mod text;
pub mod write;
pub mod zone;
