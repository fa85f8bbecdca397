//! The envelope that every event leaves in. Types and payloads are defined once, by the domain that owns them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// Something that happened, as consumers and webhooks hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The event's own id.
    pub id: Uuid,
    /// The documented type, such as `order.created`.
    pub event_type: &'static str,
    /// The thing it happened to.
    pub aggregate: Uuid,
    /// The thing's version after it: consumers apply events of one thing in this order.
    pub sequence: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The documented payload, as JSON text.
    pub payload: String,
}

/// A payload that has no form in JSON; no published event type has one.
#[derive(Debug, thiserror::Error)]
#[error("the payload of `{event_type}` can't be written as JSON")]
pub struct PayloadFault {
    event_type: &'static str,
    #[source]
    source: serde_json::Error,
}

impl Event {
    /// An event of a published type.
    ///
    /// # Errors
    /// When the payload has no form in JSON.
    pub fn new<P: Payload>(
        id: Uuid,
        aggregate: Uuid,
        sequence: i64,
        at: DateTime<Utc>,
        payload: &P,
    ) -> Result<Self, PayloadFault> {
        let event_type = P::EVENT_TYPE;
        let payload = serde_json::to_string(payload).map_err(|source| PayloadFault { event_type, source })?;
        Ok(Self { id, event_type, aggregate, sequence, at, payload })
    }
}

/// A published payload: the wire form of one event type.
pub trait Payload: Serialize {
    /// The documented type, such as `order.created`.
    const EVENT_TYPE: &'static str;
}

/// What a change tells the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxMessage {
    /// One event.
    Event(Event),
    /// Many events kept folded in a record of their own, and unfolded when they are read.
    Bulk {
        /// What kind of record holds them, such as `order_import`.
        record: &'static str,
        /// Which one.
        id: Uuid,
        /// When they happened.
        at: DateTime<Utc>,
    },
}
