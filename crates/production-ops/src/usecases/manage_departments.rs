use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::department::{Department, DepartmentChange, DepartmentError, DepartmentId};
use crate::name::Name;
use crate::ports::{DepartmentFilter, Departments};

/// Creates, changes and shows departments.
pub struct ManageDepartments {
    departments: Arc<dyn Departments>,
    ids: Arc<dyn IdSource>,
}

impl ManageDepartments {
    pub fn new(departments: Arc<dyn Departments>, ids: Arc<dyn IdSource>) -> Self {
        Self { departments, ids }
    }

    /// Creates a department at the context's time.
    ///
    /// # Errors
    /// [`DepartmentError::NameTaken`].
    pub async fn create(
        &self,
        context: WriteContext<Department>,
        name: Name,
    ) -> Result<Written<Department>, DepartmentError> {
        let department = Department::create(self.ids.id(), name, context.at);
        self.departments.create(context, department).await
    }

    /// Changes a department.
    ///
    /// # Errors
    /// [`DepartmentError::NotFound`] or [`DepartmentError::NameTaken`].
    pub async fn change(
        &self,
        context: WriteContext<Department>,
        id: DepartmentId,
        change: DepartmentChange,
    ) -> Result<Written<Department>, DepartmentError> {
        self.departments.change(context, id, change).await
    }

    /// The team's department of that id.
    ///
    /// # Errors
    /// [`DepartmentError::NotFound`].
    pub async fn find(&self, team: TeamId, id: DepartmentId) -> Result<Department, DepartmentError> {
        self.departments.find(team, id).await?.ok_or(DepartmentError::NotFound)
    }

    /// The window of the team's departments that `filter` lets through, by name.
    pub async fn list(
        &self,
        team: TeamId,
        filter: DepartmentFilter,
        window: Window,
    ) -> Result<Listing<Department>, DepartmentError> {
        Ok(self.departments.list(team, filter, window).await?)
    }
}
