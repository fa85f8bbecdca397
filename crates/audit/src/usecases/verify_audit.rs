use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::error::{Cause, StoreError};
use kernel::id::TeamId;
use secrets::signing::{SigningKeys, Verification};

use crate::chain::head::{Head, SignedHead};
use crate::chain::verifier::Verifier;
use crate::chain::violation::Violation;
use crate::finding::{Finding, NamedTeam, TeamSummary, Warning};
use crate::ports::Chains;

/// A line of a file of heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadLine {
    /// Its file and line, for people.
    pub location: String,
    /// The line, without its end.
    pub text: String,
}

/// The lines of files of heads.
pub type HeadLines = Box<dyn Iterator<Item = Result<HeadLine, Cause>> + Send>;

/// Verifies chains against their entries and their signed heads.
///
/// Heads are compared and links verified page by page, so memory holds a page of either.
pub struct VerifyAudit {
    chains: Arc<dyn Chains>,
    keys: Arc<SigningKeys>,
}

/// Why the verification ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The chains could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The heads could not be read.
    #[error("the heads of the audit chains can't be read")]
    Heads(#[source] Cause),
}

/// The signed heads of a team, compared with its chain.
#[derive(Default)]
struct TeamHeads {
    checked: u64,
    last: Option<Head>,
    /// The lowest sequence whose head differs from the chain, and how many differ.
    rewritten: Option<(i64, u64)>,
    forged: u64,
}

impl VerifyAudit {
    /// The number of links and of heads in memory at once.
    pub const PAGE: u32 = 2_000;

    /// Creates the use case.
    pub fn new(chains: Arc<dyn Chains>, keys: Arc<SigningKeys>) -> Self {
        Self { chains, keys }
    }

    /// Verifies every team, or only one, and passes each finding to `report`; returns the number of violations.
    ///
    /// Heads are read before the chains, so that a chain that grows meanwhile reaches them.
    ///
    /// # Errors
    /// When the chains or the heads can't be read.
    pub async fn run(
        &self,
        only: Option<TeamId>,
        lines: HeadLines,
        report: &mut (dyn FnMut(Finding) + Send),
    ) -> Result<u64, VerifyError> {
        let mut violations = 0;
        let mut report = |finding: Finding| {
            violations += u64::from(matches!(finding, Finding::Violation(..)));
            report(finding);
        };
        let mut heads = self.read_heads(only, lines, &mut report).await?;
        let mut teams = self.chains.teams().await?;
        for (id, _) in heads.iter().filter(|(_, heads)| heads.last.is_some()) {
            if !teams.iter().any(|team| team.id == *id) {
                teams.push(NamedTeam { id: *id, name: None });
            }
        }
        for team in teams.into_iter().filter(|team| only.is_none_or(|only| only == team.id)) {
            let heads = heads.remove(&team.id).unwrap_or_default();
            self.verify_team(team, heads, &mut report).await?;
        }
        Ok(violations)
    }

    /// Reads the heads and compares each valid one with the seal at its position, if there is one.
    async fn read_heads(
        &self,
        only: Option<TeamId>,
        lines: HeadLines,
        report: &mut (dyn FnMut(Finding) + Send),
    ) -> Result<BTreeMap<TeamId, TeamHeads>, VerifyError> {
        let mut heads: BTreeMap<TeamId, TeamHeads> = BTreeMap::new();
        let mut page = Vec::new();
        for line in lines {
            let HeadLine { location, text } = line.map_err(VerifyError::Heads)?;
            let Ok(signed) = SignedHead::read(&text) else {
                report(Finding::Warning(Warning::Unreadable { location }));
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
                    report(Finding::Violation(team, Violation::HeadForged { location }));
                }
                Verification::UnknownKey => {
                    report(Finding::Warning(Warning::UnknownKey { location, key_id: signed.key_id }));
                }
            }
            if page.len() >= Self::PAGE as usize {
                self.compare(std::mem::take(&mut page), &mut heads).await?;
            }
        }
        self.compare(page, &mut heads).await?;
        Ok(heads)
    }

    async fn compare(
        &self,
        page: Vec<Head>,
        heads: &mut BTreeMap<TeamId, TeamHeads>,
    ) -> Result<(), VerifyError> {
        let positions = page.iter().map(|head| (head.team, head.sequence)).collect();
        let hashes = self.chains.hashes(positions).await?;
        for (head, hash) in page.into_iter().zip(hashes) {
            let known = heads.entry(head.team).or_default();
            known.checked += 1;
            if known.last.is_none_or(|last| last.sequence < head.sequence) {
                known.last = Some(head);
            }
            // a missing seal is reported by the verifier: a gap, or a tail that was cut
            if hash.is_some_and(|hash| hash != head.hash) {
                let (lowest, count) = known.rewritten.unwrap_or((head.sequence, 0));
                known.rewritten = Some((lowest.min(head.sequence), count + 1));
            }
        }
        Ok(())
    }

    async fn verify_team(
        &self,
        team: NamedTeam,
        heads: TeamHeads,
        report: &mut (dyn FnMut(Finding) + Send),
    ) -> Result<(), VerifyError> {
        let mut violations = heads.forged;
        let mut add = |violation: Violation| {
            violations += 1;
            report(Finding::Violation(team.id, violation));
        };
        let mut verifier = Verifier::new(heads.last);
        let mut after = None;
        loop {
            let links = self.chains.links(team.id, after, Self::PAGE).await?;
            links.iter().flat_map(|link| verifier.next(link)).for_each(&mut add);
            after = links.last().map(|link| link.seal.sequence);
            if links.len() < Self::PAGE as usize {
                break;
            }
        }
        let sealed = verifier.sealed();
        verifier.finish().into_iter().for_each(&mut add);
        if let Some((sequence, heads)) = heads.rewritten {
            add(Violation::Rewritten { sequence, heads });
        }
        let unsealed = self.chains.unsealed(team.id).await?;
        if unsealed.behind > 0 {
            add(Violation::InsertedBehind { count: unsealed.behind, entries: unsealed.behind_entries });
        }
        let (waiting, heads) = (unsealed.waiting, heads.checked);
        report(Finding::TeamVerified(TeamSummary { team, sealed, waiting, heads, violations }));
        Ok(())
    }
}
