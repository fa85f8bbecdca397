//! The plant: departments, work centres, data collection activities, operators, pause reasons, routings.

mod activities;
mod collections;
mod departments;
mod operations;
mod operators;
pub(crate) mod orders;
mod pause_reasons;
mod routings;
mod work_centres;

pub use activities::PgActivities;
pub use collections::PgCollections;
pub use departments::PgDepartments;
pub use operations::PgOperations;
pub use operators::PgOperators;
pub use orders::PgOrders;
pub use pause_reasons::PgPauseReasons;
pub use routings::PgRoutings;
pub use work_centres::PgWorkCentres;
