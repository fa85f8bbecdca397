//! What every implementation of the ports must show. Call [`vendors()`] with a store and two teams that exist
//! and have no vendors.

mod vendors;

pub use self::vendors::vendors;
