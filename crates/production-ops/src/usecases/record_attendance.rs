use std::sync::Arc;

use kernel::id::TeamId;
use kernel::master_data::{Record, Register};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::operator::{Attendance, ClockEvent, Operator, OperatorError, OperatorId};
use crate::ports::Attendances;

/// Clocks operators in and out, and shows when they came and went.
pub struct RecordAttendance {
    attendances: Arc<dyn Attendances>,
    operators: Arc<dyn Register<Operator>>,
}

impl RecordAttendance {
    pub fn new(attendances: Arc<dyn Attendances>, operators: Arc<dyn Register<Operator>>) -> Self {
        Self { attendances, operators }
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
        self.attendances.clock(context, id, event).await
    }

    /// The window of an operator's attendance, the newest first.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`].
    pub async fn list(
        &self,
        team: TeamId,
        id: OperatorId,
        window: Window,
    ) -> Result<Listing<Attendance>, OperatorError> {
        let listing = self.attendances.list(team, id, window).await?;
        if listing.total == 0 && self.operators.find(team, id).await?.is_none() {
            return Err(Operator::not_found());
        }
        Ok(listing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::ClockFault;
    use crate::ports::MockAttendances;
    use crate::usecases::tests::{context, ids};
    use kernel::error::{Classified, ErrorKind};
    use kernel::master_data::MockRegister;

    #[test]
    fn a_refused_clocking_names_the_state() {
        for (fault, code) in [
            (ClockFault::AlreadyIn, "OPERATOR_CLOCKED_IN"),
            (ClockFault::AlreadyOut, "OPERATOR_CLOCKED_OUT"),
            (ClockFault::Inactive, "OPERATOR_INACTIVE"),
        ] {
            let mut store = MockAttendances::new();
            store.expect_clock().returning(move |_, _, _| Err(fault.into()));
            let attendance = RecordAttendance::new(Arc::new(store), Arc::new(MockRegister::new()));
            let clocked = attendance.clock(context(), ids().id(), ClockEvent::In);
            let error = pollster::block_on(clocked).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, code));
        }
    }

    #[test]
    fn the_attendance_of_nobody_is_not_found() {
        let (mut store, mut operators) = (MockAttendances::new(), MockRegister::new());
        store.expect_list().returning(|_, _, _| Ok(Listing { items: Vec::new(), total: 0 }));
        operators.expect_find().returning(|_, _| Ok(None));
        let window = Window::try_new(0, 1, 1).unwrap();
        let attendance = RecordAttendance::new(Arc::new(store), Arc::new(operators));
        let listed = attendance.list(ids().id(), ids().id(), window);
        let error = pollster::block_on(listed).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
}
