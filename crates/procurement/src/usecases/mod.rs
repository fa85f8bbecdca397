pub(crate) mod manage_assignments;
pub(crate) mod manage_dispatches;
pub(crate) mod manage_purchase_orders;
pub(crate) mod manage_vendors;

#[cfg(test)]
mod tests;
