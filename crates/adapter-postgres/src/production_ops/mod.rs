//! The plant: departments, work centres, data collection activities, operators, pause reasons, attachments.

mod activities;
mod attachments;
mod departments;
mod operators;
mod pause_reasons;
mod work_centres;

pub use activities::PgActivities;
pub use attachments::{PgAttachmentRemains, PgAttachments};
pub use departments::PgDepartments;
pub use operators::PgOperators;
pub use pause_reasons::PgPauseReasons;
pub use work_centres::PgWorkCentres;
