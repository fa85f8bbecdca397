use std::sync::Arc;

use kernel::write::{WriteContext, Written};

use crate::department::{Department, DepartmentError, DepartmentId, DepartmentPatch};
use crate::ports::Departments;

/// Renames a department, or takes it out of use or back into it.
pub struct ChangeDepartment {
    departments: Arc<dyn Departments>,
}

impl ChangeDepartment {
    /// Stands on a department store.
    pub fn new(departments: Arc<dyn Departments>) -> Self {
        Self { departments }
    }

    /// Changes the department as `patch` asks; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// Every fault of the patch at once, that there is no such department, or that the name is taken.
    pub async fn run(
        &self,
        context: WriteContext<Department>,
        id: DepartmentId,
        patch: &DepartmentPatch,
    ) -> Result<Written<Department>, DepartmentError> {
        let change = patch.validate().map_err(DepartmentError::Invalid)?;
        Ok(self.departments.change(context, id, change).await?)
    }
}
