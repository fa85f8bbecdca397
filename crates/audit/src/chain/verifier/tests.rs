use chrono::DateTime;
use kernel::id::Id;
use uuid::Uuid;

use super::*;
use crate::chain::entry::Entry;

fn entry(n: u128) -> Entry {
    Entry {
        team: Id::new(Uuid::from_u128(1)),
        id: Id::new(Uuid::from_u128(n)),
        at: 1_736_935_800_000_000,
        actor: "user:1".into(),
        request_id: "req_1".into(),
        action: "department.created".into(),
        subject_kind: "department".into(),
        subject: Uuid::from_u128(n),
        before: None,
        after: Some("{}".into()),
    }
}

/// A chain of entries 1 to `length`.
fn chain(length: u128) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for entry in (1..=length).map(entry) {
        let seal = Seal::after(links.last().map(|link| &link.seal), &entry);
        links.push(Link { seal, entry: Some(entry) });
    }
    links
}

fn head(link: &Link) -> Head {
    let Seal { sequence, hash, .. } = link.seal;
    Head { team: Id::new(Uuid::from_u128(1)), sequence, hash, at: DateTime::UNIX_EPOCH }
}

fn verified(links: &[Link], head: Option<Head>) -> Vec<Violation> {
    let mut verifier = Verifier::new(head);
    let mut violations: Vec<_> = links.iter().flat_map(|link| verifier.next(link)).collect();
    assert_eq!(verifier.sealed(), links.len() as u64);
    violations.extend(verifier.finish());
    violations
}

fn edit(link: &mut Link) {
    link.entry.as_mut().unwrap().actor.push('0');
}

fn altered(sequence: i64) -> Violation {
    Violation::EntryAltered { sequence, entry: Id::new(Uuid::from_u128(sequence.unsigned_abs().into())) }
}

#[test]
fn an_unaltered_chain_has_no_violation() {
    for length in [0, 1, 2, 9] {
        let links = chain(length);
        assert_eq!(verified(&links, None), []);
        assert_eq!(verified(&links, links.last().map(head)), []);
        assert_eq!(verified(&links, links.first().map(head)), [], "a chain that grew after its head");
    }
}

#[test]
fn an_entry_that_was_altered_is_named() {
    for sequence in [1, 2, 4] {
        let mut links = chain(5);
        edit(&mut links[sequence - 1]);
        assert_eq!(verified(&links, None), [altered(sequence as i64)]);
    }
}

#[test]
fn only_a_head_shows_that_the_last_entry_was_altered_and_not_its_seal() {
    let mut links = chain(3);
    let head = head(&links[2]);
    edit(&mut links[2]);
    assert_eq!(verified(&links, Some(head)), [altered(3)]);
    assert_eq!(verified(&links, None), [Violation::BrokenLink { from: 3, to: 3 }]);
    links[2].seal.hash = ChainHash::new([1; 32]);
    assert_eq!(verified(&links, Some(head)), [Violation::BrokenLink { from: 3, to: 3 }]);
}

#[test]
fn a_seal_that_was_altered_breaks_its_own_link_and_the_next() {
    let mut links = chain(5);
    links[2].seal.hash = ChainHash::new([1; 32]);
    assert_eq!(verified(&links, None), [Violation::BrokenLink { from: 3, to: 4 }]);
    let mut links = chain(5);
    links[4].seal.hash = ChainHash::new([1; 32]);
    assert_eq!(verified(&links, None), [Violation::BrokenLink { from: 5, to: 5 }]);
}

#[test]
fn swapped_entries_break_every_link_they_touch() {
    let mut links = chain(5);
    let second = links[1].entry.take();
    links[1].entry = std::mem::replace(&mut links[3].entry, second);
    assert_eq!(verified(&links, None), [altered(2), altered(4)]);
    let mut links = chain(5);
    let (second, fourth) = (links[1].seal, links[3].seal);
    links[1].seal = Seal { sequence: 2, ..fourth };
    links[3].seal = Seal { sequence: 4, ..second };
    assert_eq!(verified(&links, None), [Violation::BrokenLink { from: 2, to: 5 }]);
}

#[test]
fn an_entry_that_is_gone_is_named_and_what_follows_still_holds() {
    for sequence in [1, 3, 5] {
        let mut links = chain(5);
        let entry = links[sequence - 1].entry.take().unwrap().id;
        let deleted = Violation::EntryDeleted { sequence: sequence as i64, entry };
        assert_eq!(verified(&links, None), [deleted]);
    }
}

#[test]
fn seals_that_are_gone_leave_a_gap_and_what_follows_still_holds() {
    for (gone, from, to) in [(0..1, 1, 1), (1..3, 2, 3), (0..4, 1, 4)] {
        let mut links = chain(5);
        links.drain(gone);
        assert_eq!(verified(&links, None), [Violation::Gap { from, to }]);
    }
    let mut links = chain(5);
    links.remove(2);
    edit(&mut links[3]);
    assert_eq!(
        verified(&links, None),
        [Violation::Gap { from: 3, to: 3 }, Violation::BrokenLink { from: 5, to: 5 }]
    );
}

#[test]
fn a_tail_that_was_cut_shows_by_the_head() {
    let mut links = chain(5);
    let head = links.last().map(head);
    links.truncate(2);
    assert_eq!(verified(&links, None), [], "without a head nobody knows");
    assert_eq!(verified(&links, head), [Violation::TailCut { end: 2, head: 5 }]);
    assert_eq!(verified(&[], head), [Violation::TailCut { end: 0, head: 5 }]);
}

#[test]
fn an_inserted_link_breaks_the_chain() {
    let mut links = chain(4);
    let foreign = entry(9);
    let seal = Seal::after(Some(&links[1].seal), &foreign);
    links.insert(2, Link { seal, entry: Some(foreign) });
    // two of one sequence can't be in a store that has its key; whoever took that away is found too
    assert_eq!(verified(&links, None), [Violation::BrokenLink { from: 3, to: 3 }]);
    for (sequence, link) in (1..).zip(&mut links) {
        link.seal.sequence = sequence;
    }
    assert_eq!(verified(&links, None), [Violation::BrokenLink { from: 4, to: 5 }]);
}

#[test]
fn several_violations_are_all_reported() {
    let mut links = chain(9);
    edit(&mut links[0]);
    links[2].entry = None;
    edit(&mut links[5]);
    edit(&mut links[6]);
    links.remove(8);
    let entry = links[2].seal.entry;
    let head = Some(head(&chain(9)[8]));
    let expected = [
        altered(1),
        Violation::EntryDeleted { sequence: 3, entry },
        Violation::BrokenLink { from: 6, to: 7 },
        Violation::TailCut { end: 8, head: 9 },
    ];
    assert_eq!(verified(&links, head), expected);
}
