//! What equipment needs from outside.

use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::period::Period;
use kernel::write::{WriteContext, Written};

use crate::equipment::{
    DepartmentId, Equipment, EquipmentError, EquipmentId, EquipmentStatus, RaisedAlarm, Receipt, Sample,
    StoredSample, Tag,
};

/// The equipment of each team, its samples and its alarms; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait EquipmentRegister: Send + Sync {
    /// Stores a sample of the equipment of that tag, which comes in at the context's time.
    ///
    /// MUST lock the equipment, store the sample, and save what [`Equipment::report`] makes of it, with the
    /// alarms it raises and clears and [its events](crate::Applied::events), in one transaction.
    /// Equipment that the team has not is registered with `id` by [`Equipment::register`], once even when two
    /// report at once. A sample of a moment of which there is one MUST NOT be stored again, whatever it says.
    /// A sample that is older than the newest changes nothing else and raises nothing.
    ///
    /// The audit entry is `equipment.registered`, or `equipment.status_changed` if the status changed, or
    /// `equipment.moved` if the department alone did; there is none otherwise.
    ///
    /// A department or an operation that the team has not MUST be refused, also in a sample that comes late;
    /// whether the department is in use doesn't matter. A refusal leaves nothing.
    async fn report(
        &self,
        context: WriteContext<Receipt>,
        id: EquipmentId,
        tag: Tag,
        sample: Sample,
    ) -> Result<Written<Receipt>, EquipmentError>;

    /// The team's equipment of that tag.
    async fn find(&self, team: TeamId, tag: Tag) -> Result<Option<Equipment>, StoreError>;

    /// The team's equipment that `filter` lets through, by tag in code point order.
    async fn list(
        &self,
        team: TeamId,
        filter: EquipmentFilter,
        window: Window,
    ) -> Result<Listing<Equipment>, StoreError>;

    /// The samples of the team's equipment that were taken within a period, the newest first; nothing if the
    /// team has no such equipment.
    async fn samples(
        &self,
        team: TeamId,
        tag: Tag,
        period: Period,
        window: Window,
    ) -> Result<Listing<StoredSample>, StoreError>;

    /// The alarms that the team's equipment ever raised, the newest first, those raised at once by code in code
    /// point order; nothing if the team has no such equipment.
    async fn alarms(
        &self,
        team: TeamId,
        tag: Tag,
        window: Window,
    ) -> Result<Listing<RaisedAlarm>, StoreError>;
}

/// Which equipment a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EquipmentFilter {
    pub status: Option<EquipmentStatus>,
    /// Nothing if the team has no such department.
    pub department: Option<DepartmentId>,
    /// Only what has an open alarm, or has none.
    pub alarm: Option<bool>,
}
