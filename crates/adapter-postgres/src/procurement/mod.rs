//! Vendors, and what is bought in from them.

mod assignments;
pub(crate) mod dispatches;
mod purchase_orders;
pub(crate) mod supply;
mod vendors;

pub use self::assignments::PgAssignments;
pub use self::dispatches::PgDispatches;
pub use self::purchase_orders::PgPurchaseOrders;
pub use self::vendors::PgVendors;
