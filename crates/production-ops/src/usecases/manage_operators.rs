use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::operator::{
    Attendance, ClockRequest, Operator, OperatorDraft, OperatorError, OperatorId, OperatorPatch,
};
use crate::ports::{OperatorFilter, Operators};

/// Administers operators and keeps their attendance.
pub struct ManageOperators {
    operators: Arc<dyn Operators>,
    ids: Arc<dyn IdSource>,
}

impl ManageOperators {
    /// Stands on a store of operators and ids.
    pub fn new(operators: Arc<dyn Operators>, ids: Arc<dyn IdSource>) -> Self {
        Self { operators, ids }
    }

    /// Creates the operator that `draft` asks for.
    ///
    /// # Errors
    /// Every fault of the draft at once, that badge or user is taken, or that there is no such user.
    pub async fn create(
        &self,
        context: WriteContext<Operator>,
        draft: &OperatorDraft,
    ) -> Result<Written<Operator>, OperatorError> {
        let new = draft.validate().map_err(OperatorError::Invalid)?;
        let operator = Operator::create(self.ids.id(), new, context.at);
        Ok(self.operators.create(context, operator).await?)
    }

    /// Changes the operator as `patch` asks; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// Every fault of the patch at once, that there is no such operator or user, or that badge or user is taken.
    pub async fn change(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        patch: &OperatorPatch,
    ) -> Result<Written<Operator>, OperatorError> {
        let change = patch.validate().map_err(OperatorError::Invalid)?;
        Ok(self.operators.change(context, id, change).await?)
    }

    /// Clocks the operator in or out, at the time of the context, which is the server's.
    ///
    /// # Errors
    /// When the event is unknown, there is no such operator, or its state forbids it.
    pub async fn clock(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        request: &ClockRequest,
    ) -> Result<Written<Operator>, OperatorError> {
        let event = request.validate().map_err(OperatorError::Invalid)?;
        Ok(self.operators.clock(context, id, event).await?)
    }

    /// The team's operator of that id.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`] when there is none.
    pub async fn find(&self, team: TeamId, id: OperatorId) -> Result<Operator, OperatorError> {
        self.operators.find(team, id).await?.ok_or(OperatorError::NotFound)
    }

    /// The window of the team's operators that `filter` lets through, by name.
    ///
    /// # Errors
    /// When the store fails.
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
    /// [`OperatorError::NotFound`] when there is no such operator.
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
    use crate::fields::codes;
    use crate::operator::ClockFault;
    use crate::ports::{MockOperators, OperatorStoreError};
    use crate::usecases::tests::{at, context, ids};
    use kernel::error::{Classified, ErrorKind};

    fn managing(store: MockOperators) -> ManageOperators {
        ManageOperators::new(Arc::new(store), ids())
    }

    fn ann() -> OperatorDraft {
        OperatorDraft { name: Some("Ann".into()), badge: Some("A-17".into()), ..Default::default() }
    }

    #[test]
    fn an_operator_is_created_at_the_contexts_time_with_a_new_id() {
        let mut store = MockOperators::new();
        store.expect_create().times(1).returning(|_, operator| Ok(Written::Done(operator)));
        let Written::Done(made) = pollster::block_on(managing(store).create(context(), &ann())).unwrap()
        else {
            panic!("nothing was replayed")
        };
        assert_eq!((made.id, made.badge.as_str(), made.created_at), (ids().id(), "A-17", at()));
    }

    #[test]
    fn faulty_input_never_reaches_the_store() {
        let managing = managing(MockOperators::new());
        let error = pollster::block_on(managing.create(context(), &OperatorDraft::default())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
        let nothing = OperatorPatch::default();
        let error = pollster::block_on(managing.change(context(), ids().id(), &nothing)).unwrap_err();
        assert_eq!(codes(error.faults()), [("body", "MISSING_FIELD")]);
        let nothing = ClockRequest::default();
        let error = pollster::block_on(managing.clock(context(), ids().id(), &nothing)).unwrap_err();
        assert_eq!(codes(error.faults()), [("event", "MISSING_FIELD")]);
    }

    #[test]
    fn a_refused_operator_blames_the_field() {
        type Refusal = fn() -> OperatorStoreError;
        let refusals: [(Refusal, _, _, _); 3] = [
            (|| OperatorStoreError::BadgeTaken, ErrorKind::Conflict, "badge", "OPERATOR_BADGE_TAKEN"),
            (|| OperatorStoreError::UserTaken, ErrorKind::Conflict, "userId", "OPERATOR_USER_TAKEN"),
            (|| OperatorStoreError::UnknownUser, ErrorKind::Invalid, "userId", "UNKNOWN_USER"),
        ];
        for (refusal, kind, field, code) in refusals {
            let mut store = MockOperators::new();
            store.expect_create().returning(move |_, _| Err(refusal()));
            let error = pollster::block_on(managing(store).create(context(), &ann())).unwrap_err();
            assert_eq!((error.kind(), error.code()), (kind, code));
            assert_eq!(codes(error.faults()), [(field, code)]);
        }
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
            let request = ClockRequest { event: Some("in".into()) };
            let managing = managing(store);
            let clocked = managing.clock(context(), ids().id(), &request);
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
        let asked = managing.attendance(ids().id(), ids().id(), window);
        let error = pollster::block_on(asked).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
