//! The plant: departments, work centres, data collection activities, operators, pause reasons, routings.

mod activities;
mod departments;
mod operators;
mod pause_reasons;
mod routings;
mod work_centres;

pub use activities::PgActivities;
pub use departments::PgDepartments;
pub use operators::PgOperators;
pub use pause_reasons::PgPauseReasons;
pub use routings::PgRoutings;
pub use work_centres::PgWorkCentres;
