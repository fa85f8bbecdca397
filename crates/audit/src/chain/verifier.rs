use super::values::{ChainHash, EntryId};
use super::{Link, Seal};
use crate::finding::Fault;
use crate::head::Head;

/// Walks one team's chain, link by link from its first, and says every fault.
///
/// What a seal says of its entry is believed if the seal after it, or a signed head, vouches for it: then the
/// entry was altered, else it may as well be the seal.
#[derive(Debug)]
pub struct Verifier {
    head: Option<Head>,
    last: Option<Seal>,
    /// Whether the last seal was seen to follow from the one before it.
    followed: bool,
    broken: Option<Broken>,
    sealed: u64,
}

/// Links in a row that don't hold.
#[derive(Debug, Clone, Copy)]
struct Broken {
    from: i64,
    to: i64,
    entry: EntryId,
    /// The last of them.
    hash: ChainHash,
    /// Whether the link before them holds, and they stand at their place after it.
    follows: bool,
}

impl Verifier {
    /// Begins; `head` is the last head that was signed of the team, if one was.
    pub fn new(head: Option<Head>) -> Self {
        Self { head, last: None, followed: true, broken: None, sealed: 0 }
    }

    /// Seals seen so far.
    pub fn sealed(&self) -> u64 {
        self.sealed
    }

    /// Takes the next link in the order of sequences; gives the faults that are certain with it.
    pub fn next(&mut self, link: &Link) -> Vec<Fault> {
        self.sealed += 1;
        let seal = link.seal;
        let expected = self.last.map_or(0, |last| last.sequence).saturating_add(1);
        let mut faults = Vec::new();
        let follows = match &link.entry {
            _ if seal.sequence > expected => {
                faults.extend(self.settle(false));
                faults.push(Fault::Gap { from: expected, to: seal.sequence - 1 });
                false
            }
            None => {
                faults.extend(self.settle(false));
                faults.push(Fault::EntryDeleted { sequence: seal.sequence, entry: seal.entry });
                false
            }
            Some(entry) if Seal::after(self.last.as_ref(), entry) == seal => {
                faults.extend(self.settle(true));
                true
            }
            Some(_) => {
                self.break_at(seal, expected);
                false
            }
        };
        self.followed = follows;
        self.last = Some(seal);
        faults
    }

    /// Ends; gives the faults that only the end shows.
    pub fn finish(mut self) -> Vec<Fault> {
        let vouched = self.broken.is_some_and(|broken| {
            self.head.is_some_and(|head| (head.sequence, head.hash) == (broken.to, broken.hash))
        });
        let mut faults: Vec<_> = self.settle(vouched).into_iter().collect();
        let end = self.last.map_or(0, |last| last.sequence);
        if let Some(head) = self.head.filter(|head| head.sequence > end) {
            faults.push(Fault::TailCut { end, head: head.sequence });
        }
        faults
    }

    fn break_at(&mut self, seal: Seal, expected: i64) {
        let Seal { sequence, entry, hash } = seal;
        let follows = self.followed && sequence == expected;
        let broken = self.broken.get_or_insert(Broken { from: sequence, to: sequence, entry, hash, follows });
        broken.to = sequence;
        broken.hash = hash;
    }

    /// Ends a row of broken links; `vouched` if what comes after stands on its last seal.
    fn settle(&mut self, vouched: bool) -> Option<Fault> {
        let Broken { from, to, entry, follows, .. } = self.broken.take()?;
        Some(if vouched && follows && from == to {
            Fault::EntryAltered { sequence: from, entry }
        } else {
            Fault::BrokenLink { from, to }
        })
    }
}

#[cfg(test)]
mod tests;
