//! The plant: departments, work centres, data collection activities, operators, pause reasons, equipment.

mod activities;
mod departments;
mod equipment;
mod operators;
mod pause_reasons;
mod work_centres;

pub use activities::PgActivities;
pub use departments::PgDepartments;
pub use equipment::PgEquipment;
pub use operators::PgOperators;
pub use pause_reasons::PgPauseReasons;
pub use work_centres::PgWorkCentres;
