use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::operator::{
    Attendance, ClockEvent, NewOperator, Operator, OperatorChange, OperatorError, OperatorId,
};
use crate::ports::{OperatorFilter, Operators};

/// Creates, changes, clocks and shows operators.
pub struct ManageOperators {
    operators: Arc<dyn Operators>,
    ids: Arc<dyn IdSource>,
}

impl ManageOperators {
    pub fn new(operators: Arc<dyn Operators>, ids: Arc<dyn IdSource>) -> Self {
        Self { operators, ids }
    }

    /// Creates an operator at the context's time.
    ///
    /// # Errors
    /// [`OperatorError::BadgeTaken`], [`OperatorError::UserTaken`] or [`OperatorError::UnknownUser`].
    pub async fn create(
        &self,
        context: WriteContext<Operator>,
        new: NewOperator,
    ) -> Result<Written<Operator>, OperatorError> {
        let operator = Operator::create(self.ids.id(), new, context.at);
        self.operators.create(context, operator).await
    }

    /// Changes an operator.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`], and those of [`create`](Self::create).
    pub async fn change(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        change: OperatorChange,
    ) -> Result<Written<Operator>, OperatorError> {
        self.operators.change(context, id, change).await
    }

    /// Clocks the operator in or out, at the time of the context, which is the server's.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`] or [`OperatorError::Clock`].
    pub async fn clock(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        event: ClockEvent,
    ) -> Result<Written<Operator>, OperatorError> {
        self.operators.clock(context, id, event).await
    }

    /// The team's operator of that id.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`].
    pub async fn find(&self, team: TeamId, id: OperatorId) -> Result<Operator, OperatorError> {
        self.operators.find(team, id).await?.ok_or(OperatorError::NotFound)
    }

    /// The window of the team's operators that `filter` lets through, by name.
    pub async fn list(
        &self,
        team: TeamId,
        filter: OperatorFilter,
        window: Window,
    ) -> Result<Listing<Operator>, OperatorError> {
        Ok(self.operators.list(team, filter, window).await?)
    }

    /// The window of an operator's attendance, the newest first.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`].
    pub async fn attendance(
        &self,
        team: TeamId,
        id: OperatorId,
        window: Window,
    ) -> Result<Listing<Attendance>, OperatorError> {
        let listing = self.operators.attendance(team, id, window).await?;
        if listing.total == 0 {
            self.find(team, id).await?;
        }
        Ok(listing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use crate::operator::{Badge, ClockFault};
    use crate::ports::MockOperators;
    use crate::usecases::tests::{at, context, ids};
    use kernel::error::{Classified, ErrorKind};

    fn managing(store: MockOperators) -> ManageOperators {
        ManageOperators::new(Arc::new(store), ids())
    }

    fn ann() -> NewOperator {
        let (name, badge) = (Name::try_new("Ann").unwrap(), Badge::try_new("A-17").unwrap());
        NewOperator { name, badge, skills: Default::default(), user: None, is_active: true }
    }

    #[test]
    fn an_operator_is_created_at_the_contexts_time_with_a_new_id() {
        let mut store = MockOperators::new();
        store.expect_create().times(1).returning(|_, operator| Ok(Written::Done(operator)));
        let Written::Done(created) = pollster::block_on(managing(store).create(context(), ann())).unwrap()
        else {
            panic!("nothing was replayed")
        };
        assert_eq!((created.id, created.badge.as_str(), created.created_at), (ids().id(), "A-17", at()));
    }

    #[test]
    fn a_refused_clocking_names_the_state() {
        for (fault, code) in [
            (ClockFault::AlreadyIn, "OPERATOR_CLOCKED_IN"),
            (ClockFault::AlreadyOut, "OPERATOR_CLOCKED_OUT"),
            (ClockFault::Inactive, "OPERATOR_INACTIVE"),
        ] {
            let mut store = MockOperators::new();
            store.expect_clock().returning(move |_, _, _| Err(fault.into()));
            let managing = managing(store);
            let clocked = managing.clock(context(), ids().id(), ClockEvent::In);
            let error = pollster::block_on(clocked).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, code));
        }
    }

    #[test]
    fn the_attendance_of_nobody_is_not_found() {
        let mut store = MockOperators::new();
        store.expect_attendance().returning(|_, _, _| Ok(Listing { items: Vec::new(), total: 0 }));
        store.expect_find().returning(|_, _| Ok(None));
        let window = Window::try_new(0, 1, 1).unwrap();
        let managing = managing(store);
        let attendance = managing.attendance(ids().id(), ids().id(), window);
        let error = pollster::block_on(attendance).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
