use kernel::id::TeamId;
use uuid::Uuid;

use super::{add, read, seal_all};
use crate::chain::verifier::Verifier;
use crate::chain::{Link, Seal};
use crate::ports::{AuditTrail, Chains, Sealer, Unsealed};

/// Every entry is sealed once, in its team's chain, and read back link by link.
///
/// # Panics
/// When the implementation violates a rule.
pub async fn sealing(
    trail: &dyn AuditTrail,
    sealer: &dyn Sealer,
    chains: &dyn Chains,
    team: TeamId,
    other_team: TeamId,
) {
    let teams = [team, other_team];
    seal_all(sealer, chains, teams).await;
    let before = links(chains, team).await.len();
    for n in 1..=7 {
        add(trail, team, n, "thing.made", Uuid::from_u128(1)).await;
        if n % 3 == 0 {
            add(trail, other_team, n, "thing.made", Uuid::from_u128(1)).await;
        }
    }
    seal_all(sealer, chains, teams).await;
    let first = links(chains, team).await;
    assert_eq!(first.len(), before + 7, "each entry has a seal");
    assert_eq!(read(chains.unsealed(team).await, "what waits can be read"), Unsealed::default());
    assert_intact(&first);
    assert_intact(&links(chains, other_team).await);

    read(sealer.seal().await, "sealing works");
    assert_eq!(links(chains, team).await, first, "nothing is sealed twice");
    add(trail, team, 8, "thing.changed", Uuid::from_u128(1)).await;
    let heads = read(chains.heads().await, "heads can be read");
    assert!(heads.contains(&(team, last(&first))), "a chain's head is its last seal: {heads:?}");
    seal_all(sealer, chains, teams).await;
    let second = links(chains, team).await;
    assert_eq!(second.get(..first.len()), Some(&*first), "what was sealed stays");
    assert_eq!(second.len(), first.len() + 1);
    assert_intact(&second);

    let end = last(&second);
    let page = read(chains.links(team, Some(end.sequence - 2), 1).await, "links can be read");
    assert_eq!(page.iter().map(|link| link.seal.sequence).collect::<Vec<_>>(), [end.sequence - 1]);
    let positions =
        vec![(team, end.sequence), (team, end.sequence + 1), (team, 1), (other_team, end.sequence)];
    let hashes = read(chains.hashes(positions).await, "hashes can be read");
    let genesis = first.first().map(|link| link.seal.hash);
    assert_eq!(hashes, [Some(end.hash), None, genesis, None], "hashes in the order of their positions");
    let named = read(chains.teams().await, "teams can be read");
    assert!(teams.iter().all(|id| named.iter().any(|team| team.id == *id && team.name.is_some())));
    assert!(named.is_sorted_by_key(|team| team.id), "teams come by id");
}

async fn links(chains: &dyn Chains, team: TeamId) -> Vec<Link> {
    read(chains.links(team, None, 1_000).await, "links can be read")
}

fn last(links: &[Link]) -> Seal {
    match links.last() {
        Some(link) => link.seal,
        None => panic!("the chain has a last link"),
    }
}

fn assert_intact(links: &[Link]) {
    let mut verifier = Verifier::new(None);
    for link in links {
        assert_eq!(verifier.next(link), [], "{link:?}");
    }
    assert_eq!(verifier.finish(), []);
}
