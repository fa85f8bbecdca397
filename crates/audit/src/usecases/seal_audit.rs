use std::sync::Arc;

use kernel::error::StoreError;

use crate::ports::Sealer;

/// Seals the waiting entries of every team.
pub struct SealAudit {
    sealer: Arc<dyn Sealer>,
}

impl SealAudit {
    /// Creates the use case.
    pub fn new(sealer: Arc<dyn Sealer>) -> Self {
        Self { sealer }
    }

    /// Seals until no entry is ready to be sealed; returns how many it sealed.
    ///
    /// # Errors
    /// When the store fails; what was sealed before stays sealed.
    pub async fn run(&self) -> Result<u64, StoreError> {
        let mut sealed = 0;
        loop {
            let batch = self.sealer.seal().await?;
            sealed += batch.sealed;
            if !batch.has_more {
                return Ok(sealed);
            }
        }
    }
}
