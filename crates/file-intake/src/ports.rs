use std::fmt;
use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use uuid::Uuid;

use super::content::Content;
use kernel::error::{Cause, Classified, ErrorKind};
use kernel::id::TeamId;

/// The key that an object is stored under: `<team>/<id>`. Nothing a sender chose is ever part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey {
    team: TeamId,
    id: Uuid,
}

impl ObjectKey {
    /// The key of a team's object.
    pub const fn new(team: TeamId, id: Uuid) -> Self {
        Self { team, id }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.team, self.id.hyphenated())
    }
}

/// Bytes on their way out of a store.
pub type ObjectStream = Pin<Box<dyn Stream<Item = Result<Bytes, ObjectError>> + Send>>;

/// An object that was found.
pub struct Object {
    /// How many bytes it has.
    pub size: u64,
    /// Its bytes.
    pub content: ObjectStream,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object of {} bytes", self.size)
    }
}

/// A store that can't be reached, or did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the object store is not available right now")]
pub struct ObjectError(#[source] pub Cause);

impl Classified for ObjectError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn code(&self) -> &'static str {
        "SERVICE_UNAVAILABLE"
    }
}

/// The store of the bytes of files, outside of the database.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Objects: Send + Sync {
    /// Stores an object, in the place of one that may be there. MUST read `content` from its start.
    ///
    /// When it is done the object MUST be there whole, and outlast a power cut; before that nobody MUST see a part of
    /// it. It MUST end within an hour: what was announced is given up for lost then.
    async fn put(&self, key: ObjectKey, content: &mut Content) -> Result<(), ObjectError>;

    /// The object of that key, if there is one.
    async fn get(&self, key: ObjectKey) -> Result<Option<Object>, ObjectError>;

    /// Takes an object away; that there is none MUST be as good.
    async fn delete(&self, key: ObjectKey) -> Result<(), ObjectError>;
}

/// What a scanner says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// Something was found.
    Infected {
        /// What the scanner calls it.
        signature: String,
    },
}

/// A scanner that can't be reached or did not answer: nothing is known of the file.
#[derive(Debug, thiserror::Error)]
#[error("the virus scanner is not available right now")]
pub struct ScanError(#[source] pub Cause);

impl Classified for ScanError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn code(&self) -> &'static str {
        "SCANNER_UNAVAILABLE"
    }
}

/// Looks for viruses.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Scanner: Send + Sync {
    /// Judges a file. MUST read `content` from its start to its end, and never call what it did not look at clean.
    async fn scan(&self, content: &mut Content) -> Result<Verdict, ScanError>;
}
