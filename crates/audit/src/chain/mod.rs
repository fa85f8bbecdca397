//! The hash chain of a team: its sealed entries, each seal a hash over the seal before it.

pub(crate) mod entry;
pub(crate) mod hash;
pub(crate) mod head;
pub(crate) mod verifier;
pub(crate) mod violation;

use sha2::{Digest, Sha256};

use self::entry::{Entry, EntryId};
use self::hash::ChainHash;

/// Names what is hashed, and the version of the layout.
const TAG: &[u8] = b"throughline audit seal 1\n";

/// The seal of an entry in its team's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// The entry's position in the chain: 1, 2, 3 and so on.
    pub sequence: i64,
    /// The sealed entry.
    pub entry: EntryId,
    /// SHA-256 over a tag, team, sequence, the hash of the seal before, and [`Entry::canonical`].
    pub hash: ChainHash,
}

impl Seal {
    /// Seals `entry` after `previous`, which must be of the same team; `None` starts the chain.
    pub fn after(previous: Option<&Self>, entry: &Entry) -> Self {
        let sequence = previous.map_or(0, |seal| seal.sequence).saturating_add(1);
        let before = previous.map_or(ChainHash::GENESIS, |seal| seal.hash);
        let mut hash = Sha256::new();
        hash.update(TAG);
        hash.update(entry.team.uuid().as_bytes());
        hash.update(sequence.to_be_bytes());
        hash.update(before.bytes());
        hash.update(entry.canonical());
        Self { sequence, entry: entry.id, hash: ChainHash::new(hash.finalize().into()) }
    }
}

/// A seal with its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub seal: Seal,
    /// The entry; `None` if it no longer exists.
    pub entry: Option<Entry>,
}
