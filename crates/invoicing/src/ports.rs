//! What invoicing needs from outside.

mod connections;
mod exchanges;
mod gateway;
mod ledger;

use std::time::Duration;

use async_trait::async_trait;

pub use self::connections::Connections;
#[cfg(any(test, feature = "mock"))]
pub use self::connections::MockConnections;
#[cfg(any(test, feature = "mock"))]
pub use self::exchanges::MockExchanges;
pub use self::exchanges::{
    Exchange, ExchangeAnswer, ExchangeFilter, ExchangeId, ExchangeSummary, Exchanges, StoredExchange,
};
#[cfg(any(test, feature = "mock"))]
pub use self::gateway::MockAccountingGateway;
pub use self::gateway::{AccountingGateway, GatewayError};
#[cfg(any(test, feature = "mock"))]
pub use self::ledger::MockInvoiceLedger;
pub use self::ledger::{
    HistoryStep, InvoiceHistory, InvoiceLedger, LedgerError, LedgerUpdate, LookupSchedule, PendingLookup,
};

/// Waits without holding anything meanwhile.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Pause: Send + Sync {
    /// Waits for about that long.
    async fn pause(&self, duration: Duration);
}
