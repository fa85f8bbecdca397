use kernel::id::TeamId;
use uuid::Uuid;

use super::{add, at, read, seal_all, shown, window};
use crate::ports::{AuditTrail, Chains, EntryFilter, ListedEntry, Sealer};

/// Entries are listed newest first within their team, by every filter, with their seals once they have them.
///
/// # Panics
/// When the implementation violates a rule.
pub async fn trail(
    trail: &dyn AuditTrail,
    sealer: &dyn Sealer,
    chains: &dyn Chains,
    team: TeamId,
    other_team: TeamId,
) {
    let things = [Uuid::from_u128(1), Uuid::from_u128(2)];
    // not in the order of their times
    for (n, action, thing) in
        [(2, "thing.changed", 0), (4, "thing.closed", 1), (1, "thing.made", 0), (3, "thing.made", 1)]
    {
        let thing = things.get(thing).copied().unwrap_or_default();
        add(trail, team, n, action, thing).await;
    }
    add(trail, other_team, 9, "thing.made", Uuid::from_u128(1)).await;

    let times = |n: &[i64]| n.iter().map(|n| at(*n).timestamp_micros()).collect::<Vec<_>>();
    let none = EntryFilter::default;
    let founding = shown(trail.list(team, none(), window(0, 100)).await, |listed| listed.entry.at).1 - 4;
    let of = |filter| async move {
        let things = EntryFilter { subject_kind: Some("thing".into()), ..filter };
        shown(trail.list(team, things, window(0, 100)).await, |listed| listed.entry.at)
    };
    assert_eq!(
        of(none()).await,
        (times(&[4, 3, 2, 1]), 4),
        "newest first; {founding} entries were there before"
    );
    let action = |action: &str| EntryFilter { action: Some(action.into()), ..none() };
    assert_eq!(of(action("thing.made")).await, (times(&[3, 1]), 2));
    assert_eq!(of(action("thing.mad")).await, (times(&[]), 0));
    let actor = EntryFilter { actor: Some(format!("user:{}", Uuid::from_u128(2))), ..none() };
    assert_eq!(of(actor).await, (times(&[2]), 1));
    let request = EntryFilter { request_id: Some("request-3".into()), ..none() };
    assert_eq!(of(request).await, (times(&[3]), 1));
    let subject = EntryFilter { subject: things.first().copied(), ..none() };
    assert_eq!(of(subject).await, (times(&[2, 1]), 2));
    let between = EntryFilter { from: Some(at(2)), to: Some(at(4)), ..none() };
    assert_eq!(of(between).await, (times(&[3, 2]), 2), "from a time on, and before one");
    let kind = EntryFilter { subject_kind: Some("nothing".into()), ..none() };
    assert_eq!(shown(trail.list(team, kind, window(0, 9)).await, |listed| listed.entry.at), (vec![], 0));
    let things = EntryFilter { subject_kind: Some("thing".into()), ..none() };
    let part = shown(trail.list(team, things.clone(), window(1, 2)).await, |listed| listed.entry.at);
    assert_eq!(part, (times(&[3, 2]), 4), "a window of the list, and how long the whole is");

    let newest = async || {
        let listing = read(trail.list(team, things.clone(), window(0, 1)).await, "a list can be read");
        match <[ListedEntry; 1]>::try_from(listing.items) {
            Ok([newest]) => newest,
            Err(other) => panic!("one entry was asked for: {other:?}"),
        }
    };
    let entry = newest().await.entry;
    let facts = (&*entry.actor, &*entry.request_id, &*entry.action, &*entry.subject_kind, entry.subject);
    let actor = format!("user:{}", Uuid::from_u128(4));
    assert_eq!(facts, (&*actor, "request-4", "thing.closed", "thing", Uuid::from_u128(2)));
    let holds = |text: &Option<String>, part: &str| text.as_ref().is_some_and(|text| text.contains(part));
    assert!(holds(&entry.before, "3") && holds(&entry.after, "1.50"), "numbers keep their digits: {entry:?}");

    seal_all(sealer, chains, [team, other_team]).await;
    let links = read(chains.links(team, None, 100).await, "links can be read");
    let link = links.iter().find(|link| link.seal.entry == entry.id);
    let sealed = newest().await;
    assert_eq!(sealed.seal, link.map(|link| link.seal), "a sealed entry shows its seal");
    assert_eq!(
        link.and_then(|link| link.entry.as_ref()),
        Some(&sealed.entry),
        "the list shows what is sealed"
    );
}
