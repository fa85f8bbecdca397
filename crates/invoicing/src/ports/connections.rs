use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::{Cause, StoreError};
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};

use crate::accounting::AccountingConnection;

/// The accounting connection of each team, at most one; a team MUST NOT see or change another's.
///
/// The keys MUST be encrypted where they are kept, so that neither the database nor a copy of it gives them away, and MUST
/// NOT open in another team's hands.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Connections: Send + Sync {
    /// The team's connection.
    ///
    /// # Errors
    /// [`ConnectionStoreError::Sealed`] when the keys can't be decrypted.
    async fn find(&self, team: TeamId) -> Result<Option<KeptConnection>, ConnectionStoreError>;

    /// Sets a team's connection ([`AccountingConnection::team`], which MUST be the context's), instead of the one it had,
    /// whether its keys could be decrypted or not.
    ///
    /// # Errors
    /// When the store fails.
    async fn set(
        &self,
        context: WriteContext<KeptConnection>,
        connection: AccountingConnection,
    ) -> Result<Written<KeptConnection>, StoreError>;
}

/// Why a connection is not given.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionStoreError {
    /// Its keys were encrypted with a key that is not there.
    #[error("the accounting keys can't be decrypted")]
    Sealed(#[source] Cause),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A team's connection as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptConnection {
    /// It.
    pub connection: AccountingConnection,
    /// When the team first had one.
    pub created_at: DateTime<Utc>,
    /// When it was last set.
    pub updated_at: DateTime<Utc>,
}
