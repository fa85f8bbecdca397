#![doc = include_str!("../README.md")]

#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
mod usecases;
pub mod vendor;

pub use usecases::manage_vendors::ManageVendors;
pub use vendor::{
    Address, NewVendor, PaymentTerm, Vendor, VendorChange, VendorCode, VendorError, VendorName, VendorSearch,
};
