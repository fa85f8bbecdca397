use std::sync::Arc;

use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::operation::{ActionError, ActionRequest, OperationId};
use crate::ports::{ActionOutcome, OperationDetail, OperationFilter, OperationView, Operations};

/// Runs the operations of orders and shows them.
pub struct RunOperations {
    operations: Arc<dyn Operations>,
    locales: Arc<dyn TeamLocales>,
}

impl RunOperations {
    pub fn new(operations: Arc<dyn Operations>, locales: Arc<dyn TeamLocales>) -> Self {
        Self { operations, locales }
    }

    /// Does something with an operation, at the time of the context, which is the server's. `seen` are the versions that
    /// the request is meant for; any if there are none.
    ///
    /// # Errors
    /// What is wrong with the request, that there is no such operation, or what in its state or its order's forbids it.
    pub async fn act(
        &self,
        context: WriteContext<ActionOutcome>,
        id: OperationId,
        request: ActionRequest,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<ActionOutcome>, ActionError> {
        self.operations.act(context, id, request, seen).await
    }

    /// The team's operation of that id.
    ///
    /// # Errors
    /// [`ActionError::NotFound`].
    pub async fn find(&self, team: TeamId, id: OperationId) -> Result<OperationDetail, ActionError> {
        self.operations.find(team, id).await?.ok_or(ActionError::NotFound)
    }

    /// The window of the team's operations that `filter` lets through, begun in `started` too.
    ///
    /// # Errors
    /// [`ActionError::EmptyPeriod`], or when the store fails.
    pub async fn list(
        &self,
        team: TeamId,
        filter: OperationFilter,
        started: PeriodRequest,
        window: Window,
    ) -> Result<Listing<OperationView>, ActionError> {
        let started = Period::read(&[started], &*self.locales, team).await?;
        let started = started.map_err(|_| ActionError::EmptyPeriod)?;
        Ok(self.operations.list(team, OperationFilter { started, ..filter }, window).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MockOperations;
    use crate::usecases::tests::ids;
    use kernel::error::{Classified, ErrorKind};
    use kernel::team_locale::MockTeamLocales;

    #[test]
    fn a_period_of_instants_needs_no_time_zone() {
        let mut store = MockOperations::new();
        store.expect_list().returning(|_, filter, _| {
            assert!(filter.started.from.is_some() && filter.started.before.is_none());
            Ok(Listing { items: Vec::new(), total: 0 })
        });
        let running = RunOperations::new(Arc::new(store), Arc::new(MockTeamLocales::new()));
        let started = PeriodRequest { from: "2025-01-20T08:00:00Z".parse().ok(), to: None };
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
