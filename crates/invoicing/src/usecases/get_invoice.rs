use std::sync::Arc;

use kernel::error::StoreError;
use kernel::id::TeamId;

use crate::accounting::InvoiceId;
use crate::ports::{InvoiceLedger, InvoiceStory};

/// Shows what became of an invoice, and how.
pub struct GetInvoice {
    ledger: Arc<dyn InvoiceLedger>,
}

impl GetInvoice {
    /// Stands on the ledger.
    pub fn new(ledger: Arc<dyn InvoiceLedger>) -> Self {
        Self { ledger }
    }

    /// The team's invoice of that id; `None` if it was never asked for, or never got as far as being sent.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run(&self, team: TeamId, id: InvoiceId) -> Result<Option<InvoiceStory>, StoreError> {
        self.ledger.story(team, id).await
    }
}
