//! What a verification finds.

use std::fmt;

use kernel::id::TeamId;

use crate::chain::values::EntryId;

/// Something that should not be: somebody went past the service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// An entry is not what it was when it was sealed.
    EntryAltered {
        /// Its place in the chain.
        sequence: i64,
        /// Which entry.
        entry: EntryId,
    },
    /// An entry that was sealed is gone, its seal is there.
    EntryDeleted {
        /// Its place in the chain.
        sequence: i64,
        /// Which entry.
        entry: EntryId,
    },
    /// Seals within the chain, or at its beginning, are gone.
    Gap {
        /// The first missing sequence.
        from: i64,
        /// The last missing sequence.
        to: i64,
    },
    /// Links do not hold, and it can't be told whether it was the seals or the entries that were altered.
    BrokenLink {
        /// The first of them.
        from: i64,
        /// The last of them, in a row.
        to: i64,
    },
    /// The chain ends before a head that was signed.
    TailCut {
        /// Where it ends; 0 if there is nothing.
        end: i64,
        /// The last signed head.
        head: i64,
    },
    /// Seals are not those that heads were signed of: the chain was computed anew.
    Rewritten {
        /// The first sequence whose head says otherwise.
        sequence: i64,
        /// How many heads say otherwise.
        heads: u64,
    },
    /// A head's line was altered or made by somebody without the key.
    HeadForged {
        /// Its file and line.
        place: String,
    },
    /// Entries that the sealer had already passed when they appeared, so that it will never seal them.
    InsertedBehind {
        /// How many.
        count: u64,
        /// Which ones: at most twenty.
        entries: Vec<EntryId>,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EntryAltered { sequence, entry } => {
                write!(f, "sequence {sequence}: entry {entry} was altered after it was sealed")
            }
            Self::EntryDeleted { sequence, entry } => {
                write!(f, "sequence {sequence}: entry {entry} was deleted after it was sealed")
            }
            Self::Gap { from, to } if from == to => write!(f, "sequence {from}: the seal is gone"),
            Self::Gap { from, to } => write!(f, "sequences {from} to {to}: the seals are gone"),
            Self::BrokenLink { from, to } if from == to => {
                write!(f, "sequence {from}: the link is broken: the entry or its seal was altered")
            }
            Self::BrokenLink { from, to } => {
                write!(
                    f,
                    "sequences {from} to {to}: the links are broken: entries or seals were altered or moved"
                )
            }
            Self::TailCut { end, head } => {
                write!(
                    f,
                    "the chain ends at sequence {end}, but a head of sequence {head} was signed: its tail was cut"
                )
            }
            Self::Rewritten { sequence, heads } => write!(
                f,
                "sequence {sequence}: the chain was rewritten: {heads} signed heads from here on say otherwise"
            ),
            Self::HeadForged { place } => {
                write!(f, "{place}: the head's signature is not good: the line was altered")
            }
            Self::InsertedBehind { count, entries } => {
                let named: Vec<_> = entries.iter().map(ToString::to_string).collect();
                write!(f, "{count} entries were put in behind the sealer's back: {}", named.join(", "))
            }
        }
    }
}

/// Something that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A head is signed by a key that is none of the installation's, so it was not used.
    UnknownKey {
        /// Its file and line.
        place: String,
        /// The key it names.
        key_id: String,
    },
    /// A line is no head: broken off when a machine stopped, or altered.
    Unreadable {
        /// Its file and line.
        place: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { place, key_id } => {
                write!(
                    f,
                    "{place}: signed by the key {key_id}, which is none of this installation's: not used"
                )
            }
            Self::Unreadable { place } => write!(f, "{place}: no head can be read in this line: not used"),
        }
    }
}

/// A team, and its name for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTeam {
    /// Which team.
    pub id: TeamId,
    /// Its name; `None` if heads tell of it and the store does not.
    pub name: Option<String>,
}

/// What a verification says, in the order it finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Something is wrong with this team's trail.
    Fault(TeamId, Fault),
    /// Something could not be looked at.
    Warning(Warning),
    /// A team was walked to its end.
    Walked(TeamSummary),
}

/// What was looked at of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamSummary {
    /// Which team.
    pub team: NamedTeam,
    /// Entries sealed.
    pub sealed: u64,
    /// Entries that wait to be sealed.
    pub waiting: u64,
    /// Heads compared with the chain.
    pub heads: u64,
    /// Faults found of it.
    pub faults: u64,
}
