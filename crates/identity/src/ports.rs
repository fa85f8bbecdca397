//! What identity needs from outside.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::{ApiKeyId, TeamId};
use kernel::write::{WriteContext, Written};

use crate::api_key::ApiKey;
use crate::limits::{Bucket, Quota, Verdict};
use crate::team::Team;
use crate::user::NewUser;

/// API keys, as they are looked up for a caller whose team isn't known yet.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// The key of that id, of whichever team; `None` if there is none. MUST NOT be cached across requests.
    async fn find(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError>;
}

/// Teams, as they come into being and are found.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Teams: Send + Sync {
    /// Stores a team with its first user and first key: all of them or none.
    ///
    /// The context's team MUST be the new one. A name or e-mail that exists, in any case, MUST be refused
    /// even when two do it at once.
    async fn found(
        &self,
        context: WriteContext<Foundation>,
        foundation: Foundation,
    ) -> Result<Written<Foundation>, FoundError>;

    /// The team of that name, in any case.
    async fn named(&self, name_key: &str) -> Result<Option<TeamId>, StoreError>;
}

/// A team about to exist, with its first user and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foundation {
    /// The team.
    pub team: Team,
    /// Its ADMIN.
    pub admin: NewUser,
    /// Its admin key.
    pub key: ApiKey,
    /// What is shown of the key.
    pub key_prefix: String,
}

/// Why a team was not founded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoundError {
    /// A team of that name exists.
    #[error("a team of this name exists")]
    NameTaken,
    /// A user with that e-mail exists.
    #[error("a user with this e-mail exists")]
    EmailTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Counted requests.
///
/// A bucket is always asked about with the same quotas. Windows are fixed: one begins with the first request counted
/// in it and MUST end its whole length later, whatever is asked meanwhile.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait RateLimits: Send + Sync {
    /// Counts a request against every quota of its bucket, or against none if one of them is used up.
    ///
    /// Both MUST be one step: of requests at once, exactly as many are allowed as the quotas say. An
    /// implementation may have a clock of its own; `now` is then what its ends are told by.
    async fn take(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError>;

    /// How the bucket stands. MUST count nothing.
    async fn peek(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError>;
}
