use std::sync::Arc;

use kernel::error::StoreError;
use kernel::id::TeamId;

use crate::accounting::InvoiceId;
use crate::ports::{InvoiceHistory, InvoiceLedger};

/// Shows an invoice and its history.
pub struct GetInvoice {
    ledger: Arc<dyn InvoiceLedger>,
}

impl GetInvoice {
    pub fn new(ledger: Arc<dyn InvoiceLedger>) -> Self {
        Self { ledger }
    }

    /// The team's invoice of that id; `None` if it was never requested, or never claimed.
    pub async fn history(&self, team: TeamId, id: InvoiceId) -> Result<Option<InvoiceHistory>, StoreError> {
        self.ledger.history(team, id).await
    }
}
