use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::clock::Clock;
use kernel::error::{Cause, StoreError};
use kernel::id::TeamId;
use secrets::signing::SigningKeys;

use crate::head::{Head, SignedHead};
use crate::ports::{Chains, HeadArchive};

/// Signs the heads of chains that moved and keeps them outside the store.
pub struct SignHeads {
    chains: Arc<dyn Chains>,
    archive: Arc<dyn HeadArchive>,
    keys: Arc<SigningKeys>,
    clock: Arc<dyn Clock>,
    /// The sequence that was last signed of each team, by this process.
    signed: Mutex<BTreeMap<TeamId, i64>>,
}

/// Why heads were not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignHeadsError {
    /// The chains can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The archive takes no heads.
    #[error("the heads of the audit chains can't be written")]
    Archive(#[source] Cause),
}

impl SignHeads {
    /// Stands on the chains and an archive.
    pub fn new(
        chains: Arc<dyn Chains>,
        archive: Arc<dyn HeadArchive>,
        keys: Arc<SigningKeys>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { chains, archive, keys, clock, signed: Mutex::default() }
    }

    /// Signs and keeps the head of each chain that moved since this process last did; gives how many.
    ///
    /// # Errors
    /// When the chains can't be read or the archive takes no heads; the next run tries the same again.
    pub async fn run(&self) -> Result<usize, SignHeadsError> {
        let heads = self.chains.heads().await?;
        let at = self.clock.now();
        let moved: Vec<_> = {
            let signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
            let moved = heads.into_iter().filter(|(team, seal)| signed.get(team) != Some(&seal.sequence));
            moved
                .map(|(team, seal)| Head { team, sequence: seal.sequence, hash: seal.hash, at })
                .map(|head| SignedHead::sign(head, &self.keys))
                .collect()
        };
        if moved.is_empty() {
            return Ok(0);
        }
        self.archive.keep(moved.clone()).await.map_err(SignHeadsError::Archive)?;
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        signed.extend(moved.iter().map(|signed| (signed.head.team, signed.head.sequence)));
        Ok(moved.len())
    }
}
