//! What stores in memory share, for examples and tests.

use crate::access::ActorRef;
use crate::error::StoreError;
use crate::id::TeamId;
use crate::page::{Listing, Window};
use crate::write::{Answer, Claim, ClaimKey, WriteContext, Written};

/// The answers kept for idempotency keys, as long as it lives.
#[derive(Debug, Default)]
pub struct KeptAnswers(Vec<Kept>);

#[derive(Debug)]
struct Kept {
    team: TeamId,
    actor: ActorRef,
    claim: ClaimKey,
    answer: Answer,
}

impl KeptAnswers {
    /// The answer that is kept for the context's claim, if there is one.
    ///
    /// # Errors
    /// [`StoreError::ClaimReused`] if it is of another request.
    pub fn kept<O>(&self, context: &WriteContext<O>) -> Result<Option<Answer>, StoreError> {
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

    /// Keeps what an outcome is answered with, if the context has a claim.
    pub fn keep<O>(&mut self, context: &WriteContext<O>, outcome: O) -> Written<O> {
        if let Some(Claim { key, render }) = &context.claim {
            let (team, actor, answer) = (context.team, context.actor, render(&outcome));
            self.0.push(Kept { team, actor, claim: key.clone(), answer });
        }
        Written::Done(outcome)
    }
}

/// The window's part of a whole list.
pub fn page<T>(found: Vec<T>, window: Window) -> Listing<T> {
    let total = found.len() as u64;
    let items = found.into_iter().skip(window.offset() as usize).take(window.limit() as usize).collect();
    Listing { items, total }
}
