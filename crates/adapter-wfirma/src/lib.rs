#![doc = include_str!("../README.md")]

mod client;
mod json;
mod protocol;
mod sandbox;

pub use client::{ClientError, Settings, WfirmaClient};
pub use sandbox::Sandbox;
