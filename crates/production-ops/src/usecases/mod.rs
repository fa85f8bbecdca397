pub(crate) mod collect_data;
pub(crate) mod manage_orders;
pub(crate) mod manage_routings;
pub(crate) mod record_attendance;
pub(crate) mod run_operations;
#[cfg(test)]
mod tests;
