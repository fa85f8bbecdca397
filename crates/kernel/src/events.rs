//! Events: their envelope. Types and payloads are defined once, by the domain that owns them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// Something that happened, as consumers and webhooks receive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: Uuid,
    /// The documented type, such as `order.created`.
    pub event_type: &'static str,
    /// The id of the thing it happened to.
    pub aggregate: Uuid,
    /// The thing's version after it: consumers apply events of one thing in this order.
    pub sequence: i64,
    pub at: DateTime<Utc>,
    /// The documented payload, as JSON text.
    pub payload: String,
}

/// A payload that can't be serialised; no published event type has one.
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
    /// When the payload can't be serialised.
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

/// What a change writes into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxMessage {
    Event(Event),
    /// Many events, stored in one record and expanded when they are read.
    Bulk {
        /// The kind of record, such as `order_import`.
        record: &'static str,
        id: Uuid,
        at: DateTime<Utc>,
    },
}
