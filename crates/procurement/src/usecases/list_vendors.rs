use std::sync::Arc;

use kernel::access::Visibility;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};

use crate::ports::{VendorFilter, Vendors};
use crate::vendor::{Vendor, VendorError};

/// Lists vendors by code.
pub struct ListVendors {
    vendors: Arc<dyn Vendors>,
}

impl ListVendors {
    /// Stands on a vendor store.
    pub fn new(vendors: Arc<dyn Vendors>) -> Self {
        Self { vendors }
    }

    /// The window of the team's vendors that the caller sees and `filter` lets through.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: VendorFilter,
        window: Window,
    ) -> Result<Listing<Vendor>, VendorError> {
        Ok(self.vendors.list(team, visibility, filter, window).await?)
    }
}
