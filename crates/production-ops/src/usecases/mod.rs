pub(crate) mod collect_data;
pub(crate) mod manage_activities;
pub(crate) mod manage_departments;
pub(crate) mod manage_operators;
pub(crate) mod manage_orders;
pub(crate) mod manage_pause_reasons;
pub(crate) mod manage_routings;
pub(crate) mod manage_work_centres;
pub(crate) mod run_operations;
#[cfg(test)]
mod tests;
