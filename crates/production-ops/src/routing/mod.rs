//! The routing: the operations by which something is made (seed 004, section 3).

mod error;
mod input;
mod operation;
mod values;

use chrono::{DateTime, Utc};
use kernel::error::Fault;
use kernel::manufacturing::Sku;
use serde_json::json;

pub use self::error::RoutingError;
pub use self::input::{RoutingDraft, RoutingPatch};
pub use self::operation::{
    Collecting, Named, OperationContent, Reference, References, RoutingContent, RoutingOperation,
    RoutingOperationId,
};
pub use self::values::{
    Minutes, MinutesFault, OperationTimes, RoutingVersion, RunTimeBasis, VersionFault, cycle_seconds,
};
use crate::name::Name;

kernel::id_type!(RoutingId, Routing, "routing");

/// A routing in one of its versions: the one that new orders get, unless an older one was asked for. What a version
/// says never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// Its id, the same in every version.
    pub id: RoutingId,
    /// The version that this is.
    pub version: RoutingVersion,
    /// The version's name. No two routings of a team have names, in their latest versions, that differ by case alone.
    pub name: Name,
    /// What it is for: free text of 1 to 2,000 characters.
    pub description: Option<Box<str>>,
    /// What it makes, if that is one thing.
    pub product: Option<Sku>,
    /// Whether an operation may begin at the first report of the one before.
    pub allow_overlap: bool,
    /// The version's operations, by number.
    pub operations: Vec<RoutingOperation>,
    /// Whether it is in use: new orders get only such.
    pub is_active: bool,
    /// 1 when it was created, one more with each change, of `is_active` too.
    pub revision: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a list shows of a routing, in its latest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingSummary {
    /// Its id.
    pub id: RoutingId,
    /// Its version.
    pub version: RoutingVersion,
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub description: Option<Box<str>>,
    /// What it makes, if that is one thing.
    pub product: Option<Sku>,
    /// Whether an operation may begin at the first report of the one before.
    pub allow_overlap: bool,
    /// How many operations it has.
    pub operations: u32,
    /// How long it is estimated to take, as [`cycle_seconds`] says.
    pub cycle_seconds: i64,
    /// Whether it is in use.
    pub is_active: bool,
    /// When it was created.
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
        at: DateTime<Utc>,
    ) -> Result<Self, Vec<Fault>> {
        let operations = content.resolve(known)?;
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

    /// Whether it says just what `content` asks for.
    pub fn says(&self, content: &RoutingContent) -> bool {
        let RoutingContent { name, description, product, allow_overlap, operations } = content;
        (&self.name, &self.description, &self.product, &self.allow_overlap)
            == (name, description, product, allow_overlap)
            && self.operations.len() == operations.len()
            && self.operations.iter().zip(operations).all(|(own, asked)| own.says(asked))
    }

    /// The routing's next version.
    ///
    /// # Errors
    /// What it names and may not, as [`RoutingContent::resolve`] says.
    pub fn revise(
        &self,
        content: RoutingContent,
        known: &References,
        at: DateTime<Utc>,
    ) -> Result<Self, Vec<Fault>> {
        Ok(Self {
            version: self.version.next(),
            is_active: self.is_active,
            revision: self.revision + 1,
            created_at: self.created_at,
            ..Self::create(self.id, content, known, at)?
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

    /// The routing as JSON text, for the audit trail.
    pub fn snapshot(&self) -> String {
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
