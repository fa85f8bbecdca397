//! What production operations need from outside.

mod attendances;
mod collections;
mod operations;
mod orders;
mod routings;

pub use self::attendances::Attendances;
#[cfg(any(test, feature = "mock"))]
pub use self::attendances::MockAttendances;
#[cfg(any(test, feature = "mock"))]
pub use self::collections::MockCollections;
pub use self::collections::{CollectionFilter, Collections};
#[cfg(any(test, feature = "mock"))]
pub use self::operations::MockOperations;
pub use self::operations::{ActionOutcome, OperationDetail, OperationFilter, OperationView, Operations};
#[cfg(any(test, feature = "mock"))]
pub use self::orders::MockOrders;
pub use self::orders::{
    CurrentOperation, OrderFilter, OrderPage, OrderSort, OrderSummary, OrderView, Orders, SortKey,
};
#[cfg(any(test, feature = "mock"))]
pub use self::routings::MockRoutings;
pub use self::routings::{RoutingFilter, Routings};
