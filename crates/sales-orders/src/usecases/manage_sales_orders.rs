use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Page, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::order::{Command, NewOrder, Placed, SalesOrder, SalesOrderError};
use crate::ports::{OrderFilter, OrderRef, SalesOrders};

/// Places, changes and shows sales orders, of tills and of the order API.
pub struct ManageSalesOrders {
    orders: Arc<dyn SalesOrders>,
    locales: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl ManageSalesOrders {
    pub fn new(orders: Arc<dyn SalesOrders>, locales: Arc<dyn TeamLocales>, ids: Arc<dyn IdSource>) -> Self {
        Self { orders, locales, ids }
    }

    /// Places an order, in the team's currency.
    ///
    /// # Errors
    /// [`SalesOrderError::NotPlaceable`] with every fault.
    pub async fn create(
        &self,
        context: WriteContext<Placed>,
        new: NewOrder,
    ) -> Result<Written<Placed>, SalesOrderError> {
        let locale = self.locales.of(context.team).await?;
        let line_ids = new.lines.iter().map(|_| self.ids.id()).collect();
        self.orders.create(context, self.ids.id(), line_ids, new, locale).await
    }

    /// Does something to an order, if its version is one of `seen`.
    ///
    /// # Errors
    /// What [`SalesOrder::apply`] fails with, [`SalesOrderError::NotFound`], [`SalesOrderError::Stale`].
    pub async fn apply(
        &self,
        context: WriteContext<SalesOrder>,
        which: OrderRef,
        command: Command,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<SalesOrder>, SalesOrderError> {
        self.orders.apply(context, which, command, seen).await
    }

    /// The order that is named so.
    ///
    /// # Errors
    /// [`SalesOrderError::NotFound`].
    pub async fn find(&self, team: TeamId, which: OrderRef) -> Result<SalesOrder, SalesOrderError> {
        self.orders.find(team, which).await?.ok_or(SalesOrderError::NotFound)
    }

    /// The window of the team's orders that were created in all of the periods and that `filter` lets through, the latest
    /// first.
    ///
    /// # Errors
    /// [`SalesOrderError::EmptyPeriods`].
    pub async fn list(
        &self,
        team: TeamId,
        mut filter: OrderFilter,
        created: &[PeriodRequest],
        window: Window,
        counted: bool,
    ) -> Result<Page<SalesOrder>, SalesOrderError> {
        let period = Period::read(created, &*self.locales, team).await?;
        filter.created = period.map_err(SalesOrderError::EmptyPeriods)?;
        Ok(self.orders.list(team, filter, window, counted).await?)
    }
}
