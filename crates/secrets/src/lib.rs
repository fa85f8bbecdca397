#![doc = include_str!("../README.md")]

#[cfg(any(feature = "sealing", feature = "signing"))]
pub mod key_text;
#[cfg(feature = "sealing")]
pub mod sealing;
mod secret;
#[cfg(feature = "signing")]
pub mod signing;

pub use secret::Secret;
