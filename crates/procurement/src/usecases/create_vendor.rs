use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::write::{WriteContext, Written};

use crate::ports::Vendors;
use crate::vendor::{Vendor, VendorDraft, VendorError};

/// Creates a vendor.
pub struct CreateVendor {
    vendors: Arc<dyn Vendors>,
    ids: Arc<dyn IdSource>,
}

impl CreateVendor {
    /// Stands on a vendor store and ids.
    pub fn new(vendors: Arc<dyn Vendors>, ids: Arc<dyn IdSource>) -> Self {
        Self { vendors, ids }
    }

    /// Creates the vendor that `draft` asks for.
    ///
    /// # Errors
    /// Every fault of the draft at once, or that the code is taken.
    pub async fn run(
        &self,
        context: WriteContext<Vendor>,
        draft: &VendorDraft,
    ) -> Result<Written<Vendor>, VendorError> {
        let new = draft.validate().map_err(VendorError::Invalid)?;
        let vendor = Vendor::create(self.ids.id(), new, context.at);
        Ok(self.vendors.create(context, vendor).await?)
    }
}
