//! What production operations need from outside.

mod activities;
mod attachments;
mod collections;
mod equipment;
mod operations;
mod operators;
mod orders;
mod pause_reasons;
mod routings;

use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

#[cfg(any(test, feature = "mock"))]
pub use self::activities::MockActivities;
pub use self::activities::{Activities, ActivityFilter, ActivityStoreError};
pub use self::attachments::{
    Announced, AttachmentFilter, AttachmentStoreError, Attachments, OrphanedObject, OrphanedObjects,
};
#[cfg(any(test, feature = "mock"))]
pub use self::attachments::{MockAttachments, MockOrphanedObjects};
#[cfg(any(test, feature = "mock"))]
pub use self::collections::MockCollections;
pub use self::collections::{CollectionFilter, Collections};
#[cfg(any(test, feature = "mock"))]
pub use self::equipment::MockEquipmentRegister;
pub use self::equipment::{EquipmentFilter, EquipmentRegister, EquipmentStoreError};
#[cfg(any(test, feature = "mock"))]
pub use self::operations::MockOperations;
pub use self::operations::{Acted, OperationFilter, OperationView, Operations};
#[cfg(any(test, feature = "mock"))]
pub use self::operators::MockOperators;
pub use self::operators::{OperatorFilter, OperatorStoreError, Operators};
#[cfg(any(test, feature = "mock"))]
pub use self::orders::MockOrders;
pub use self::orders::{
    CurrentOperation, OrderFilter, OrderPage, OrderSort, OrderSummary, OrderView, Orders, SortKey,
};
#[cfg(any(test, feature = "mock"))]
pub use self::pause_reasons::MockPauseReasons;
pub use self::pause_reasons::{PauseReasonFilter, PauseReasonStoreError, PauseReasons};
#[cfg(any(test, feature = "mock"))]
pub use self::routings::MockRoutings;
pub use self::routings::{RoutingFilter, RoutingStoreError, Routings};
use crate::department::{Department, DepartmentChange, DepartmentId};
use crate::work_centre::{NewWorkCentre, NumbersUsedUp, WorkCentre, WorkCentreChange, WorkCentreId};

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
    ) -> Result<Written<Department>, DepartmentStoreError>;

    /// Changes a department, with the audit entry `department.changed`.
    ///
    /// MUST lock it, apply [`Department::change`] at the context's time and save the result in one
    /// transaction. Where nothing differs it MUST write neither it nor an audit entry, and give it as it is.
    /// A name is refused as in [`create`](Self::create), but a department's own name never is.
    async fn change(
        &self,
        context: WriteContext<Department>,
        id: DepartmentId,
        change: DepartmentChange,
    ) -> Result<Written<Department>, DepartmentStoreError>;

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

/// Why a department was not stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DepartmentStoreError {
    /// The team has no department of that id.
    #[error("there is no such department")]
    NotFound,
    /// Another department of the team has that name, in some case.
    #[error("a department of this name exists")]
    NameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The work centres of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait WorkCentres: Send + Sync {
    /// Stores a new work centre, made by [`WorkCentre::create`] at the context's time, with the audit entry
    /// `work_centre.created`.
    ///
    /// Where it has no number, the one after the team's highest MUST be given, a different one to each even
    /// when two come at once. A number that the team has MUST be refused likewise, and so MUST a department
    /// that the team has not; whether that is in use doesn't matter. A refusal leaves nothing.
    async fn create(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        new: NewWorkCentre,
    ) -> Result<Written<WorkCentre>, WorkCentreStoreError>;

    /// Changes a work centre, with the audit entry `work_centre.changed`.
    ///
    /// MUST lock it, apply [`WorkCentre::change`] at the context's time and save the result in one
    /// transaction. Where nothing differs it MUST write neither it nor an audit entry, and give it as it is.
    /// A department is refused as in [`create`](Self::create).
    async fn change(
        &self,
        context: WriteContext<WorkCentre>,
        id: WorkCentreId,
        change: WorkCentreChange,
    ) -> Result<Written<WorkCentre>, WorkCentreStoreError>;

    /// The team's work centre of that id.
    async fn find(&self, team: TeamId, id: WorkCentreId) -> Result<Option<WorkCentre>, StoreError>;

    /// The team's work centres that `filter` lets through, by number.
    async fn list(
        &self,
        team: TeamId,
        filter: WorkCentreFilter,
        window: Window,
    ) -> Result<Listing<WorkCentre>, StoreError>;
}

/// Which work centres a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkCentreFilter {
    /// Only those in use.
    pub active_only: bool,
    /// Only those of this department; none if the team has no such department.
    pub department: Option<DepartmentId>,
}

/// Why a work centre was not stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkCentreStoreError {
    /// The team has no work centre of that id.
    #[error("there is no such work centre")]
    NotFound,
    /// Another work centre of the team has that number.
    #[error("a work centre of this number exists")]
    NumberTaken,
    /// No number was chosen, and there is none to give.
    #[error(transparent)]
    NumbersUsedUp(#[from] NumbersUsedUp),
    /// The team has no such department.
    #[error("there is no such department")]
    UnknownDepartment,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
