use std::sync::Arc;

use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::operation::{ActionDraft, ActionError, OperationId, Segment};
use crate::ports::{Acted, OperationFilter, OperationView, Operations};

/// Runs the operations of orders and shows them (seed 004, section 2).
pub struct RunOperations {
    operations: Arc<dyn Operations>,
    calendar: Arc<dyn TeamLocales>,
}

impl RunOperations {
    /// Stands on a store of operations and the team's calendar.
    pub fn new(operations: Arc<dyn Operations>, calendar: Arc<dyn TeamLocales>) -> Self {
        Self { operations, calendar }
    }

    /// Does with the operation what `draft` asks, at the time of the context, which is the server's.
    ///
    /// # Errors
    /// Every fault of the draft at once, that there is no such operation, or what in its state or its order's forbids
    /// it.
    pub async fn act(
        &self,
        context: WriteContext<Acted>,
        id: OperationId,
        draft: &ActionDraft,
    ) -> Result<Written<Acted>, ActionError> {
        let request = draft.validate().map_err(ActionError::Invalid)?;
        self.operations.act(context, id, request).await
    }

    /// The team's operation of that id, with its segments in order.
    ///
    /// # Errors
    /// [`ActionError::NotFound`] when there is none.
    pub async fn find(
        &self,
        team: TeamId,
        id: OperationId,
    ) -> Result<(OperationView, Vec<Segment>), ActionError> {
        self.operations.find(team, id).await?.ok_or(ActionError::NotFound)
    }

    /// The window of the team's operations that `filter` lets through, begun in `started` too.
    ///
    /// # Errors
    /// When the period is empty, or the store fails.
    pub async fn list(
        &self,
        team: TeamId,
        filter: OperationFilter,
        started: PeriodRequest,
        window: Window,
    ) -> Result<Listing<OperationView>, ActionError> {
        let started = Period::read(&[started], &*self.calendar, team).await?;
        let started = started.map_err(ActionError::Invalid)?;
        Ok(self.operations.list(team, OperationFilter { started, ..filter }, window).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;
    use crate::ports::MockOperations;
    use crate::usecases::tests::{context, ids};
    use kernel::error::{Classified, ErrorKind};
    use kernel::team_locale::MockTeamLocales;

    #[test]
    fn faulty_input_never_reaches_the_store() {
        let running = RunOperations::new(Arc::new(MockOperations::new()), Arc::new(MockTeamLocales::new()));
        let nothing = ActionDraft::default();
        let acted = running.act(context(), ids().id(), &nothing);
        let error = pollster::block_on(acted).unwrap_err();
        assert_eq!(
            (error.kind(), codes(error.faults())),
            (ErrorKind::Invalid, vec![("action", "MISSING_FIELD")])
        );
    }

    #[test]
    fn a_period_of_instants_needs_no_calendar() {
        let mut store = MockOperations::new();
        store.expect_list().returning(|_, filter, _| {
            assert!(filter.started.from.is_some() && filter.started.before.is_none());
            Ok(Listing { items: Vec::new(), total: 0 })
        });
        let running = RunOperations::new(Arc::new(store), Arc::new(MockTeamLocales::new()));
        let started = PeriodRequest { from: "2025-01-20T08:00:00Z".parse().ok(), to: None, end: "toDate" };
        let window = Window::try_new(0, 1, 1).unwrap();
        let listed = running.list(ids().id(), OperationFilter::default(), started, window);
        assert_eq!(pollster::block_on(listed).unwrap().total, 0);
    }

    #[test]
    fn what_does_not_exist_is_not_found() {
        let mut store = MockOperations::new();
        store.expect_find().returning(|_, _| Ok(None));
        let running = RunOperations::new(Arc::new(store), Arc::new(MockTeamLocales::new()));
        let error = pollster::block_on(running.find(ids().id(), ids().id())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
