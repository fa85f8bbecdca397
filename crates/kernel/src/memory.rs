//! What in-memory stores share, for examples and tests.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::access::ActorRef;
use crate::clock::SystemIds;
use crate::error::StoreError;
use crate::id::{Id, TeamId};
use crate::master_data::Record;
use crate::page::{Listing, Window};
use crate::write::{Claim, ClaimKey, StoredResponse, WriteContext, Written};

/// The responses stored for idempotency keys.
#[derive(Debug, Default)]
pub struct InMemoryResponses(Vec<StoredRequest>);

#[derive(Debug)]
struct StoredRequest {
    team: TeamId,
    actor: ActorRef,
    claim: ClaimKey,
    answer: StoredResponse,
}

impl InMemoryResponses {
    /// The response stored for the context's claim, if there is one.
    ///
    /// # Errors
    /// [`StoreError::ClaimReused`] if it belongs to another request.
    pub fn find<O>(&self, context: &WriteContext<O>) -> Result<Option<StoredResponse>, StoreError> {
        let Some(Claim { key: claim, .. }) = &context.claim else { return Ok(None) };
        let kept = self.0.iter().find(|kept| {
            let same_fingerprint = ClaimKey { fingerprint: kept.claim.fingerprint, ..claim.clone() };
            (kept.team, kept.actor, &kept.claim) == (context.team, context.actor, &same_fingerprint)
        });
        match kept {
            Some(kept) if kept.claim != *claim => Err(StoreError::ClaimReused),
            kept => Ok(kept.map(|kept| kept.answer.clone())),
        }
    }

    /// Stores the response to an outcome, if the context has a claim.
    pub fn store<O>(&mut self, context: &WriteContext<O>, outcome: O) -> Written<O> {
        if let Some(Claim { key, render }) = &context.claim {
            let (team, actor) = (context.team, context.actor);
            let answer = render(&outcome);
            self.0.extend(answer.map(|answer| StoredRequest { team, actor, claim: key.clone(), answer }));
        }
        Written::Done(outcome)
    }
}

/// The state of a store in memory, which answers repeated requests alike.
pub trait InMemoryState {
    fn responses(&mut self) -> &mut InMemoryResponses;

    /// Does `work` unless the context's claim was answered before.
    ///
    /// # Errors
    /// What `work` fails with, and [`StoreError::ClaimReused`].
    fn once<O, E: From<StoreError>>(
        &mut self,
        context: &WriteContext<O>,
        work: impl FnOnce(&mut Self) -> Result<O, E>,
    ) -> Result<Written<O>, E> {
        if let Some(response) = self.responses().find(context)? {
            return Ok(Written::Replayed(response));
        }
        let outcome = work(self)?;
        Ok(self.responses().store(context, outcome))
    }
}

/// Records of one kind, of every team.
pub type Records<R> = BTreeMap<(TeamId, Id<R>), R>;

/// The state of a register in memory, for each kind of record that it holds.
pub trait RecordState<R: Record>: InMemoryState {
    fn records(&mut self) -> &mut Records<R>;

    /// Makes a new record.
    ///
    /// # Errors
    /// Why it is refused.
    fn make(&mut self, team: TeamId, id: Id<R>, new: R::New, at: DateTime<Utc>) -> Result<R, R::Error>;

    /// Refuses a new or changed record where a database's constraints would.
    ///
    /// # Errors
    /// Why it is refused.
    fn check(&mut self, _team: TeamId, _record: &R) -> Result<(), R::Error> {
        Ok(())
    }

    /// Every other record of the team.
    fn others(&mut self, team: TeamId, record: &R) -> impl Iterator<Item = &R> {
        let records =
            self.records().iter().filter(move |((owner, id), _)| *owner == team && *id != record.id());
        records.map(|(_, other)| other)
    }

    /// [`Register::create`](crate::master_data::Register::create).
    ///
    /// # Errors
    /// As documented there.
    fn create(&mut self, context: &WriteContext<R>, id: Id<R>, new: R::New) -> Result<Written<R>, R::Error> {
        self.once(context, |state| {
            let record = state.make(context.team, id, new, context.at)?;
            state.check(context.team, &record)?;
            state.records().insert((context.team, id), record.clone());
            Ok(record)
        })
    }

    /// [`Register::change`](crate::master_data::Register::change).
    ///
    /// # Errors
    /// As documented there.
    fn change(
        &mut self,
        context: &WriteContext<R>,
        id: Id<R>,
        change: &R::Change,
    ) -> Result<Written<R>, R::Error> {
        self.once(context, |state| {
            let before = state.records().get(&(context.team, id)).ok_or_else(R::not_found)?.clone();
            let Some(after) = before.apply(change, &SystemIds, context.at) else { return Ok(before) };
            state.check(context.team, &after)?;
            state.records().insert((context.team, id), after.clone());
            Ok(after)
        })
    }

    /// [`Register::list`](crate::master_data::Register::list).
    fn list(&mut self, team: TeamId, filter: &R::Filter, window: Window) -> Listing<R> {
        let records =
            self.records().iter().filter(|((owner, _), record)| *owner == team && record.passes(filter));
        let mut found: Vec<_> = records.map(|(_, record)| record.clone()).collect();
        found.sort_by(|one, other| one.sort_key().cmp(&other.sort_key()));
        page(found, window)
    }
}

/// The window's part of a whole list.
pub fn page<T>(found: Vec<T>, window: Window) -> Listing<T> {
    let total = found.len() as u64;
    let items = found.into_iter().skip(window.offset() as usize).take(window.limit() as usize).collect();
    Listing { items, total }
}
