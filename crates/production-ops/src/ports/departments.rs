use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::department::{Department, DepartmentChange, DepartmentError, DepartmentId};

/// The departments of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Departments: Send + Sync {
    /// Stores a new department, with the audit entry `department.created`.
    ///
    /// A name that the team has in any case ([`Name::key`](crate::Name::key)) MUST be refused even when two
    /// take it at once; a refusal leaves nothing.
    async fn create(
        &self,
        context: WriteContext<Department>,
        department: Department,
    ) -> Result<Written<Department>, DepartmentError>;

    /// Changes a department, with the audit entry `department.changed`; [`DepartmentError::NotFound`] if there is
    /// none.
    ///
    /// MUST lock it, apply [`Department::change`] at the context's time and save the result in one
    /// transaction. Where nothing differs it MUST write neither it nor an audit entry, and give it as it is.
    /// A name is refused as in [`create`](Self::create), but a department's own name never is.
    async fn change(
        &self,
        context: WriteContext<Department>,
        id: DepartmentId,
        change: DepartmentChange,
    ) -> Result<Written<Department>, DepartmentError>;

    /// The team's department of that id.
    async fn find(&self, team: TeamId, id: DepartmentId) -> Result<Option<Department>, StoreError>;

    /// The team's departments that `filter` lets through, by name key in code point order, then by id.
    async fn list(
        &self,
        team: TeamId,
        filter: DepartmentFilter,
        window: Window,
    ) -> Result<Listing<Department>, StoreError>;
}

/// Which departments a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DepartmentFilter {
    /// Only those in use.
    pub active_only: bool,
}
