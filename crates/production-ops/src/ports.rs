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
mod work_centres;

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
#[cfg(any(test, feature = "mock"))]
pub use self::work_centres::MockWorkCentres;
pub use self::work_centres::{WorkCentreFilter, WorkCentres};
use crate::department::{Department, DepartmentChange, DepartmentId};

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
