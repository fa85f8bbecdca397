use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::clock::Clock;
use kernel::error::{Cause, StoreError};
use kernel::id::TeamId;
use secrets::signing::SigningKeys;

use crate::chain::head::{Head, SignedHead};
use crate::ports::{Chains, HeadArchive};

/// Signs the heads of chains that grew and archives them outside the store.
pub struct SignHeads {
    chains: Arc<dyn Chains>,
    archive: Arc<dyn HeadArchive>,
    keys: Arc<SigningKeys>,
    clock: Arc<dyn Clock>,
    /// The last sequence of each team that this process signed.
    signed: Mutex<BTreeMap<TeamId, i64>>,
}

/// Why heads were not archived.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignHeadsError {
    /// The chains could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The heads could not be archived.
    #[error("the heads of the audit chains can't be written")]
    Archive(#[source] Cause),
}

impl SignHeads {
    /// Creates the use case.
    pub fn new(
        chains: Arc<dyn Chains>,
        archive: Arc<dyn HeadArchive>,
        keys: Arc<SigningKeys>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { chains, archive, keys, clock, signed: Mutex::default() }
    }

    /// Signs and archives the head of each chain that grew since this process last did; returns how many.
    ///
    /// # Errors
    /// When the chains can't be read or the heads not archived; the next run tries the same again.
    pub async fn run(&self) -> Result<usize, SignHeadsError> {
        let heads = self.chains.heads().await?;
        let at = self.clock.now();
        let new: Vec<_> = {
            let signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
            let new = heads.into_iter().filter(|(team, seal)| signed.get(team) != Some(&seal.sequence));
            new.map(|(team, seal)| Head { team, sequence: seal.sequence, hash: seal.hash, at })
                .map(|head| SignedHead::sign(head, &self.keys))
                .collect()
        };
        if new.is_empty() {
            return Ok(0);
        }
        self.archive.archive(new.clone()).await.map_err(SignHeadsError::Archive)?;
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        signed.extend(new.iter().map(|signed| (signed.head.team, signed.head.sequence)));
        Ok(new.len())
    }
}
