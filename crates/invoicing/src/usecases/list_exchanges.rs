use std::sync::Arc;

use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};

use crate::ports::{ExchangeFilter, ExchangeId, ExchangeSummary, Exchanges, StoredExchange};

/// Shows requests to the accounting system and its answers.
pub struct ListExchanges {
    exchanges: Arc<dyn Exchanges>,
}

impl ListExchanges {
    pub fn new(exchanges: Arc<dyn Exchanges>) -> Self {
        Self { exchanges }
    }

    /// The window of the team's exchanges that `filter` lets through, newest first.
    pub async fn list(
        &self,
        team: TeamId,
        filter: ExchangeFilter,
        window: Window,
    ) -> Result<Listing<ExchangeSummary>, StoreError> {
        self.exchanges.list(team, filter, window).await
    }

    /// The team's exchange of that id, with its bodies.
    pub async fn find(&self, team: TeamId, id: ExchangeId) -> Result<Option<StoredExchange>, StoreError> {
        self.exchanges.find(team, id).await
    }
}
