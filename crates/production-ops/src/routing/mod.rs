//! The routing: the operations by which something is made (`docs/spec/mes.md`, "Routings").

mod choice;
mod error;
mod operation;
mod values;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::clock::IdSource;
use kernel::id::Uuid;
use kernel::manufacturing::Sku;
use serde_json::json;

pub use self::choice::{ChoiceFault, RoutingCandidate, RoutingChoice};
pub use self::error::RoutingError;
pub use self::operation::{
    Collecting, CollectingFault, Named, NumberFault, OperationActivities, OperationContent,
    OperationNumbering, Reference, References, RoutingContent, RoutingOperation, RoutingOperationId,
    Unusable, UnusableReference,
};
pub use self::values::{
    Minutes, MinutesFault, OperationTimes, RoutingVersion, RunTimeBasis, VersionFault, cycle_seconds,
};
use crate::name::Name;

kernel::id_type!(RoutingId, Routing, "routing");

/// A routing in one of its versions, of which new orders get the latest. What a version says never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// The same in every version.
    pub id: RoutingId,
    pub version: RoutingVersion,
    /// The version's. No two routings of a team have names, in their latest versions, that differ by case alone.
    pub name: Name,
    /// Free text of 1 to 2,000 characters.
    pub description: Option<Box<str>>,
    /// What it makes, if that is one thing.
    pub product: Option<Sku>,
    /// Whether an operation may begin at the first report of the one before.
    pub allow_overlap: bool,
    /// The version's operations, by number.
    pub operations: Vec<RoutingOperation>,
    /// New orders get only routings in use.
    pub is_active: bool,
    /// 1 when it was created, one more with each change, of `is_active` too.
    pub revision: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a list shows of a routing, in its latest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingSummary {
    pub id: RoutingId,
    pub version: RoutingVersion,
    pub name: Name,
    pub description: Option<Box<str>>,
    /// What it makes, if that is one thing.
    pub product: Option<Sku>,
    /// Whether an operation may begin at the first report of the one before.
    pub allow_overlap: bool,
    /// How many operations it has.
    pub operations: u32,
    /// How long it is estimated to take, as [`cycle_seconds`] says.
    pub cycle_seconds: i64,
    pub is_active: bool,
    pub created_at: DateTime<Utc>,
}

impl Routing {
    /// A new routing, in use, in its first version.
    ///
    /// # Errors
    /// What it names and may not, as [`RoutingContent::resolve`] says.
    pub fn create(
        id: RoutingId,
        content: RoutingContent,
        known: &References,
        ids: &dyn IdSource,
        at: DateTime<Utc>,
    ) -> Result<Self, Vec<UnusableReference>> {
        let operations = content.resolve(known, ids)?;
        let RoutingContent { name, description, product, allow_overlap, .. } = content;
        Ok(Self {
            id,
            version: RoutingVersion::FIRST,
            name,
            description,
            product,
            allow_overlap,
            operations,
            is_active: true,
            revision: 1,
            created_at: at,
            updated_at: at,
        })
    }

    /// Whether it says just what `content` says.
    pub fn says(&self, content: &RoutingContent) -> bool {
        let RoutingContent { name, description, product, allow_overlap, operations } = content;
        (&self.name, &self.description, &self.product, &self.allow_overlap)
            == (name, description, product, allow_overlap)
            && self.operations.len() == operations.len()
            && self.operations.iter().zip(operations).all(|(own, other)| own.says(other))
    }

    /// The routing's next version.
    ///
    /// # Errors
    /// What it names and may not, as [`RoutingContent::resolve`] says.
    pub fn revise(
        &self,
        content: RoutingContent,
        known: &References,
        ids: &dyn IdSource,
        at: DateTime<Utc>,
    ) -> Result<Self, Vec<UnusableReference>> {
        Ok(Self {
            version: self.version.next(),
            is_active: self.is_active,
            revision: self.revision + 1,
            created_at: self.created_at,
            ..Self::create(self.id, content, known, ids, at)?
        })
    }

    /// The routing in use or out of use; `None` when it is so already.
    #[must_use]
    pub fn set_active(&self, is_active: bool, at: DateTime<Utc>) -> Option<Self> {
        (self.is_active != is_active).then(|| Self {
            is_active,
            revision: self.revision + 1,
            updated_at: at,
            ..self.clone()
        })
    }

    /// What a list shows of it.
    pub fn summary(&self) -> RoutingSummary {
        RoutingSummary {
            id: self.id,
            version: self.version,
            name: self.name.clone(),
            description: self.description.clone(),
            product: self.product.clone(),
            allow_overlap: self.allow_overlap,
            operations: u32::try_from(self.operations.len()).unwrap_or(u32::MAX),
            cycle_seconds: cycle_seconds(self.operations.iter().map(|operation| operation.times)),
            is_active: self.is_active,
            created_at: self.created_at,
        }
    }
}

impl Audited for Routing {
    const KIND: &'static str = "routing";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "version": self.version.number(),
            "name": self.name.as_str(),
            "description": self.description,
            "productIdentifier": self.product.as_ref().map(Sku::as_str),
            "allowOverlap": self.allow_overlap,
            "operations": self.operations.iter().map(RoutingOperation::to_json).collect::<Vec<_>>(),
            "isActive": self.is_active,
            "revision": self.revision,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests;
