use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};

use crate::accounting::{AccountingConnection, ConnectionError, StoredConnection};

/// The accounting connection of each team, at most one; a team MUST NOT see or change another's.
///
/// The keys MUST be encrypted where they are stored, so that neither the database nor a copy of it gives them away, and
/// MUST NOT open in another team's hands.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Connections: Send + Sync {
    /// The team's connection; [`ConnectionError::Sealed`] when its keys can't be decrypted.
    async fn find(&self, team: TeamId) -> Result<Option<StoredConnection>, ConnectionError>;

    /// Sets a team's connection ([`AccountingConnection::team`], which MUST be the context's) in place of the one it had,
    /// whether its keys could be decrypted or not, with the audit entry `accounting_connection.set`. `seen` is the
    /// `updated_at` of the one it had, as the caller saw it; `None` if there was none.
    ///
    /// MUST change nothing and fail with [`ConnectionError::Overtaken`] when the team has another by now.
    async fn set(
        &self,
        context: WriteContext<StoredConnection>,
        connection: AccountingConnection,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Written<StoredConnection>, ConnectionError>;
}
