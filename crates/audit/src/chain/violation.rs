use super::entry::EntryId;

/// A violation of a chain's integrity: data was changed past the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    #[error("sequence {sequence}: entry {entry} was altered after it was sealed")]
    EntryAltered { sequence: i64, entry: EntryId },
    #[error("sequence {sequence}: entry {entry} was deleted after it was sealed")]
    EntryDeleted { sequence: i64, entry: EntryId },
    /// Seals within the chain, or at its beginning, are gone.
    #[error("{}", per_range(*from, *to, "the seal is gone", "the seals are gone"))]
    Gap { from: i64, to: i64 },
    /// Consecutive links do not hold, by altered entries or by altered seals.
    #[error("{}", per_range(
        *from, *to,
        "the link is broken: the entry or its seal was altered",
        "the links are broken: entries or seals were altered or moved",
    ))]
    BrokenLink { from: i64, to: i64 },
    /// The chain ends (at 0 if it is empty) before a signed head.
    #[error("the chain ends at sequence {end}, but a head of sequence {head} was signed: its tail was cut")]
    TailCut { end: i64, head: i64 },
    /// Seals differ from signed heads: the chain was computed anew.
    #[error("sequence {sequence}: the chain was rewritten: {heads} signed heads from here on say otherwise")]
    Rewritten { sequence: i64, heads: u64 },
    /// A head's line was altered, or made without the key.
    #[error("{location}: the head's signature is not good: the line was altered")]
    HeadForged { location: String },
    /// Entries inserted where the sealer had already passed, so that it never seals them; at most twenty are named.
    #[error("{count} entries were put in behind the sealer's back: {}", listed(entries))]
    InsertedBehind { count: u64, entries: Vec<EntryId> },
}

fn per_range(from: i64, to: i64, one: &str, several: &str) -> String {
    if from == to {
        format!("sequence {from}: {one}")
    } else {
        format!("sequences {from} to {to}: {several}")
    }
}

fn listed(entries: &[EntryId]) -> String {
    entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
