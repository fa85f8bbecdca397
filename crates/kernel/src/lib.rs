#![doc = include_str!("../README.md")]

pub mod access;
pub mod audit;
pub mod calendar;
pub mod change;
pub mod clock;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
pub mod email;
pub mod error;
pub mod events;
pub mod id;
pub mod json;
pub mod manufacturing;
pub mod master_data;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod money;
pub mod names;
pub mod numbering;
pub mod page;
pub mod period;
pub mod quantity;
pub mod relay;
pub mod team_locale;
pub mod text;
pub mod write;
pub mod zone;
