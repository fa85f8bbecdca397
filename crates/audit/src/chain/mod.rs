//! The chain of a team: its entries in the order of their seals, each seal standing on the one before.

pub(crate) mod entry;
pub(crate) mod values;
pub(crate) mod verifier;

use sha2::{Digest, Sha256};

use self::entry::Entry;
use self::values::{ChainHash, EntryId};

/// Says what the hash is of, and in which version of the layout.
const TAG: &[u8] = b"throughline audit seal 1\n";

/// What fixes an entry in its team's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// The entry's place in the chain: 1, 2, 3 and so on.
    pub sequence: i64,
    /// Which entry.
    pub entry: EntryId,
    /// SHA-256 over a tag, team, sequence, the hash of the seal before, and [`Entry::canonical`].
    pub hash: ChainHash,
}

impl Seal {
    /// The seal of `entry` after `previous`, which must be of the same team; after nothing, the chain's first.
    pub fn after(previous: Option<&Self>, entry: &Entry) -> Self {
        let sequence = previous.map_or(0, |seal| seal.sequence).saturating_add(1);
        let before = previous.map_or(ChainHash::NONE, |seal| seal.hash);
        let mut hash = Sha256::new();
        hash.update(TAG);
        hash.update(entry.team.uuid().as_bytes());
        hash.update(sequence.to_be_bytes());
        hash.update(before.bytes());
        hash.update(entry.canonical());
        Self { sequence, entry: entry.id, hash: ChainHash::new(hash.finalize().into()) }
    }
}

/// A seal with the entry it names, as a store has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The seal.
    pub seal: Seal,
    /// The entry; `None` if there is none of that id any more.
    pub entry: Option<Entry>,
}
