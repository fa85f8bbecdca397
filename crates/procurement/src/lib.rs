#![doc = include_str!("../README.md")]

pub mod assignment;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
pub mod dispatch;
pub mod events;
pub mod ids;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
pub mod purchase_order;
pub mod supply;
mod usecases;
pub mod vendor;

pub use usecases::manage_assignments::ManageAssignments;
pub use usecases::manage_dispatches::ManageDispatches;
pub use usecases::manage_purchase_orders::ManagePurchaseOrders;
pub use usecases::manage_vendors::ManageVendors;
pub use vendor::{
    Address, NewVendor, PaymentTerm, Vendor, VendorChange, VendorCode, VendorError, VendorName, VendorSearch,
};
