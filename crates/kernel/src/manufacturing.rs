//! Values of a manufacturing order that several domains share, and its `order.*` events.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::access::UnknownWord;
use crate::events::Payload;
use crate::quantity::{Amount, Quantity};
use crate::text::{TextFault, identifier};

crate::id_type!(OrderId, enum ManufacturingOrder, "manufacturing_order");

/// An order's number: an identifier of at most 100 characters, unique in the team and compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNumber(Box<str>);

impl OrderNumber {
    /// The most characters it may have.
    pub const MAX: usize = 100;

    /// Takes a text for an order number, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, Self::MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A product: `stock_code` in the import API, `productIdentifier` in the mes API, `sku` in the catalogue. At most 100
/// characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sku(Box<str>);

impl Sku {
    /// The most characters it may have.
    pub const MAX: usize = 100;

    /// Takes a text for a SKU, normalised.
    ///
    /// # Errors
    /// When it is no identifier of that length.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, Self::MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The status of a manufacturing order (`docs/spec/common.md`, "Manufacturing orders").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderStatus {
    /// Not started; the only state an import may change.
    Pending,
    InProgress,
    OnHold,
    Completed,
    Cancelled,
}

impl OrderStatus {
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::InProgress, Self::OnHold, Self::Completed, Self::Cancelled];

    /// The word of the mes API, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::OnHold => "on_hold",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The word of the import API.
    pub const fn import_word(self) -> &'static str {
        match self {
            Self::Pending => "not_started",
            Self::InProgress => "in_progress",
            Self::OnHold => "on_hold",
            Self::Completed => "complete",
            Self::Cancelled => "cancelled",
        }
    }

    /// Parses the word of the import API, in any case.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn from_import_word(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|status| status.import_word().eq_ignore_ascii_case(word));
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::import_word)))
    }
}

impl FromStr for OrderStatus {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|status| status.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// The priority of an order: 1 to 5, 5 the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

/// A number that is not a priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 1 and 5")]
pub struct PriorityFault;

impl Priority {
    /// 1, the default (`docs/spec/mes.md`, "Create an order").
    pub const LEAST: Self = Self(1);

    /// Takes 1 to 5 for a priority.
    ///
    /// # Errors
    /// For any other number.
    pub fn try_new(value: u8) -> Result<Self, PriorityFault> {
        if (1..=5).contains(&value) { Ok(Self(value)) } else { Err(PriorityFault) }
    }

    /// 1 to 5.
    pub const fn value(self) -> u8 {
        self.0
    }

    /// The word of the import API for it.
    pub const fn word(self) -> PriorityWord {
        match self.0 {
            ..=2 => PriorityWord::Low,
            3 => PriorityWord::Medium,
            _ => PriorityWord::High,
        }
    }
}

/// A priority in the words of the import API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriorityWord {
    /// Stored as 1; 1 and 2 are shown as it.
    Low,
    /// Stored as 3.
    Medium,
    /// Stored as 5; 4 and 5 are shown as it.
    High,
}

impl PriorityWord {
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl FromStr for PriorityWord {
    type Err = UnknownWord;

    /// Reads the word in any case.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(word));
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

impl From<PriorityWord> for Priority {
    fn from(word: PriorityWord) -> Self {
        match word {
            PriorityWord::Low => Self(1),
            PriorityWord::Medium => Self(3),
            PriorityWord::High => Self(5),
        }
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `order.created`, version 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCreated {
    pub order_id: Uuid,
    pub order_number: String,
    pub product_identifier: String,
    pub quantity: Quantity,
    /// 1 to 5, 5 the most urgent.
    pub priority: u8,
    /// The status in the words of the mes API.
    pub status: &'static str,
    pub scheduled_end_date: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl Payload for OrderCreated {
    const EVENT_TYPE: &'static str = "order.created";
}

/// `order.updated`, version 1: an order that has not started was changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderUpdated {
    pub order_id: Uuid,
    pub order_number: String,
    /// The names of the fields that changed, as in the mes API.
    pub changed_fields: Vec<&'static str>,
    pub product_identifier: String,
    pub quantity: Quantity,
    /// 1 to 5, 5 the most urgent.
    pub priority: u8,
    /// The status in the words of the mes API.
    pub status: &'static str,
    pub scheduled_end_date: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

impl Payload for OrderUpdated {
    const EVENT_TYPE: &'static str = "order.updated";
}

/// `order.started`, version 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderStarted {
    pub order_id: Uuid,
    pub order_number: String,
    pub product_identifier: String,
    pub quantity: Quantity,
    pub started_at: DateTime<Utc>,
}

impl Payload for OrderStarted {
    const EVENT_TYPE: &'static str = "order.started";
}

/// `order.completed`, version 1 (`docs/spec/mes.md`, "Payload").
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCompleted {
    pub order_id: Uuid,
    pub order_number: String,
    pub product_identifier: String,
    pub completed_at: DateTime<Utc>,
    /// The sum of its operations' active time.
    pub total_cycle_time_seconds: i64,
    /// The good quantity.
    pub quantity_completed: Amount,
}

impl Payload for OrderCompleted {
    const EVENT_TYPE: &'static str = "order.completed";
}

/// `order.corrected`, version 1: what a completed order made was reported wrongly.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCorrected {
    pub order_id: Uuid,
    pub order_number: String,
    pub product_identifier: String,
    pub corrected_at: DateTime<Utc>,
    /// The good quantity before.
    pub quantity_before: Amount,
    /// The good quantity now.
    pub quantity_completed: Amount,
}

impl Payload for OrderCorrected {
    const EVENT_TYPE: &'static str = "order.corrected";
}

/// `order.cancelled`, version 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCancelled {
    pub order_id: Uuid,
    pub order_number: String,
    pub product_identifier: String,
    pub cancelled_at: DateTime<Utc>,
}

impl Payload for OrderCancelled {
    const EVENT_TYPE: &'static str = "order.cancelled";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_map_to_words_and_back() {
        let words = [1, 2, 3, 4, 5].map(|value| Priority::try_new(value).unwrap().word().as_str());
        assert_eq!(words, ["low", "low", "medium", "high", "high"]);
        let values = PriorityWord::ALL.map(|word| Priority::from(word).value());
        assert_eq!(values, [1, 3, 5]);
        assert!(Priority::try_new(0).is_err() && Priority::try_new(6).is_err());
    }

    #[test]
    fn each_status_has_a_word_in_both_documents() {
        let words = OrderStatus::ALL.map(|status| (status.import_word(), status.as_str()));
        let expected = [
            ("not_started", "pending"),
            ("in_progress", "in_progress"),
            ("on_hold", "on_hold"),
            ("complete", "completed"),
            ("cancelled", "cancelled"),
        ];
        assert_eq!(words, expected);
        assert_eq!(OrderStatus::from_import_word("Not_Started"), Ok(OrderStatus::Pending));
        assert!(OrderStatus::from_import_word("pending").is_err());
    }
}
