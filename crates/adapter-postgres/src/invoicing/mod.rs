//! Invoices for an accounting system.

mod ledger;
mod rows;

pub use self::ledger::PgInvoiceLedger;
