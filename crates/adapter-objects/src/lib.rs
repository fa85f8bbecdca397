#![doc = include_str!("../README.md")]

mod location;
mod store;

pub use location::{Bucket, Credentials, Location, LocationFault};
pub use store::{OpenError, StoredObjects};
