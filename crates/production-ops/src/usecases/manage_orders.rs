use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::manufacturing::OrderId;
use kernel::numbering::Series;
use kernel::page::Window;
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::order::{OrderDraft, OrderError, OrderPatch};
use crate::ports::{OrderFilter, OrderPage, OrderSort, OrderView, Orders};

/// Takes orders in, changes and shows them (seed 004, section 1).
pub struct ManageOrders {
    orders: Arc<dyn Orders>,
    calendar: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl ManageOrders {
    /// Stands on a store of orders, the team's calendar and ids.
    pub fn new(orders: Arc<dyn Orders>, calendar: Arc<dyn TeamLocales>, ids: Arc<dyn IdSource>) -> Self {
        Self { orders, calendar, ids }
    }

    /// Creates the order that `draft` asks for, with the operations of its routing; one without a number gets
    /// `ORD-YYYY-NNN`, of the team's year.
    ///
    /// # Errors
    /// Every fault of the draft at once, a routing that can't be used, or a number that is taken.
    pub async fn create(
        &self,
        context: WriteContext<OrderView>,
        draft: &OrderDraft,
    ) -> Result<Written<OrderView>, OrderError> {
        let new = draft.validate().map_err(OrderError::Invalid)?;
        let zone = self.calendar.zone(context.team).await?;
        let series = Series::yearly("manufacturing_order", "ORD", context.at, zone);
        self.orders.create(context, self.ids.id(), new, series).await
    }

    /// Changes the order as `patch` asks; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// Every fault of the patch at once, that there is no such order, or that its state forbids it.
    pub async fn change(
        &self,
        context: WriteContext<OrderView>,
        id: OrderId,
        patch: &OrderPatch,
    ) -> Result<Written<OrderView>, OrderError> {
        let change = patch.validate().map_err(OrderError::Invalid)?;
        self.orders.change(context, id, change).await
    }

    /// The team's order of that id.
    ///
    /// # Errors
    /// [`OrderError::NotFound`] when there is none.
    pub async fn find(&self, team: TeamId, id: OrderId) -> Result<OrderView, OrderError> {
        self.orders.find(team, id).await?.ok_or(OrderError::NotFound)
    }

    /// The window of the team's orders that `filter` lets through, made in `created` too; all of them are counted
    /// only if `counted`.
    ///
    /// # Errors
    /// When the period is empty, or the store fails.
    pub async fn list(
        &self,
        team: TeamId,
        filter: OrderFilter,
        created: PeriodRequest,
        sort: OrderSort,
        window: Window,
        counted: bool,
    ) -> Result<OrderPage, OrderError> {
        let created = Period::read(&[created], &*self.calendar, team).await?;
        let created = created.map_err(OrderError::Invalid)?;
        Ok(self.orders.list(team, OrderFilter { created, ..filter }, sort, window, counted).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;
    use crate::ports::MockOrders;
    use crate::usecases::tests::{context, ids};
    use kernel::error::{Classified, ErrorKind};
    use kernel::team_locale::MockTeamLocales;
    use kernel::zone::TimeZone;

    fn managing(store: MockOrders) -> ManageOrders {
        let mut calendar = MockTeamLocales::new();
        calendar.expect_zone().returning(|_| Ok(TimeZone::UTC));
        ManageOrders::new(Arc::new(store), Arc::new(calendar), ids())
    }

    #[test]
    fn faulty_input_never_reaches_the_store() {
        let managing = managing(MockOrders::new());
        let error = pollster::block_on(managing.create(context(), &OrderDraft::default())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
        let nothing = OrderPatch::default();
        let error = pollster::block_on(managing.change(context(), ids().id(), &nothing)).unwrap_err();
        assert_eq!(codes(error.faults()), [("body", "MISSING_FIELD")]);
        let empty =
            PeriodRequest { from: "2025-01-02".parse().ok(), to: "2025-01-01".parse().ok(), end: "toDate" };
        let window = Window::try_new(0, 1, 1).unwrap();
        let listed =
            managing.list(ids().id(), OrderFilter::default(), empty, OrderSort::default(), window, true);
        assert_eq!(codes(pollster::block_on(listed).unwrap_err().faults()), [("toDate", "OUT_OF_RANGE")]);
    }

    #[test]
    fn an_order_gets_a_number_of_the_year_it_is_in_the_team() {
        let mut store = MockOrders::new();
        store.expect_create().times(1).returning(|context, _, _, series| {
            assert_eq!(series.number(1), format!("ORD-{}-001", context.at.format("%Y")));
            Err(OrderError::NumberTaken)
        });
        let draft = OrderDraft {
            product_identifier: Some("A".into()),
            quantity: Some(1.into()),
            routing_name: Some("R".into()),
            ..Default::default()
        };
        let error = pollster::block_on(managing(store).create(context(), &draft)).unwrap_err();
        assert_eq!(
            (error.kind(), codes(error.faults())),
            (ErrorKind::Conflict, vec![("orderNumber", "ORDER_NUMBER_TAKEN")])
        );
    }

    #[test]
    fn what_does_not_exist_is_not_found() {
        let mut store = MockOrders::new();
        store.expect_find().returning(|_, _| Ok(None));
        let error = pollster::block_on(managing(store).find(ids().id(), ids().id())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
