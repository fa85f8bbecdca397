//! What a good row holds, and the words of an import's options.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::access::UnknownWord;
pub use kernel::change::Change;
use kernel::id::{Id, Kind};
use kernel::manufacturing::{OrderId, OrderNumber, OrderStatus, Priority, Sku};
use kernel::quantity::Quantity;
use kernel::text::{TextFault, free_text, identifier};
use std::collections::HashMap;
use std::str::FromStr;

/// Marks the id of an import.
pub struct Import;

impl Kind for Import {
    const NAME: &'static str = "order_import";
}

/// An import's id.
pub type ImportId = Id<Import>;

/// What is made, in words: free text of 1 to 2,000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description(Box<str>);

impl Description {
    /// The most characters it may have.
    pub const MAX: usize = 2_000;

    /// Takes a text for a description, normalised.
    ///
    /// # Errors
    /// When it is empty, too long or holds control characters.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        not_empty(free_text(text, Self::MAX)?).map(Self)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Remarks: free text of 1 to 10,000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes(Box<str>);

impl Notes {
    /// The most characters they may have.
    pub const MAX: usize = 10_000;

    /// Takes a text for notes, normalised.
    ///
    /// # Errors
    /// When it is empty, too long or holds control characters.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        not_empty(free_text(text, Self::MAX)?).map(Self)
    }

    /// Their text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn not_empty(text: Box<str>) -> Result<Box<str>, TextFault> {
    if text.is_empty() { Err(TextFault::Empty) } else { Ok(text) }
}

/// The name of a routing that production operations keeps: an identifier of at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingName(Box<str>);

impl RoutingName {
    /// Takes a text for a routing's name, normalised.
    ///
    /// # Errors
    /// When it is no identifier of at most 100 characters.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        identifier(text, 100).map(Self)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks the id of a routing that production operations keeps.
pub struct Routing;

impl Kind for Routing {
    const NAME: &'static str = "routing";
}

/// A routing's id.
pub type RoutingId = Id<Routing>;

/// How an order is made: a routing in one of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutingRef {
    /// The routing.
    pub id: RoutingId,
    /// The version, from 1.
    pub version: u32,
}

/// The routings that rows may name, in the versions that orders then get. Names are compared in any case, as no two
/// routings of a team differ by case alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownRoutings(HashMap<String, RoutingRef>);

impl KnownRoutings {
    /// The routing of that name.
    pub fn find(&self, name: &RoutingName) -> Option<RoutingRef> {
        self.0.get(&key(name)).copied()
    }
}

impl FromIterator<(RoutingName, RoutingRef)> for KnownRoutings {
    fn from_iter<I: IntoIterator<Item = (RoutingName, RoutingRef)>>(routings: I) -> Self {
        Self(routings.into_iter().map(|(name, routing)| (key(&name), routing)).collect())
    }
}

/// The name folded for comparison.
fn key(name: &RoutingName) -> String {
    name.as_str().to_lowercase()
}

/// The team's own number of a work centre that production operations keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkCentreNumber(i32);

/// A number that no work centre can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number between 1 and {}", i32::MAX)]
pub struct WorkCentreNumberFault;

impl WorkCentreNumber {
    /// Takes 1 to 2,147,483,647 for a work centre's number.
    ///
    /// # Errors
    /// For any other number.
    pub fn try_new(number: i64) -> Result<Self, WorkCentreNumberFault> {
        match i32::try_from(number) {
            Ok(number) if number >= 1 => Ok(Self(number)),
            _ => Err(WorkCentreNumberFault),
        }
    }

    /// The number.
    pub const fn get(self) -> i32 {
        self.0
    }
}

/// The day an order is due, and what that day is in the team's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDate {
    /// The date.
    pub date: NaiveDate,
    /// The first second of that day.
    pub from: DateTime<Utc>,
    /// The last second of that day, which is stored as the scheduled end.
    pub until: DateTime<Utc>,
}

/// A good row: an order to be created, or what to change one to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedOrder {
    /// The id it gets if it is created.
    pub id: OrderId,
    /// What identifies it in the team.
    pub number: OrderNumber,
    /// What is made.
    pub sku: Sku,
    /// What is made, in words.
    pub description: Description,
    /// How much of it.
    pub quantity: Quantity,
    /// How urgent; `None` leaves it, or is medium for a new order.
    pub priority: Option<Priority>,
    /// Where it stands; `None` leaves it, or is not started for a new order.
    pub status: Option<OrderStatus>,
    /// Where it is made.
    pub work_centre: Change<WorkCentreNumber>,
    /// When it is due.
    pub due: Change<DueDate>,
    /// How it is made; another routing than the order's, or none, takes its operations away.
    pub routing: Change<RoutingRef>,
    /// Remarks.
    pub notes: Change<Notes>,
}

/// What an import can change of an order, at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderImage {
    /// Grows by 1 with every change.
    pub version: i64,
    /// What is made.
    pub sku: Sku,
    /// What is made, in words; orders that weren't imported may have none.
    pub description: Box<str>,
    /// How much of it.
    pub quantity: Quantity,
    /// How urgent.
    pub priority: Priority,
    /// Where it stands.
    pub status: OrderStatus,
    /// Where it is made.
    pub work_centre: Option<WorkCentreNumber>,
    /// When it is to be done.
    pub scheduled_end: Option<DateTime<Utc>>,
    /// How it is made.
    pub routing: Option<RoutingRef>,
    /// Remarks.
    pub notes: Option<Box<str>>,
}

/// Whether faulty rows keep the good ones out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Each row for itself.
    #[default]
    PerRow,
    /// Every row or none.
    AllOrNothing,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::PerRow, Self::AllOrNothing];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PerRow => "per_row",
            Self::AllOrNothing => "all_or_nothing",
        }
    }
}

impl FromStr for Mode {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|mode| mode.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// What becomes of a row whose order exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnExisting {
    /// The order is updated if it has not started.
    #[default]
    Update,
    /// The row is skipped.
    Skip,
    /// The row is an error.
    Error,
}

impl OnExisting {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Update, Self::Skip, Self::Error];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Skip => "skip",
            Self::Error => "error",
        }
    }
}

impl FromStr for OnExisting {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|choice| choice.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}
