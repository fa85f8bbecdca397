use async_trait::async_trait;
use kernel::access::Visibility;
use kernel::error::StoreError;
use kernel::id::{TeamId, VendorId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::vendor::{Vendor, VendorChange, VendorError, VendorSearch};

/// The vendors of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Vendors: Send + Sync {
    /// Stores a new vendor, with the audit entry `vendor.created`.
    ///
    /// A code that the team has MUST be refused even when two take it at once; a refusal leaves nothing.
    async fn create(
        &self,
        context: WriteContext<Vendor>,
        vendor: Vendor,
    ) -> Result<Written<Vendor>, VendorError>;

    /// Changes a vendor, with the audit entry `vendor.changed`; [`VendorError::NotFound`] if there is none.
    ///
    /// MUST lock it, apply [`Vendor::change`] at the context's time and save the result in one transaction.
    /// Where nothing differs it MUST write neither it nor an audit entry, and give it as it is.
    async fn change(
        &self,
        context: WriteContext<Vendor>,
        id: VendorId,
        change: VendorChange,
    ) -> Result<Written<Vendor>, VendorError>;

    /// The team's vendor of that id; one that [is not seen](Vendor::is_visible_to) is as good as none.
    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: VendorId,
    ) -> Result<Option<Vendor>, StoreError>;

    /// The team's vendors that [are seen](Vendor::is_visible_to) and that `filter` lets through, by code. What is
    /// not seen MUST NOT be counted either.
    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: VendorFilter,
        window: Window,
    ) -> Result<Listing<Vendor>, StoreError>;
}

/// Which vendors a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VendorFilter {
    /// Only those in use, or only those that are not.
    pub is_active: Option<bool>,
    /// Only those that [it finds](VendorSearch::finds).
    pub search: Option<VendorSearch>,
}

impl VendorFilter {
    /// Whether the filter lets a vendor through.
    pub fn passes(&self, vendor: &Vendor) -> bool {
        self.is_active.is_none_or(|is_active| is_active == vendor.is_active)
            && self.search.as_ref().is_none_or(|search| search.finds(&vendor.code, &vendor.name))
    }
}
