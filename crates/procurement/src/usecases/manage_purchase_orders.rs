use std::sync::Arc;

use kernel::access::Visibility;
use kernel::clock::IdSource;
use kernel::id::{TeamId, VendorId};
use kernel::page::{Page, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::assignment::OrderId;
use crate::ports::{Ordered, PurchaseOrderFilter, PurchaseOrders};
use crate::purchase_order::{PurchaseOrder, PurchaseOrderId};
use crate::supply::SupplyError;

/// Orders from vendors what they confirmed, and shows purchase orders.
pub struct ManagePurchaseOrders {
    orders: Arc<dyn PurchaseOrders>,
    locales: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl ManagePurchaseOrders {
    pub fn new(
        orders: Arc<dyn PurchaseOrders>,
        locales: Arc<dyn TeamLocales>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { orders, locales, ids }
    }

    /// Orders from a vendor what it confirmed of an order; where all of that is ordered, the latest purchase order.
    ///
    /// # Errors
    /// What [`PurchaseOrders::create`] fails with.
    pub async fn create(
        &self,
        context: WriteContext<Ordered>,
        order: OrderId,
        vendor: VendorId,
    ) -> Result<Written<Ordered>, SupplyError> {
        let locale = self.locales.of(context.team).await?;
        self.orders.create(context, self.ids.id(), order, vendor, locale).await
    }

    /// The purchase order of that id.
    ///
    /// # Errors
    /// [`SupplyError::NotFound`], also where the caller may not see it.
    pub async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: PurchaseOrderId,
    ) -> Result<PurchaseOrder, SupplyError> {
        let found = self.orders.find(team, visibility, id).await?;
        found.ok_or(SupplyError::NotFound("purchase order"))
    }

    /// The window of the purchase orders that the caller sees and that `filter` lets through, made in the period.
    ///
    /// # Errors
    /// [`SupplyError::EmptyPeriods`].
    pub async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        mut filter: PurchaseOrderFilter,
        created: PeriodRequest,
        (window, counted): (Window, bool),
    ) -> Result<Page<PurchaseOrder>, SupplyError> {
        filter.created = Period::read(&[created], &*self.locales, team).await??;
        Ok(self.orders.list(team, visibility, filter, window, counted).await?)
    }
}
