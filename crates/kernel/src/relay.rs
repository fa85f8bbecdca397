//! What brings events to consumers in this process, as a port: who consumes, and what consuming must be.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Cause, StoreError};
use crate::id::TeamId;

/// A stored event on its way to a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The team it happened in.
    pub team: TeamId,
    /// The event's own id: what an inbox knows it by.
    pub id: Uuid,
    /// The documented type, such as `order.completed`.
    pub event_type: String,
    /// The thing it happened to.
    pub aggregate: Uuid,
    /// The thing's version after it. Events of one thing may come in another order, and more so after a failure: a
    /// consumer to whom the order matters goes by this.
    pub sequence: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The documented payload, as JSON text; keys and spaces are as the store writes them.
    pub payload: String,
}

/// Does something about events of some types.
///
/// Every event comes at least once, after the transaction it happened in has committed. An implementation MUST do
/// its effect and put the event into its inbox (by its own name and the event's id) in ONE transaction, and MUST have
/// no effect when the event is there already.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Its name, at most 100 characters. It stays the same for good: by it is known how far the consumer has come.
    fn name(&self) -> &'static str;

    /// The types of events that it is given. A type added later counts from then on.
    fn event_types(&self) -> &'static [&'static str];

    /// Takes one event.
    ///
    /// # Errors
    /// [`ConsumeError::Unavailable`] holds up every later event of this consumer; [`ConsumeError::Failed`] only this
    /// one, which is tried again later and later.
    async fn consume(&self, delivery: &Delivery) -> Result<(), ConsumeError>;
}

/// Why an event was not consumed; it comes again in either case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsumeError {
    /// Nothing can be consumed right now, and it is not the event's fault.
    #[error("the consumer is not available right now")]
    Unavailable(#[source] Cause),
    /// The consumer can't take this event.
    #[error("the consumer failed at the event")]
    Failed(#[source] Cause),
}

impl From<StoreError> for ConsumeError {
    fn from(error: StoreError) -> Self {
        match error {
            // what may have been committed comes again and is found in the inbox
            StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_) | StoreError::ClaimInFlight => {
                Self::Unavailable(Box::new(error))
            }
            StoreError::ClaimReused | StoreError::Internal(_) => Self::Failed(Box::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_store_may_do_better_soon_holds_up_later_events() {
        let cause = || -> Cause { "why".into() };
        for (error, stops) in [
            (StoreError::Unavailable(cause()), true),
            (StoreError::OutcomeUnknown(cause()), true),
            (StoreError::ClaimInFlight, true),
            (StoreError::ClaimReused, false),
            (StoreError::Internal(cause()), false),
        ] {
            let told = error.to_string();
            match ConsumeError::from(error) {
                ConsumeError::Unavailable(cause) => assert_eq!((stops, cause.to_string()), (true, told)),
                ConsumeError::Failed(cause) => assert_eq!((stops, cause.to_string()), (false, told)),
            }
        }
    }
}
