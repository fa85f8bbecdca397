//! Invoices for an accounting system.

mod connections;
mod exchanges;
mod ledger;
mod rows;

pub use self::connections::PgConnections;
pub use self::exchanges::PgExchanges;
pub use self::ledger::PgInvoiceLedger;
