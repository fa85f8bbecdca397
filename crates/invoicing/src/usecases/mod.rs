pub(crate) mod get_invoice;
pub(crate) mod list_exchanges;
pub(crate) mod manage_connection;
pub(crate) mod process_batch;
pub(crate) mod reconcile_invoices;
#[cfg(test)]
mod test_support;
