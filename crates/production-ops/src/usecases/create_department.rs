use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::write::{WriteContext, Written};

use crate::department::{Department, DepartmentDraft, DepartmentError};
use crate::ports::Departments;

/// Creates a department.
pub struct CreateDepartment {
    departments: Arc<dyn Departments>,
    ids: Arc<dyn IdSource>,
}

impl CreateDepartment {
    /// Stands on a department store and ids.
    pub fn new(departments: Arc<dyn Departments>, ids: Arc<dyn IdSource>) -> Self {
        Self { departments, ids }
    }

    /// Creates the department that `draft` asks for.
    ///
    /// # Errors
    /// Every fault of the draft at once, or that the name is taken.
    pub async fn run(
        &self,
        context: WriteContext<Department>,
        draft: &DepartmentDraft,
    ) -> Result<Written<Department>, DepartmentError> {
        let name = draft.validate().map_err(DepartmentError::Invalid)?;
        let department = Department::create(self.ids.id(), name, context.at);
        Ok(self.departments.create(context, department).await?)
    }
}
