use std::sync::Arc;

use kernel::access::Visibility;
use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Page, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::dispatch::{Dispatch, DispatchId};
use crate::ports::{DispatchFilter, Dispatches};
use crate::supply::{NewDispatch, SupplyError};

/// Sends goods of purchase orders, and shows dispatches.
pub struct ManageDispatches {
    dispatches: Arc<dyn Dispatches>,
    locales: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl ManageDispatches {
    pub fn new(
        dispatches: Arc<dyn Dispatches>,
        locales: Arc<dyn TeamLocales>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { dispatches, locales, ids }
    }

    /// Sends goods of a purchase order that `by` covers.
    ///
    /// # Errors
    /// What [`OrderSupply::dispatch`](crate::supply::OrderSupply::dispatch) fails with.
    pub async fn create(
        &self,
        context: WriteContext<Dispatch>,
        by: Visibility,
        new: NewDispatch,
    ) -> Result<Written<Dispatch>, SupplyError> {
        let locale = self.locales.of(context.team).await?;
        self.dispatches.create(context, by, self.ids.id(), new, locale).await
    }

    /// The dispatch of that id.
    ///
    /// # Errors
    /// [`SupplyError::NotFound`], also where the caller may not see it.
    pub async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: DispatchId,
    ) -> Result<Dispatch, SupplyError> {
        self.dispatches.find(team, visibility, id).await?.ok_or(SupplyError::NotFound("dispatch"))
    }

    /// The window of the dispatches that the caller sees and that `filter` lets through, sent in the period.
    ///
    /// # Errors
    /// [`SupplyError::EmptyPeriods`].
    pub async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        mut filter: DispatchFilter,
        dispatched: PeriodRequest,
        (window, counted): (Window, bool),
    ) -> Result<Page<Dispatch>, SupplyError> {
        filter.dispatched = Period::read(&[dispatched], &*self.locales, team).await??;
        Ok(self.dispatches.list(team, visibility, filter, window, counted).await?)
    }
}
