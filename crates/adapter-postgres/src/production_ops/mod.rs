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

use production_ops::data_collection::Activity;
use production_ops::department::Department;
use production_ops::operator::Operator;
use production_ops::pause_reason::PauseReason;
use production_ops::work_centre::WorkCentre;

pub use self::collections::PgCollections;
pub use self::operations::PgOperations;
pub use self::operators::PgAttendances;
pub use self::orders::PgOrders;
pub use self::routings::PgRoutings;
use crate::master_data::PgRegister;

pub type PgActivities = PgRegister<Activity>;
pub type PgDepartments = PgRegister<Department>;
pub type PgOperators = PgRegister<Operator>;
pub type PgPauseReasons = PgRegister<PauseReason>;
pub type PgWorkCentres = PgRegister<WorkCentre>;
