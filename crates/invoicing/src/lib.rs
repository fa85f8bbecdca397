#![doc = include_str!("../README.md")]

pub mod accounting;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
mod usecases;

pub use self::usecases::get_invoice::GetInvoice;
pub use self::usecases::list_exchanges::ListExchanges;
pub use self::usecases::manage_connection::{ManageConnection, PreviousConnection};
pub use self::usecases::process_batch::{
    BatchIncident, BatchRequest, ProcessBatch, ProcessedBatch, ProcessingLimits,
};
pub use self::usecases::reconcile_invoices::{ReconcileInvoices, ReconcileReport};
