#![doc = include_str!("../README.md")]

#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
mod fields;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
mod usecases;
pub mod vendor;

pub use usecases::change_vendor::ChangeVendor;
pub use usecases::create_vendor::CreateVendor;
pub use usecases::get_vendor::GetVendor;
pub use usecases::list_vendors::ListVendors;
pub use vendor::{
    Address, NewVendor, PaymentTerm, Vendor, VendorChange, VendorCode, VendorDraft, VendorError, VendorName,
    VendorPatch, VendorSearch,
};
