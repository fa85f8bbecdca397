//! Departments and work centres.

mod departments;
mod work_centres;

pub use departments::PgDepartments;
pub use work_centres::PgWorkCentres;
