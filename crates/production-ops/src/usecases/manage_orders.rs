use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::manufacturing::OrderId;
use kernel::numbering::Series;
use kernel::page::Window;
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::order::{NewOrder, OrderChange, OrderError};
use crate::ports::{OrderFilter, OrderPage, OrderSort, OrderView, Orders};

/// Creates, changes and shows orders.
pub struct ManageOrders {
    orders: Arc<dyn Orders>,
    locales: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl ManageOrders {
    pub fn new(orders: Arc<dyn Orders>, locales: Arc<dyn TeamLocales>, ids: Arc<dyn IdSource>) -> Self {
        Self { orders, locales, ids }
    }

    /// Creates an order with the operations of its routing; one without a number gets `ORD-YYYY-NNN`, of the team's year.
    ///
    /// # Errors
    /// [`OrderError::Routing`] or [`OrderError::NumberTaken`].
    pub async fn create(
        &self,
        context: WriteContext<OrderView>,
        new: NewOrder,
    ) -> Result<Written<OrderView>, OrderError> {
        let zone = self.locales.zone(context.team).await?;
        let series = Series::yearly("manufacturing_order", "ORD", context.at, zone);
        self.orders.create(context, self.ids.id(), new, series).await
    }

    /// Changes an order; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// [`OrderError::NotFound`] or [`OrderError::InvalidTransition`].
    pub async fn change(
        &self,
        context: WriteContext<OrderView>,
        id: OrderId,
        change: OrderChange,
    ) -> Result<Written<OrderView>, OrderError> {
        self.orders.change(context, id, change).await
    }

    /// The team's order of that id.
    ///
    /// # Errors
    /// [`OrderError::NotFound`].
    pub async fn find(&self, team: TeamId, id: OrderId) -> Result<OrderView, OrderError> {
        self.orders.find(team, id).await?.ok_or(OrderError::NotFound)
    }

    /// The window of the team's orders that `filter` lets through, created in `created` too; all of them are counted
    /// only if `counted`.
    ///
    /// # Errors
    /// [`OrderError::EmptyPeriod`], or when the store fails.
    pub async fn list(
        &self,
        team: TeamId,
        filter: OrderFilter,
        created: PeriodRequest,
        sort: OrderSort,
        window: Window,
        counted: bool,
    ) -> Result<OrderPage, OrderError> {
        let created = Period::read(&[created], &*self.locales, team).await?;
        let created = created.map_err(|_| OrderError::EmptyPeriod)?;
        Ok(self.orders.list(team, OrderFilter { created, ..filter }, sort, window, counted).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use crate::order::Schedule;
    use crate::ports::MockOrders;
    use crate::routing::RoutingChoice;
    use crate::usecases::tests::{context, ids};
    use kernel::error::{Classified, ErrorKind};
    use kernel::manufacturing::{Priority, Sku};
    use kernel::quantity::Quantity;
    use kernel::team_locale::MockTeamLocales;
    use kernel::zone::TimeZone;

    fn managing(store: MockOrders) -> ManageOrders {
        let mut locales = MockTeamLocales::new();
        locales.expect_zone().returning(|_| Ok(TimeZone::UTC));
        ManageOrders::new(Arc::new(store), Arc::new(locales), ids())
    }

    #[test]
    fn an_empty_period_never_reaches_the_store() {
        let managing = managing(MockOrders::new());
        let empty = PeriodRequest { from: "2025-01-02".parse().ok(), to: "2025-01-01".parse().ok() };
        let window = Window::try_new(0, 1, 1).unwrap();
        let listed =
            managing.list(ids().id(), OrderFilter::default(), empty, OrderSort::default(), window, true);
        let error = pollster::block_on(listed).unwrap_err();
        assert!(matches!(error, OrderError::EmptyPeriod), "{error:?}");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
    }

    #[test]
    fn an_order_gets_a_number_of_the_year_it_is_in_the_team() {
        let mut store = MockOrders::new();
        store.expect_create().times(1).returning(|context, _, _, series| {
            assert_eq!(series.number(1), format!("ORD-{}-001", context.at.format("%Y")));
            Err(OrderError::NumberTaken)
        });
        let new = NewOrder {
            number: None,
            erp_reference: None,
            sku: Sku::try_new("A").unwrap(),
            quantity: Quantity::try_new(1.into()).unwrap(),
            routing: RoutingChoice::Named(Name::try_new("R").unwrap()),
            priority: Priority::LEAST,
            schedule: Schedule::default(),
            notes: None,
            custom_fields: None,
        };
        let error = pollster::block_on(managing(store).create(context(), new)).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "ORDER_NUMBER_TAKEN"));
    }

    #[test]
    fn what_does_not_exist_is_not_found() {
        let mut store = MockOrders::new();
        store.expect_find().returning(|_, _| Ok(None));
        let error = pollster::block_on(managing(store).find(ids().id(), ids().id())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
