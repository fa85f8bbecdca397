use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::ports::{GoodsReceipts, VerificationOutcome};
use crate::receipt::{ReceiptError, Verification};

/// Verifies goods receipts, and raises the tickets of their mismatches.
pub struct VerifyGoodsReceipt {
    receipts: Arc<dyn GoodsReceipts>,
    locales: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl VerifyGoodsReceipt {
    pub fn new(
        receipts: Arc<dyn GoodsReceipts>,
        locales: Arc<dyn TeamLocales>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { receipts, locales, ids }
    }

    /// Verifies a receipt, in whole or in part.
    ///
    /// # Errors
    /// What [`GoodsReceipt::verify`](crate::receipt::GoodsReceipt::verify) fails with; an unknown receipt is a disagreement.
    pub async fn verify(
        &self,
        context: WriteContext<VerificationOutcome>,
        verification: Verification,
    ) -> Result<Written<VerificationOutcome>, ReceiptError> {
        let locale = self.locales.of(context.team).await?;
        self.receipts.verify(context, verification, (self.ids.id(), self.ids.id()), locale).await
    }
}
