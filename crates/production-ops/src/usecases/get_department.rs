use std::sync::Arc;

use kernel::id::TeamId;

use crate::department::{Department, DepartmentError, DepartmentId};
use crate::ports::Departments;

/// Shows one department.
pub struct GetDepartment {
    departments: Arc<dyn Departments>,
}

impl GetDepartment {
    /// Stands on a department store.
    pub fn new(departments: Arc<dyn Departments>) -> Self {
        Self { departments }
    }

    /// The team's department of that id.
    ///
    /// # Errors
    /// [`DepartmentError::NotFound`] when there is none.
    pub async fn run(&self, team: TeamId, id: DepartmentId) -> Result<Department, DepartmentError> {
        self.departments.find(team, id).await?.ok_or(DepartmentError::NotFound)
    }
}
