use super::entry::EntryId;
use super::hash::ChainHash;
use super::head::Head;
use super::violation::Violation;
use super::{Link, Seal};

/// A verifier of one team's chain, link by link from its first.
///
/// A seal is trusted if the seal after it, or a signed head, confirms it: then the entry was altered; otherwise it may as
/// well be the seal.
#[derive(Debug)]
pub struct Verifier {
    head: Option<Head>,
    last: Option<Seal>,
    /// Whether the link of the last seal holds.
    last_holds: bool,
    broken: Option<BrokenLinks>,
    sealed: u64,
}

/// Consecutive links that don't hold.
#[derive(Debug, Clone, Copy)]
struct BrokenLinks {
    from: i64,
    to: i64,
    /// The entry of the first.
    entry: EntryId,
    /// The hash of the last.
    hash: ChainHash,
    /// Whether they directly follow a link that holds.
    follows_intact: bool,
}

impl Verifier {
    /// Creates a verifier; `head` is the team's last signed head, if there is one.
    pub fn new(head: Option<Head>) -> Self {
        Self { head, last: None, last_holds: true, broken: None, sealed: 0 }
    }

    /// The number of seals so far.
    pub fn sealed(&self) -> u64 {
        self.sealed
    }

    /// Verifies the next link in the order of sequences; returns the violations that are certain by now.
    pub fn next(&mut self, link: &Link) -> Vec<Violation> {
        self.sealed += 1;
        let seal = link.seal;
        let expected = self.last.map_or(0, |last| last.sequence).saturating_add(1);
        let mut violations = Vec::new();
        let holds = match &link.entry {
            _ if seal.sequence > expected => {
                violations.extend(self.end_broken_links(false));
                violations.push(Violation::Gap { from: expected, to: seal.sequence - 1 });
                false
            }
            None => {
                violations.extend(self.end_broken_links(false));
                violations.push(Violation::EntryDeleted { sequence: seal.sequence, entry: seal.entry });
                false
            }
            Some(entry) if Seal::after(self.last.as_ref(), entry) == seal => {
                violations.extend(self.end_broken_links(true));
                true
            }
            Some(_) => {
                self.add_broken_link(seal, expected);
                false
            }
        };
        self.last_holds = holds;
        self.last = Some(seal);
        violations
    }

    /// Ends the verification; returns the violations that only the end shows.
    pub fn finish(mut self) -> Vec<Violation> {
        let is_confirmed = self.broken.is_some_and(|broken| {
            self.head.is_some_and(|head| (head.sequence, head.hash) == (broken.to, broken.hash))
        });
        let mut violations: Vec<_> = self.end_broken_links(is_confirmed).into_iter().collect();
        let end = self.last.map_or(0, |last| last.sequence);
        if let Some(head) = self.head.filter(|head| head.sequence > end) {
            violations.push(Violation::TailCut { end, head: head.sequence });
        }
        violations
    }

    fn add_broken_link(&mut self, Seal { sequence, entry, hash }: Seal, expected: i64) {
        let follows_intact = self.last_holds && sequence == expected;
        let new = BrokenLinks { from: sequence, to: sequence, entry, hash, follows_intact };
        let broken = self.broken.get_or_insert(new);
        (broken.to, broken.hash) = (sequence, hash);
    }

    /// Ends a run of broken links; `is_confirmed` if a later seal or a head confirms the last of their seals.
    fn end_broken_links(&mut self, is_confirmed: bool) -> Option<Violation> {
        let BrokenLinks { from, to, entry, follows_intact, .. } = self.broken.take()?;
        Some(if is_confirmed && follows_intact && from == to {
            Violation::EntryAltered { sequence: from, entry }
        } else {
            Violation::BrokenLink { from, to }
        })
    }
}

#[cfg(test)]
mod tests;
