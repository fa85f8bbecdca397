//! What production operations need from outside.

mod activities;
mod collections;
mod departments;
mod operations;
mod operators;
mod orders;
mod pause_reasons;
mod routings;
mod work_centres;

#[cfg(any(test, feature = "mock"))]
pub use self::activities::MockActivities;
pub use self::activities::{Activities, ActivityFilter};
#[cfg(any(test, feature = "mock"))]
pub use self::collections::MockCollections;
pub use self::collections::{CollectionFilter, Collections};
#[cfg(any(test, feature = "mock"))]
pub use self::departments::MockDepartments;
pub use self::departments::{DepartmentFilter, Departments};
#[cfg(any(test, feature = "mock"))]
pub use self::operations::MockOperations;
pub use self::operations::{ActionOutcome, OperationFilter, OperationView, Operations};
#[cfg(any(test, feature = "mock"))]
pub use self::operators::MockOperators;
pub use self::operators::{OperatorFilter, Operators};
#[cfg(any(test, feature = "mock"))]
pub use self::orders::MockOrders;
pub use self::orders::{
    CurrentOperation, OrderFilter, OrderPage, OrderSort, OrderSummary, OrderView, Orders, SortKey,
};
#[cfg(any(test, feature = "mock"))]
pub use self::pause_reasons::MockPauseReasons;
pub use self::pause_reasons::{PauseReasonFilter, PauseReasons};
#[cfg(any(test, feature = "mock"))]
pub use self::routings::MockRoutings;
pub use self::routings::{RoutingFilter, Routings};
#[cfg(any(test, feature = "mock"))]
pub use self::work_centres::MockWorkCentres;
pub use self::work_centres::{WorkCentreFilter, WorkCentres};
