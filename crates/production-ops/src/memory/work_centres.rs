use super::*;
use crate::ports::{WorkCentreFilter, WorkCentres};
use crate::work_centre::{NewWorkCentre, WorkCentreChange, WorkCentreError};

#[async_trait]
impl WorkCentres for InMemoryPlant {
    async fn create(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        new: NewWorkCentre,
    ) -> Result<Written<WorkCentre>, WorkCentreError> {
        self.lock().once(&context, |state| state.create_work_centre(context.team, id, new, context.at))
    }

    async fn change(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        change: WorkCentreChange,
    ) -> Result<Written<WorkCentre>, WorkCentreError> {
        self.lock().once(&context, |state| state.change_work_centre(context.team, id, &change, context.at))
    }

    async fn find(&self, team: TeamId, id: WorkCentreId) -> Result<Option<WorkCentre>, StoreError> {
        Ok(self.lock().work_centres.get(&(team, id)).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: WorkCentreFilter,
        window: Window,
    ) -> Result<Listing<WorkCentre>, StoreError> {
        let mut found = of_team(&self.lock().work_centres, team);
        found.retain(|centre| centre.is_active || !filter.active_only);
        found.retain(|centre| filter.department.is_none_or(|department| department == centre.department));
        found.sort_by_key(|centre| centre.number);
        Ok(page(found, window))
    }
}

impl State {
    fn create_work_centre(
        &mut self,
        team: TeamId,
        id: WorkCentreId,
        new: NewWorkCentre,
        at: DateTime<Utc>,
    ) -> Result<WorkCentre, WorkCentreError> {
        self.department_exists(team, new.department)?;
        let numbers: Vec<_> = of_team(&self.work_centres, team).iter().map(|centre| centre.number).collect();
        let centre = WorkCentre::create(id, new, numbers.iter().max().copied(), at)?;
        if numbers.contains(&centre.number) {
            return Err(WorkCentreError::NumberTaken);
        }
        self.work_centres.insert((team, id), centre.clone());
        Ok(centre)
    }

    fn change_work_centre(
        &mut self,
        team: TeamId,
        id: WorkCentreId,
        change: &WorkCentreChange,
        at: DateTime<Utc>,
    ) -> Result<WorkCentre, WorkCentreError> {
        let present = self.work_centres.get(&(team, id)).ok_or(WorkCentreError::NotFound)?;
        let Some(changed) = present.change(change, at) else { return Ok(present.clone()) };
        self.department_exists(team, changed.department)?;
        self.work_centres.insert((team, id), changed.clone());
        Ok(changed)
    }

    fn department_exists(&self, team: TeamId, id: DepartmentId) -> Result<(), WorkCentreError> {
        let exists = self.departments.contains_key(&(team, id));
        if exists { Ok(()) } else { Err(WorkCentreError::UnknownDepartment) }
    }
}
