pub(crate) mod collect_data;
pub(crate) mod manage_orders;
pub(crate) mod manage_routings;
pub(crate) mod record_attendance;
pub(crate) mod run_operations;
#[cfg(test)]
mod tests;

use kernel::master_data::Manage;

/// Creates, changes and shows data collection activities.
pub type ManageActivities = Manage<crate::Activity>;
/// Creates, changes and shows departments.
pub type ManageDepartments = Manage<crate::Department>;
/// Creates, changes and shows operators.
pub type ManageOperators = Manage<crate::Operator>;
/// Creates, changes and shows the reasons for which operations are paused.
pub type ManagePauseReasons = Manage<crate::PauseReason>;
/// Creates, changes and shows work centres.
pub type ManageWorkCentres = Manage<crate::WorkCentre>;
