use kernel::clock::SystemIds;
use kernel::master_data::{Record, Register};
use kernel::memory::{RecordState, Records};

use super::*;
use crate::data_collection::NewActivity;
use crate::department::DepartmentError;
use crate::name::Name;
use crate::operator::{ClockEvent, NewOperator, OperatorError};
use crate::pause_reason::{NewPauseReason, PauseReasonError};
use crate::ports::Attendances;
use crate::work_centre::{NewWorkCentre, WorkCentreError};

#[async_trait]
impl<R: Record> Register<R> for InMemoryPlant
where
    State: RecordState<R>,
{
    async fn create(&self, context: WriteContext<R>, id: Id<R>, new: R::New) -> Result<Written<R>, R::Error> {
        self.lock().create(&context, id, new)
    }

    async fn change(
        &self,
        context: WriteContext<R>,
        id: Id<R>,
        change: R::Change,
    ) -> Result<Written<R>, R::Error> {
        self.lock().change(&context, id, &change)
    }

    async fn find(&self, team: TeamId, id: Id<R>) -> Result<Option<R>, StoreError> {
        Ok(self.lock().records().get(&(team, id)).cloned())
    }

    async fn list(&self, team: TeamId, filter: R::Filter, window: Window) -> Result<Listing<R>, StoreError> {
        Ok(self.lock().list(team, &filter, window))
    }
}

impl RecordState<Department> for State {
    fn records(&mut self) -> &mut Records<Department> {
        &mut self.departments
    }

    fn make(
        &mut self,
        _: TeamId,
        id: DepartmentId,
        name: Name,
        at: DateTime<Utc>,
    ) -> Result<Department, DepartmentError> {
        Ok(Department::create(id, name, at))
    }

    fn check(&mut self, team: TeamId, department: &Department) -> Result<(), DepartmentError> {
        let taken = self.others(team, department).any(|other| other.name.key() == department.name.key());
        if taken { Err(DepartmentError::NameTaken) } else { Ok(()) }
    }
}

impl RecordState<WorkCentre> for State {
    fn records(&mut self) -> &mut Records<WorkCentre> {
        &mut self.work_centres
    }

    fn make(
        &mut self,
        team: TeamId,
        id: WorkCentreId,
        new: NewWorkCentre,
        at: DateTime<Utc>,
    ) -> Result<WorkCentre, WorkCentreError> {
        let numbers = of_team(&self.work_centres, team).into_iter().map(|centre| centre.number);
        Ok(WorkCentre::create(id, new, numbers.max(), at)?)
    }

    fn check(&mut self, team: TeamId, centre: &WorkCentre) -> Result<(), WorkCentreError> {
        if !self.departments.contains_key(&(team, centre.department)) {
            return Err(WorkCentreError::UnknownDepartment);
        }
        let taken = self.others(team, centre).any(|other| other.number == centre.number);
        if taken { Err(WorkCentreError::NumberTaken) } else { Ok(()) }
    }
}

impl RecordState<PauseReason> for State {
    fn records(&mut self) -> &mut Records<PauseReason> {
        &mut self.pause_reasons
    }

    fn make(
        &mut self,
        _: TeamId,
        id: PauseReasonId,
        new: NewPauseReason,
        at: DateTime<Utc>,
    ) -> Result<PauseReason, PauseReasonError> {
        Ok(PauseReason::create(id, new, at))
    }

    fn check(&mut self, team: TeamId, reason: &PauseReason) -> Result<(), PauseReasonError> {
        let taken = self.others(team, reason).any(|other| other.name.key() == reason.name.key());
        if taken { Err(PauseReasonError::NameTaken) } else { Ok(()) }
    }
}

impl RecordState<Activity> for State {
    fn records(&mut self) -> &mut Records<Activity> {
        &mut self.activities
    }

    fn make(
        &mut self,
        _: TeamId,
        id: ActivityId,
        new: NewActivity,
        at: DateTime<Utc>,
    ) -> Result<Activity, ActivityError> {
        Ok(Activity::create(id, new, &SystemIds, at))
    }
}

impl RecordState<Operator> for State {
    fn records(&mut self) -> &mut Records<Operator> {
        &mut self.operators
    }

    fn make(
        &mut self,
        _: TeamId,
        id: OperatorId,
        new: NewOperator,
        at: DateTime<Utc>,
    ) -> Result<Operator, OperatorError> {
        Ok(Operator::create(id, new, at))
    }

    fn check(&mut self, team: TeamId, operator: &Operator) -> Result<(), OperatorError> {
        if self.others(team, operator).any(|other| other.badge == operator.badge) {
            return Err(OperatorError::BadgeTaken);
        }
        if operator.user.is_some_and(|user| !self.users.contains(&(team, user))) {
            return Err(OperatorError::UnknownUser);
        }
        let taken =
            operator.user.is_some() && self.others(team, operator).any(|other| other.user == operator.user);
        if taken { Err(OperatorError::UserTaken) } else { Ok(()) }
    }
}

impl InMemoryPlant {
    /// Lets the team's operators be linked to a user.
    pub fn admit_user(&self, team: TeamId, user: UserId) {
        self.lock().users.insert((team, user));
    }
}

#[async_trait]
impl Attendances for InMemoryPlant {
    async fn clock(
        &self,
        context: WriteContext<Operator>,
        id: OperatorId,
        event: ClockEvent,
    ) -> Result<Written<Operator>, OperatorError> {
        self.lock().once(&context, |state| {
            let present = state.operators.get_mut(&(context.team, id)).ok_or(OperatorError::NotFound)?;
            let entry = present.clock(event, context.at)?;
            present.attendance = Some(entry);
            state.attendance.entry((context.team, id)).or_default().push(entry);
            Ok(present.clone())
        })
    }

    async fn list(
        &self,
        team: TeamId,
        id: OperatorId,
        window: Window,
    ) -> Result<Listing<Attendance>, StoreError> {
        let mut found = self.lock().attendance.get(&(team, id)).cloned().unwrap_or_default();
        found.reverse();
        Ok(page(found, window))
    }
}
