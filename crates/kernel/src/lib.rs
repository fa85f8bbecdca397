#![doc = include_str!("../README.md")]

pub mod access;
pub mod audit;
pub mod change;
pub mod clock;
pub mod error;
pub mod events;
pub mod id;
pub mod manufacturing;
pub mod numbering;
pub mod page;
pub mod period;
pub mod quantity;
pub mod signing;
pub mod text;
pub mod write;
pub mod zone;
