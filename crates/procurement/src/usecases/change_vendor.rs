use std::sync::Arc;

use kernel::id::VendorId;
use kernel::write::{WriteContext, Written};

use crate::ports::Vendors;
use crate::vendor::{Vendor, VendorError, VendorPatch};

/// Changes what is known of a vendor, or takes it out of use or back into it.
pub struct ChangeVendor {
    vendors: Arc<dyn Vendors>,
}

impl ChangeVendor {
    /// Stands on a vendor store.
    pub fn new(vendors: Arc<dyn Vendors>) -> Self {
        Self { vendors }
    }

    /// Changes the vendor as `patch` asks; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// Every fault of the patch at once, or that there is no such vendor.
    pub async fn run(
        &self,
        context: WriteContext<Vendor>,
        id: VendorId,
        patch: &VendorPatch,
    ) -> Result<Written<Vendor>, VendorError> {
        let change = patch.validate().map_err(VendorError::Invalid)?;
        Ok(self.vendors.change(context, id, change).await?)
    }
}
