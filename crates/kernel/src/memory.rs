//! What in-memory stores share, for examples and tests.

use crate::access::ActorRef;
use crate::error::StoreError;
use crate::id::TeamId;
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
            let (team, actor, answer) = (context.team, context.actor, render(&outcome));
            self.0.push(StoredRequest { team, actor, claim: key.clone(), answer });
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

/// The window's part of a whole list.
pub fn page<T>(found: Vec<T>, window: Window) -> Listing<T> {
    let total = found.len() as u64;
    let items = found.into_iter().skip(window.offset() as usize).take(window.limit() as usize).collect();
    Listing { items, total }
}
