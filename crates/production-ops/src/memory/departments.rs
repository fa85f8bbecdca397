use super::*;
use crate::department::{DepartmentChange, DepartmentError};
use crate::ports::{DepartmentFilter, Departments};

#[async_trait]
impl Departments for InMemoryPlant {
    async fn create(
        &self,
        context: WriteContext<Department>,
        department: Department,
    ) -> Result<Written<Department>, DepartmentError> {
        self.lock().once(&context, |state| {
            state.name_is_free(context.team, &department)?;
            state.departments.insert((context.team, department.id), department.clone());
            Ok(department)
        })
    }

    async fn change(
        &self,
        context: WriteContext<Department>,
        id: DepartmentId,
        change: DepartmentChange,
    ) -> Result<Written<Department>, DepartmentError> {
        self.lock().once(&context, |state| state.change_department(context.team, id, &change, context.at))
    }

    async fn find(&self, team: TeamId, id: DepartmentId) -> Result<Option<Department>, StoreError> {
        Ok(self.lock().departments.get(&(team, id)).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: DepartmentFilter,
        window: Window,
    ) -> Result<Listing<Department>, StoreError> {
        let mut found = of_team(&self.lock().departments, team);
        found.retain(|department| department.is_active || !filter.active_only);
        found.sort_by_key(|department| (department.name.key(), department.id));
        Ok(page(found, window))
    }
}

impl State {
    fn change_department(
        &mut self,
        team: TeamId,
        id: DepartmentId,
        change: &DepartmentChange,
        at: DateTime<Utc>,
    ) -> Result<Department, DepartmentError> {
        let present = self.departments.get(&(team, id)).ok_or(DepartmentError::NotFound)?;
        let Some(changed) = present.change(change, at) else { return Ok(present.clone()) };
        self.name_is_free(team, &changed)?;
        self.departments.insert((team, id), changed.clone());
        Ok(changed)
    }

    fn name_is_free(&self, team: TeamId, department: &Department) -> Result<(), DepartmentError> {
        let taken = of_team(&self.departments, team)
            .iter()
            .any(|other| other.id != department.id && other.name.key() == department.name.key());
        if taken { Err(DepartmentError::NameTaken) } else { Ok(()) }
    }
}
