use std::sync::Arc;

use kernel::access::Visibility;
use kernel::clock::IdSource;
use kernel::id::{TeamId, VendorId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::ports::{VendorFilter, Vendors};
use crate::vendor::{NewVendor, Vendor, VendorChange, VendorError};

/// Creates, changes and shows vendors.
pub struct ManageVendors {
    vendors: Arc<dyn Vendors>,
    ids: Arc<dyn IdSource>,
}

impl ManageVendors {
    pub fn new(vendors: Arc<dyn Vendors>, ids: Arc<dyn IdSource>) -> Self {
        Self { vendors, ids }
    }

    /// Creates a vendor at the context's time.
    ///
    /// # Errors
    /// [`VendorError::CodeTaken`].
    pub async fn create(
        &self,
        context: WriteContext<Vendor>,
        new: NewVendor,
    ) -> Result<Written<Vendor>, VendorError> {
        let vendor = Vendor::create(self.ids.id(), new, context.at);
        self.vendors.create(context, vendor).await
    }

    /// Changes a vendor.
    ///
    /// # Errors
    /// [`VendorError::NotFound`].
    pub async fn change(
        &self,
        context: WriteContext<Vendor>,
        id: VendorId,
        change: VendorChange,
    ) -> Result<Written<Vendor>, VendorError> {
        self.vendors.change(context, id, change).await
    }

    /// The vendor of that id.
    ///
    /// # Errors
    /// [`VendorError::NotFound`], also where the caller may not see it.
    pub async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: VendorId,
    ) -> Result<Vendor, VendorError> {
        self.vendors.find(team, visibility, id).await?.ok_or(VendorError::NotFound)
    }

    /// The window of the team's vendors that the caller sees and `filter` lets through, by code.
    pub async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: VendorFilter,
        window: Window,
    ) -> Result<Listing<Vendor>, VendorError> {
        Ok(self.vendors.list(team, visibility, filter, window).await?)
    }
}
