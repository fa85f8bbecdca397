pub(crate) mod get_invoice;
#[cfg(test)]
mod house;
pub(crate) mod list_exchanges;
pub(crate) mod manage_connection;
pub(crate) mod process_batch;
pub(crate) mod reconcile_invoices;
