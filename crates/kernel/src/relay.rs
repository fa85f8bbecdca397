//! Consumers of events within this process, as a port.

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
    /// The event's id, by which an inbox recognises it.
    pub id: Uuid,
    /// The documented type, such as `order.completed`.
    pub event_type: String,
    /// The thing it happened to.
    pub aggregate: Uuid,
    /// The thing's version after it. Events of one thing may arrive in another order, above all after a failure; a consumer
    /// that needs the order uses this.
    pub sequence: i64,
    pub at: DateTime<Utc>,
    /// The documented payload, as JSON text; keys and spaces are as the store writes them.
    pub payload: String,
}

/// A consumer of some types of events.
///
/// Every event is delivered at least once, after its transaction has committed. An implementation MUST do its effect and
/// put the event into its inbox (by its own name and the event's id) in ONE transaction, and MUST have no effect if the
/// event is there already.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Its name, at most 100 characters. It never changes: the consumer's progress is stored under it.
    fn name(&self) -> &'static str;

    /// The types of events it consumes. A type added later is delivered from then on.
    fn event_types(&self) -> &'static [&'static str];

    /// Consumes one event.
    ///
    /// # Errors
    /// [`ConsumeError::Unavailable`] holds up all later events of this consumer; [`ConsumeError::Failed`] only this one,
    /// which is retried with growing pauses.
    async fn consume(&self, delivery: &Delivery) -> Result<(), ConsumeError>;
}

/// Why an event was not consumed; it is delivered again in either case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsumeError {
    /// Nothing can be consumed right now.
    #[error("the consumer is not available right now")]
    Unavailable(#[source] Cause),
    /// The consumer can't take this event.
    #[error("the consumer failed at the event")]
    Failed(#[source] Cause),
}

impl From<StoreError> for ConsumeError {
    fn from(error: StoreError) -> Self {
        match error {
            // if it was committed, the redelivered event is found in the inbox
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
