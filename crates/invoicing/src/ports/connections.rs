use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;

use crate::accounting::{AccountingConnection, CompanyId, PaymentMethod, PaymentTerm, PriceType};

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
    async fn find(&self, team: TeamId) -> Result<Option<StoredConnection>, ConnectionStoreError>;

    /// Sets a team's connection ([`AccountingConnection::team`], which MUST be the context's), instead of the one it had,
    /// whether its keys could be decrypted or not. `seen` is when that one was set, as the caller saw it; nothing if there
    /// was none.
    ///
    /// # Errors
    /// [`ConnectionStoreError::Overtaken`] when the team has another by now: then nothing is changed.
    async fn set(
        &self,
        context: WriteContext<StoredConnection>,
        connection: AccountingConnection,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Written<StoredConnection>, ConnectionStoreError>;
}

/// Why a connection is not given or not set.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionStoreError {
    /// Its keys were encrypted with a key that is not there.
    #[error("the accounting keys can't be decrypted")]
    Sealed(Box<SealedConnection>),
    /// It was set by somebody else since it was seen.
    #[error("the accounting connection was set meanwhile")]
    Overtaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A connection of which all but the keys can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedConnection {
    /// The company in the accounting system.
    pub company: CompanyId,
    /// Where an invoice's day begins.
    pub zone: TimeZone,
    /// How invoices are to be paid.
    pub payment_method: PaymentMethod,
    /// How long there is to pay them.
    pub payment_term: PaymentTerm,
    /// Whether prices are meant without or with tax.
    pub prices: PriceType,
    /// When it was last set.
    pub updated_at: DateTime<Utc>,
}

/// A team's connection as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredConnection {
    /// It.
    pub connection: AccountingConnection,
    /// When the team first had one.
    pub created_at: DateTime<Utc>,
    /// When it was last set.
    pub updated_at: DateTime<Utc>,
}
