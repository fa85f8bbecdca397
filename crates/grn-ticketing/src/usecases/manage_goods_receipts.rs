use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Page, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::ports::{GoodsReceipts, ReceiptFilter, ReceiptView};
use crate::receipt::{DispatchId, GoodsReceiptId, ReceiptError};

/// Takes in the goods of dispatches, and shows goods receipts.
pub struct ManageGoodsReceipts {
    receipts: Arc<dyn GoodsReceipts>,
    locales: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl ManageGoodsReceipts {
    pub fn new(
        receipts: Arc<dyn GoodsReceipts>,
        locales: Arc<dyn TeamLocales>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { receipts, locales, ids }
    }

    /// Makes the receipt of a dispatch that arrived.
    ///
    /// # Errors
    /// [`ReceiptError::NotFound`], [`ReceiptError::AlreadyReceived`].
    pub async fn receive(
        &self,
        context: WriteContext<ReceiptView>,
        dispatch: DispatchId,
    ) -> Result<Written<ReceiptView>, ReceiptError> {
        let locale = self.locales.of(context.team).await?;
        self.receipts.receive(context, dispatch, self.ids.id(), locale).await
    }

    /// The receipt of that id.
    ///
    /// # Errors
    /// [`ReceiptError::NotFound`].
    pub async fn find(&self, team: TeamId, id: GoodsReceiptId) -> Result<ReceiptView, ReceiptError> {
        self.receipts.find(team, id).await?.ok_or(ReceiptError::NotFound("goods receipt"))
    }

    /// The window of the receipts that `filter` lets through, received in the period.
    ///
    /// # Errors
    /// [`ReceiptError::EmptyPeriods`].
    pub async fn list(
        &self,
        team: TeamId,
        mut filter: ReceiptFilter,
        received: PeriodRequest,
        (window, counted): (Window, bool),
    ) -> Result<Page<ReceiptView>, ReceiptError> {
        filter.received = Period::read(&[received], &*self.locales, team).await??;
        Ok(self.receipts.list(team, filter, window, counted).await?)
    }
}
