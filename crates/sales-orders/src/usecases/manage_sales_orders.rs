//! Sales orders, from tills and from the order API.

use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::{Id, TeamId};
use kernel::page::Window;
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::order::{Command, NewOrder, Placed, SalesOrder, SalesOrderError};
use crate::ports::{OrderFilter, OrderPage, OrderRef, SalesOrders};

/// Takes orders in, changes and shows them (seeds 001 and 003).
pub struct ManageSalesOrders {
    orders: Arc<dyn SalesOrders>,
    terms: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl ManageSalesOrders {
    /// Stands on a store of orders and the terms of teams.
    pub fn new(orders: Arc<dyn SalesOrders>, terms: Arc<dyn TeamLocales>, ids: Arc<dyn IdSource>) -> Self {
        Self { orders, terms, ids }
    }

    /// Places an order.
    ///
    /// # Errors
    /// [`SalesOrderError::Invalid`] with every line that is faulty.
    pub async fn create(
        &self,
        context: WriteContext<Placed>,
        new: NewOrder,
    ) -> Result<Written<Placed>, SalesOrderError> {
        let terms = self.terms.of(context.team).await?;
        let line_ids = new.lines.iter().map(|_| Id::new(self.ids.uuid())).collect();
        self.orders.create(context, Id::new(self.ids.uuid()), line_ids, new, terms).await
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

    /// An order.
    ///
    /// # Errors
    /// [`SalesOrderError::NotFound`].
    pub async fn find(&self, team: TeamId, which: OrderRef) -> Result<SalesOrder, SalesOrderError> {
        self.orders.find(team, which).await?.ok_or(SalesOrderError::NotFound)
    }

    /// Orders that were created in all of the periods, the latest first.
    ///
    /// # Errors
    /// [`SalesOrderError::Invalid`] where a period ends before it begins.
    pub async fn list(
        &self,
        team: TeamId,
        mut filter: OrderFilter,
        created: &[PeriodRequest],
        window: Window,
        counted: bool,
    ) -> Result<OrderPage, SalesOrderError> {
        let period = Period::read(created, &*self.terms, team).await?;
        filter.created = period.map_err(SalesOrderError::Invalid)?;
        Ok(self.orders.list(team, filter, window, counted).await?)
    }
}
