//! Typed identifiers: a team's id can't be passed where an order's is wanted.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use uuid::Uuid;

/// What an id identifies; implemented by an empty marker type.
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

/// Marks the id of a team, the tenant everything belongs to.
pub struct Team;

impl Kind for Team {
    const NAME: &'static str = "team";
}

/// Marks the id of a user.
pub struct User;

impl Kind for User {
    const NAME: &'static str = "user";
}

/// Marks the id of an API key.
pub struct ApiKey;

impl Kind for ApiKey {
    const NAME: &'static str = "api_key";
}

/// Marks the id of a vendor, to whom a user may belong.
pub struct Vendor;

impl Kind for Vendor {
    const NAME: &'static str = "vendor";
}

/// A team's id.
pub type TeamId = Id<Team>;
/// A user's id.
pub type UserId = Id<User>;
/// An API key's id.
pub type ApiKeyId = Id<ApiKey>;
/// A vendor's id.
pub type VendorId = Id<Vendor>;
