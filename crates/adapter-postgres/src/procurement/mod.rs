//! Vendors.

mod vendors;

pub use vendors::PgVendors;
