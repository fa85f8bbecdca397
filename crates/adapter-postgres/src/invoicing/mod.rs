//! Connections to accounting systems, the invoice ledger, and exchanges.

mod connections;
mod exchanges;
mod ledger;

pub use self::connections::PgConnections;
pub use self::exchanges::PgExchanges;
pub use self::ledger::PgInvoiceLedger;
