use std::sync::Arc;

use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};

use crate::ports::{ExchangeFilter, ExchangeId, ExchangeSummary, Exchanges, StoredExchange};

/// Shows what was asked of the accounting system, and what it answered.
pub struct ListExchanges {
    exchanges: Arc<dyn Exchanges>,
}

impl ListExchanges {
    /// Stands on the exchanges that are kept.
    pub fn new(exchanges: Arc<dyn Exchanges>) -> Self {
        Self { exchanges }
    }

    /// The window of the team's exchanges that `filter` lets through, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run(
        &self,
        team: TeamId,
        filter: ExchangeFilter,
        window: Window,
    ) -> Result<Listing<ExchangeSummary>, StoreError> {
        self.exchanges.list(team, filter, window).await
    }

    /// The team's exchange of that id, whole.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(&self, team: TeamId, id: ExchangeId) -> Result<Option<StoredExchange>, StoreError> {
        self.exchanges.find(team, id).await
    }
}
