//! What every implementation of the ports must show. Call [`vendors()`], [`assignments()`], [`purchase_orders()`] and
//! [`dispatches()`] each with stores and two teams that exist and have no vendors.

mod assignments;
mod dispatches;
mod purchase_orders;
mod supplies;
mod vendors;

pub use self::assignments::assignments;
pub use self::dispatches::dispatches;
pub use self::purchase_orders::purchase_orders;
pub use self::supplies::{Orders, SupplyStores};
pub use self::vendors::vendors;
