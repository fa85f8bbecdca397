use std::sync::Arc;

use kernel::error::StoreError;

use crate::ports::Sealer;

/// Seals what waits to be sealed, of every team.
pub struct SealAudit {
    sealer: Arc<dyn Sealer>,
}

impl SealAudit {
    /// Stands on a sealer.
    pub fn new(sealer: Arc<dyn Sealer>) -> Self {
        Self { sealer }
    }

    /// Seals until nothing is left that could be sealed at once; gives how many entries it sealed.
    ///
    /// # Errors
    /// When the store fails; what was sealed before stays so.
    pub async fn run(&self) -> Result<u64, StoreError> {
        let mut sealed = 0;
        loop {
            let turn = self.sealer.seal().await?;
            sealed += turn.sealed;
            if !turn.more {
                return Ok(sealed);
            }
        }
    }
}
