use std::sync::Arc;

use kernel::id::TeamId;
use kernel::page::{Listing, Window};

use crate::department::{Department, DepartmentError};
use crate::ports::{DepartmentFilter, Departments};

/// Lists departments by name.
pub struct ListDepartments {
    departments: Arc<dyn Departments>,
}

impl ListDepartments {
    /// Stands on a department store.
    pub fn new(departments: Arc<dyn Departments>) -> Self {
        Self { departments }
    }

    /// The window of the team's departments that `filter` lets through.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run(
        &self,
        team: TeamId,
        filter: DepartmentFilter,
        window: Window,
    ) -> Result<Listing<Department>, DepartmentError> {
        Ok(self.departments.list(team, filter, window).await?)
    }
}
