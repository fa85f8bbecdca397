use std::sync::Arc;

use kernel::access::Visibility;
use kernel::id::{TeamId, VendorId};

use crate::ports::Vendors;
use crate::vendor::{Vendor, VendorError};

/// Shows one vendor.
pub struct GetVendor {
    vendors: Arc<dyn Vendors>,
}

impl GetVendor {
    /// Stands on a vendor store.
    pub fn new(vendors: Arc<dyn Vendors>) -> Self {
        Self { vendors }
    }

    /// The team's vendor of that id, as far as the caller sees.
    ///
    /// # Errors
    /// [`VendorError::NotFound`] when there is none, or none that `visibility` shows.
    pub async fn run(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: VendorId,
    ) -> Result<Vendor, VendorError> {
        self.vendors.find(team, visibility, id).await?.ok_or(VendorError::NotFound)
    }
}
