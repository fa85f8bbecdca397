//! Typed identifiers: a team's id can't be passed where an order's is wanted.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

pub use uuid::Uuid;

/// What an id identifies.
pub trait Kind: 'static {
    /// The word for it in messages and records, such as `team`.
    const NAME: &'static str;
}

/// A UUID (version 7 when made here) that identifies a `K`.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    /// Takes a UUID for the id of a `K`.
    pub const fn new(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }

    /// The bare UUID, for stores and wire formats.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.hyphenated().fmt(f)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", K::NAME, self.uuid)
    }
}

impl<K> FromStr for Id<K> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::new)
    }
}

/// Declares the id of a kind of thing: `id_type!(WorkCentreId, WorkCentre, "work_centre")` makes `WorkCentreId` of
/// `Id<WorkCentre>`, where `WorkCentre` is the aggregate itself or, if the thing lives elsewhere, a type made for it:
/// `id_type!(VendorId, enum Vendor, "vendor")`.
#[macro_export]
macro_rules! id_type {
    ($id:ident, enum $kind:ident, $name:literal) => {
        #[doc = concat!("What ids of kind `", $name, "` identify.")]
        pub enum $kind {}

        $crate::id_type!($id, $kind, $name);
    };
    ($id:ident, $kind:ident, $name:literal) => {
        impl $crate::id::Kind for $kind {
            const NAME: &'static str = $name;
        }

        #[doc = concat!("An id of kind `", $name, "`.")]
        pub type $id = $crate::id::Id<$kind>;
    };
}

// the tenant everything belongs to
id_type!(TeamId, enum Team, "team");
id_type!(UserId, enum User, "user");
id_type!(ApiKeyId, enum ApiKey, "api_key");
id_type!(VendorId, enum Vendor, "vendor");
