//! In-memory implementation of the ports, for examples and tests. Entries commit in the order in which they are added;
//! no response is stored.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kernel::audit::AuditEntry;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::{Cause, StoreError};
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::access::AccessRecord;
use crate::chain::entry::Entry;
use crate::chain::hash::ChainHash;
use crate::chain::head::SignedHead;
use crate::chain::{Link, Seal};
use crate::finding::NamedTeam;
use crate::ports::{
    AccessFilter, AccessLog, AuditTrail, Chains, EntryFilter, HeadArchive, ListedEntry, SealedBatch, Sealer,
    Unsealed,
};
use crate::usecases::verify_audit::{HeadLine, HeadLines};

/// The audit trail, chains, access log and archived heads of every team.
#[derive(Debug, Default)]
pub struct InMemoryAudit {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// In the order of their commits.
    pub(crate) entries: Vec<Entry>,
    /// The number of entries that the sealer has passed.
    pub(crate) passed: usize,
    pub(crate) seals: BTreeMap<TeamId, Vec<Seal>>,
    pub(crate) heads: Vec<String>,
    access: Vec<AccessRecord>,
}

impl InMemoryAudit {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines of the archived heads.
    pub fn head_lines(&self) -> HeadLines {
        let lines = self.lock().heads.clone();
        let lines = lines.into_iter().zip(1..);
        Box::new(lines.map(|(text, line)| Ok(HeadLine { location: format!("memory:{line}"), text })))
    }
}

#[async_trait]
impl AuditTrail for InMemoryAudit {
    async fn append(&self, context: WriteContext<()>, entry: AuditEntry) -> Result<Written<()>, StoreError> {
        self.lock().entries.push(Entry {
            team: context.team,
            id: Id::new(SystemIds.uuid()),
            at: context.at.timestamp_micros(),
            actor: context.actor.to_string(),
            request_id: context.request_id,
            action: entry.action.into(),
            subject_kind: entry.subject_kind.into(),
            subject: entry.subject,
            before: entry.before,
            after: entry.after,
        });
        Ok(Written::Done(()))
    }

    async fn list(
        &self,
        team: TeamId,
        filter: EntryFilter,
        window: Window,
    ) -> Result<Listing<ListedEntry>, StoreError> {
        let state = self.lock();
        let mut found: Vec<_> =
            state.entries.iter().filter(|entry| entry.team == team && matches(&filter, entry)).collect();
        found.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.id)));
        let seals = state.seals.get(&team).map(Vec::as_slice).unwrap_or_default();
        let listed = |entry: &Entry| {
            let seal = seals.iter().find(|seal| seal.entry == entry.id).copied();
            ListedEntry { entry: entry.clone(), seal }
        };
        Ok(page(found.into_iter().map(listed).collect(), window))
    }
}

fn matches(filter: &EntryFilter, entry: &Entry) -> bool {
    let EntryFilter { actor, action, subject_kind, subject, request_id, from, to } = filter;
    is_unset_or(actor, &entry.actor)
        && is_unset_or(action, &entry.action)
        && is_unset_or(subject_kind, &entry.subject_kind)
        && subject.is_none_or(|subject| subject == entry.subject)
        && is_unset_or(request_id, &entry.request_id)
        && from.is_none_or(|from| from.timestamp_micros() <= entry.at)
        && to.is_none_or(|to| entry.at < to.timestamp_micros())
}

fn is_unset_or(wanted: &Option<String>, found: &str) -> bool {
    wanted.as_ref().is_none_or(|wanted| wanted == found)
}

fn page<T>(found: Vec<T>, window: Window) -> Listing<T> {
    let total = found.len() as u64;
    let items = found.into_iter().skip(window.offset() as usize).take(window.limit() as usize).collect();
    Listing { items, total }
}

#[async_trait]
impl AccessLog for InMemoryAudit {
    async fn record(&self, records: Arc<Vec<AccessRecord>>) -> Result<(), StoreError> {
        let mut state = self.lock();
        for record in records.iter().cloned() {
            if !state.access.iter().any(|known| (known.team, known.id) == (record.team, record.id)) {
                state.access.push(record);
            }
        }
        Ok(())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: AccessFilter,
        window: Window,
    ) -> Result<Listing<AccessRecord>, StoreError> {
        let AccessFilter { actor, method, route, status, request_id, from, to } = &filter;
        let wanted = |record: &&AccessRecord| {
            record.team == team
                && is_unset_or(actor, &record.actor)
                && is_unset_or(method, &record.method)
                && is_unset_or(route, &record.route)
                && status.is_none_or(|status| status == record.status)
                && is_unset_or(request_id, &record.request_id)
                && from.is_none_or(|from| from <= record.at)
                && to.is_none_or(|to| record.at < to)
        };
        let mut found: Vec<_> = self.lock().access.iter().filter(wanted).cloned().collect();
        found.sort_by_key(|record| std::cmp::Reverse((record.at, record.id)));
        Ok(page(found, window))
    }
}

/// The entries of one batch: few, so that tests need several.
const BATCH: usize = 3;

#[async_trait]
impl Sealer for InMemoryAudit {
    async fn seal(&self) -> Result<SealedBatch, StoreError> {
        let mut state = self.lock();
        let State { entries, passed, seals, .. } = &mut *state;
        let batch = entries.iter().skip(*passed).take(BATCH);
        let mut sealed = 0;
        for entry in batch {
            let chain = seals.entry(entry.team).or_default();
            chain.push(Seal::after(chain.last(), entry));
            sealed += 1;
        }
        *passed += sealed;
        Ok(SealedBatch { sealed: sealed as u64, has_more: sealed == BATCH })
    }
}

#[async_trait]
impl Chains for InMemoryAudit {
    async fn teams(&self) -> Result<Vec<NamedTeam>, StoreError> {
        let state = self.lock();
        let teams: std::collections::BTreeSet<_> =
            state.entries.iter().map(|entry| entry.team).chain(state.seals.keys().copied()).collect();
        Ok(teams.into_iter().map(|id| NamedTeam { id, name: Some(id.to_string()) }).collect())
    }

    async fn links(&self, team: TeamId, after: Option<i64>, limit: u32) -> Result<Vec<Link>, StoreError> {
        let state = self.lock();
        let mut seals = state.seals.get(&team).cloned().unwrap_or_default();
        seals.retain(|seal| after.is_none_or(|after| after < seal.sequence));
        seals.sort_by_key(|seal| seal.sequence);
        let entry = |seal: &Seal| {
            let found = state.entries.iter().find(|entry| (entry.team, entry.id) == (team, seal.entry));
            found.cloned()
        };
        let links = seals.iter().map(|seal| Link { seal: *seal, entry: entry(seal) });
        Ok(links.take(limit as usize).collect())
    }

    async fn hashes(&self, positions: Vec<(TeamId, i64)>) -> Result<Vec<Option<ChainHash>>, StoreError> {
        let state = self.lock();
        let hash = |(team, sequence): (TeamId, i64)| {
            let seals = state.seals.get(&team)?;
            seals.iter().find(|seal| seal.sequence == sequence).map(|seal| seal.hash)
        };
        Ok(positions.into_iter().map(hash).collect())
    }

    async fn unsealed(&self, team: TeamId) -> Result<Unsealed, StoreError> {
        let state = self.lock();
        let seals = state.seals.get(&team).map(Vec::as_slice).unwrap_or_default();
        let mut unsealed = Unsealed::default();
        for (index, entry) in state.entries.iter().enumerate().filter(|(_, entry)| entry.team == team) {
            if seals.iter().any(|seal| seal.entry == entry.id) {
                continue;
            }
            if index >= state.passed {
                unsealed.waiting += 1;
            } else {
                unsealed.behind += 1;
                unsealed.behind_entries.push(entry.id);
            }
        }
        unsealed.behind_entries.truncate(20);
        Ok(unsealed)
    }

    async fn heads(&self) -> Result<Vec<(TeamId, Seal)>, StoreError> {
        let state = self.lock();
        Ok(state.seals.iter().filter_map(|(team, seals)| Some((*team, *seals.last()?))).collect())
    }
}

#[async_trait]
impl HeadArchive for InMemoryAudit {
    async fn archive(&self, heads: Vec<SignedHead>) -> Result<(), Cause> {
        self.lock().heads.extend(heads.iter().map(SignedHead::to_line));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;

    fn teams() -> (TeamId, TeamId) {
        let ids: &dyn IdSource = &SystemIds;
        (ids.id(), ids.id())
    }

    #[test]
    fn the_trail_passes_its_suite() {
        let (audit, (team, other)) = (InMemoryAudit::default(), teams());
        pollster::block_on(contract::trail(&audit, &audit, &audit, team, other));
    }

    #[test]
    fn sealing_passes_its_suite() {
        let (audit, (team, other)) = (InMemoryAudit::default(), teams());
        pollster::block_on(contract::sealing(&audit, &audit, &audit, team, other));
    }

    #[test]
    fn the_archive_of_heads_passes_its_suite() {
        let audit = InMemoryAudit::default();
        pollster::block_on(contract::head_archive(&audit, || audit.head_lines()));
    }

    #[test]
    fn the_access_log_passes_its_suite() {
        let (audit, (team, other)) = (InMemoryAudit::default(), teams());
        pollster::block_on(contract::access_log(&audit, &SystemIds, team, other));
    }
}
