pub(crate) mod change_department;
pub(crate) mod change_work_centre;
pub(crate) mod create_department;
pub(crate) mod create_work_centre;
pub(crate) mod get_department;
pub(crate) mod get_work_centre;
pub(crate) mod list_departments;
pub(crate) mod list_work_centres;
pub(crate) mod manage_activities;
pub(crate) mod manage_attachments;
pub(crate) mod manage_operators;
pub(crate) mod manage_pause_reasons;
pub(crate) mod sweep_attachments;
#[cfg(test)]
mod tests;
