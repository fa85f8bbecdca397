//! The values of a valid row, and the options of an import.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::access::UnknownWord;
pub use kernel::change::Change;
use kernel::id_type;
use kernel::manufacturing::{OrderId, OrderNumber, OrderStatus, Priority, Sku};
use kernel::quantity::Quantity;
use kernel::text::{TextFault, folded, free_text, line};
use std::collections::HashMap;
use std::str::FromStr;

id_type!(ImportId, enum Import, "order_import");

// a routing of production operations
id_type!(RoutingId, enum Routing, "routing");

/// A product's description: free text of 1 to 2,000 characters.
pub type Description = FreeText<2_000>;

/// Remarks: free text of 1 to 10,000 characters.
pub type Notes = FreeText<10_000>;

/// Free text of 1 to `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeText<const MAX: usize>(Box<str>);

impl<const MAX: usize> FreeText<MAX> {
    /// Creates it from a text, which is normalised.
    ///
    /// # Errors
    /// When the text is empty, too long or holds control characters.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        let text = free_text(text, MAX)?;
        if text.is_empty() { Err(TextFault::Empty) } else { Ok(Self(text)) }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a routing of production operations: an identifier of at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingName(Box<str>);

impl RoutingName {
    /// Creates a name from a text, which is normalised.
    ///
    /// # Errors
    /// When the text is no identifier of at most 100 characters.
    pub fn try_new(text: &str) -> Result<Self, TextFault> {
        line(text, 100).map(Self)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A routing in one of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutingRef {
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
        self.0.get(&case_folded(name)).copied()
    }
}

impl FromIterator<(RoutingName, RoutingRef)> for KnownRoutings {
    fn from_iter<I: IntoIterator<Item = (RoutingName, RoutingRef)>>(routings: I) -> Self {
        Self(routings.into_iter().map(|(name, routing)| (case_folded(&name), routing)).collect())
    }
}

fn case_folded(name: &RoutingName) -> String {
    folded(name.as_str())
}

/// The team's own number of a work centre of production operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkCentreNumber(i32);

/// A number that no work centre can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number between 1 and {}", i32::MAX)]
pub struct WorkCentreNumberFault;

impl WorkCentreNumber {
    /// Creates a work centre's number of 1 to 2,147,483,647.
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
    pub date: NaiveDate,
    /// The first second of that day.
    pub from: DateTime<Utc>,
    /// The last second of that day, which is stored as the scheduled end.
    pub until: DateTime<Utc>,
}

/// The order of a valid row: to be created, or what to change an existing one to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedOrder {
    /// The id it gets if it is created.
    pub id: OrderId,
    pub number: OrderNumber,
    pub sku: Sku,
    pub description: Description,
    pub quantity: Quantity,
    /// `None` leaves an existing order's, and is medium for a new one.
    pub priority: Option<Priority>,
    /// `None` leaves an existing order's, and is pending for a new one.
    pub status: Option<OrderStatus>,
    pub work_centre: Change<WorkCentreNumber>,
    pub due: Change<DueDate>,
    /// Another routing than the order's, or none, removes the order's operations.
    pub routing: Change<RoutingRef>,
    pub notes: Change<Notes>,
}

/// What an import can change of an order, at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderImage {
    /// Grows by 1 with every change.
    pub version: i64,
    pub sku: Sku,
    /// Empty for orders that weren't imported and have none.
    pub description: Box<str>,
    pub quantity: Quantity,
    pub priority: Priority,
    pub status: OrderStatus,
    pub work_centre: Option<WorkCentreNumber>,
    pub scheduled_end: Option<DateTime<Utc>>,
    pub routing: Option<RoutingRef>,
    pub notes: Option<Box<str>>,
}

/// Defines the words of an enum for parameters and records.
macro_rules! words {
    ($type:ident[$count:literal]: $($variant:ident = $word:literal),+) => {
        impl $type {
            /// Every value.
            pub const ALL: [Self; $count] = [$(Self::$variant),+];

            /// Its word in parameters and records.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.into_iter().find(|value| value.as_str() == word);
                found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
            }
        }
    };
}

/// What faulty rows do to the valid ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing: each row counts for itself.
    #[default]
    PerRow,
    /// One faulty row rejects all.
    AllOrNothing,
}

words!(Mode[2]: PerRow = "per_row", AllOrNothing = "all_or_nothing");

/// What to do with a row whose order exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnExisting {
    /// Update the order if it has not started.
    #[default]
    Update,
    /// Skip the row.
    Skip,
    /// Report an error.
    Error,
}

words!(OnExisting[3]: Update = "update", Skip = "skip", Error = "error");

/// Whether an import was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every row that could be imported was.
    Completed,
    /// The mode was all or nothing, and a row failed: nothing was imported.
    Rejected,
}

words!(Verdict[2]: Completed = "completed", Rejected = "rejected");
