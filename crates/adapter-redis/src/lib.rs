#![doc = include_str!("../README.md")]

mod fallback;
mod limits;

pub use fallback::FallbackLimits;
pub use limits::{InvalidUrl, RedisLimits};
