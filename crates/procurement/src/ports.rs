//! What procurement needs from outside.

mod supplies;
mod vendors;

pub use self::supplies::{
    AssignmentFilter, Assignments, DispatchFilter, Dispatches, Ordered, PurchaseOrderFilter, PurchaseOrders,
};
#[cfg(any(test, feature = "mock"))]
pub use self::supplies::{MockAssignments, MockDispatches, MockPurchaseOrders};
#[cfg(any(test, feature = "mock"))]
pub use self::vendors::MockVendors;
pub use self::vendors::{VendorFilter, Vendors};
