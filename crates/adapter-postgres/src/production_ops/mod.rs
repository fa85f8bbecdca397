//! The plant: departments, work centres, pause reasons.

mod departments;
mod pause_reasons;
mod work_centres;

pub use departments::PgDepartments;
pub use pause_reasons::PgPauseReasons;
pub use work_centres::PgWorkCentres;
