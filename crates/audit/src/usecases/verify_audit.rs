use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::error::{Cause, StoreError};
use kernel::id::TeamId;
use secrets::signing::{SigningKeys, Verification};

use crate::chain::verifier::Verifier;
use crate::finding::{Fault, Finding, NamedTeam, TeamSummary, Warning};
use crate::head::{Head, SignedHead};
use crate::ports::Chains;

/// A line of a file of heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadLine {
    /// Its file and line, for people.
    pub place: String,
    /// The line, without its end.
    pub text: String,
}

/// Lines of heads, as they are read.
pub type HeadLines = Box<dyn Iterator<Item = Result<HeadLine, Cause>> + Send>;

/// Verifies chains against their entries and the heads that were signed of them.
///
/// Heads are compared as they come and links as they are walked, so memory holds a page of either.
pub struct VerifyAudit {
    chains: Arc<dyn Chains>,
    keys: Arc<SigningKeys>,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The chains can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The heads can't be read.
    #[error("the heads of the audit chains can't be read")]
    Heads(#[source] Cause),
}

/// What heads tell of a team.
#[derive(Default)]
struct Heads {
    checked: u64,
    last: Option<Head>,
    /// The lowest sequence whose head differs from the chain, and how many differ.
    rewritten: Option<(i64, u64)>,
    forged: u64,
}

impl VerifyAudit {
    /// Links and heads that are in memory at once.
    pub const PAGE: u32 = 2_000;

    /// Stands on the chains and the installation's keys.
    pub fn new(chains: Arc<dyn Chains>, keys: Arc<SigningKeys>) -> Self {
        Self { chains, keys }
    }

    /// Verifies every team, or only one, and tells `tell` what it finds; gives how many faults there are.
    ///
    /// Heads are read before the chains are walked, so that a chain that grows meanwhile reaches them.
    ///
    /// # Errors
    /// When the chains or the heads can't be read.
    pub async fn run(
        &self,
        only: Option<TeamId>,
        lines: HeadLines,
        tell: &mut (dyn FnMut(Finding) + Send),
    ) -> Result<u64, VerifyError> {
        let mut faults = 0;
        let mut tell = |finding: Finding| {
            faults += u64::from(matches!(finding, Finding::Fault(..)));
            tell(finding);
        };
        let mut heads = self.heads(only, lines, &mut tell).await?;
        let mut teams = self.chains.teams().await?;
        for (id, _) in heads.iter().filter(|(_, heads)| heads.last.is_some()) {
            if !teams.iter().any(|team| team.id == *id) {
                teams.push(NamedTeam { id: *id, name: None });
            }
        }
        for team in teams.into_iter().filter(|team| only.is_none_or(|only| only == team.id)) {
            let heads = heads.remove(&team.id).unwrap_or_default();
            self.walk(team, heads, &mut tell).await?;
        }
        Ok(faults)
    }

    /// Reads the heads and compares each good one with the seal at its place, if there is one.
    async fn heads(
        &self,
        only: Option<TeamId>,
        lines: HeadLines,
        tell: &mut (dyn FnMut(Finding) + Send),
    ) -> Result<BTreeMap<TeamId, Heads>, VerifyError> {
        let mut heads: BTreeMap<TeamId, Heads> = BTreeMap::new();
        let mut page = Vec::new();
        for line in lines {
            let HeadLine { place, text } = line.map_err(VerifyError::Heads)?;
            let Ok(signed) = SignedHead::read(&text) else {
                tell(Finding::Warning(Warning::Unreadable { place }));
                continue;
            };
            let team = signed.head.team;
            if only.is_some_and(|only| only != team) {
                continue;
            }
            match signed.verify(&self.keys) {
                Verification::Good => page.push(signed.head),
                Verification::Forged => {
                    heads.entry(team).or_default().forged += 1;
                    tell(Finding::Fault(team, Fault::HeadForged { place }));
                }
                Verification::UnknownKey => {
                    tell(Finding::Warning(Warning::UnknownKey { place, key_id: signed.key_id }));
                }
            }
            if page.len() >= Self::PAGE as usize {
                self.compare(std::mem::take(&mut page), &mut heads).await?;
            }
        }
        self.compare(page, &mut heads).await?;
        Ok(heads)
    }

    async fn compare(&self, page: Vec<Head>, heads: &mut BTreeMap<TeamId, Heads>) -> Result<(), VerifyError> {
        let places = page.iter().map(|head| (head.team, head.sequence)).collect();
        let hashes = self.chains.hashes(places).await?;
        for (head, hash) in page.into_iter().zip(hashes) {
            let known = heads.entry(head.team).or_default();
            known.checked += 1;
            if known.last.is_none_or(|last| last.sequence < head.sequence) {
                known.last = Some(head);
            }
            // where there is no seal the walk says so: a gap, or a tail that was cut
            if hash.is_some_and(|hash| hash != head.hash) {
                let (lowest, count) = known.rewritten.unwrap_or((head.sequence, 0));
                known.rewritten = Some((lowest.min(head.sequence), count + 1));
            }
        }
        Ok(())
    }

    async fn walk(
        &self,
        team: NamedTeam,
        heads: Heads,
        tell: &mut (dyn FnMut(Finding) + Send),
    ) -> Result<(), VerifyError> {
        let mut faults = heads.forged;
        let mut fault = |fault: Fault| {
            faults += 1;
            tell(Finding::Fault(team.id, fault));
        };
        let mut verifier = Verifier::new(heads.last);
        let mut after = None;
        loop {
            let links = self.chains.links(team.id, after, Self::PAGE).await?;
            links.iter().flat_map(|link| verifier.next(link)).for_each(&mut fault);
            after = links.last().map(|link| link.seal.sequence);
            if links.len() < Self::PAGE as usize {
                break;
            }
        }
        let sealed = verifier.sealed();
        verifier.finish().into_iter().for_each(&mut fault);
        if let Some((sequence, heads)) = heads.rewritten {
            fault(Fault::Rewritten { sequence, heads });
        }
        let unsealed = self.chains.unsealed(team.id).await?;
        if unsealed.behind > 0 {
            fault(Fault::InsertedBehind { count: unsealed.behind, entries: unsealed.behind_entries });
        }
        let (waiting, heads) = (unsealed.waiting, heads.checked);
        tell(Finding::Walked(TeamSummary { team, sealed, waiting, heads, faults }));
        Ok(())
    }
}
