use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::memory::page;
use kernel::page::{Listing, Window};
use uuid::Uuid;

use crate::ports::{Exchange, ExchangeFilter, ExchangeId, ExchangeSummary, Exchanges, StoredExchange};

/// The exchanges of teams in memory.
#[derive(Debug, Default)]
pub struct InMemoryExchanges {
    exchanges: Mutex<Vec<Exchange>>,
}

impl InMemoryExchanges {
    /// Every exchange of every team, in the order in which they ended.
    pub fn all(&self) -> Vec<Exchange> {
        self.exchanges().clone()
    }

    fn exchanges(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The team's exchanges, with their positions as ids.
    fn of(&self, team: TeamId) -> Vec<StoredExchange> {
        let numbered = (1..).zip(self.all());
        let own = numbered.filter(|(_, exchange)| exchange.team == team);
        own.map(|(number, exchange)| StoredExchange { id: Id::new(Uuid::from_u128(number)), exchange })
            .collect()
    }
}

#[async_trait]
impl Exchanges for InMemoryExchanges {
    async fn record(&self, exchange: Exchange) -> Result<(), StoreError> {
        self.exchanges().push(exchange);
        Ok(())
    }

    async fn list(
        &self,
        team: TeamId,
        filter: ExchangeFilter,
        window: Window,
    ) -> Result<Listing<ExchangeSummary>, StoreError> {
        let mut found: Vec<_> =
            self.of(team).into_iter().filter(|stored| passes(&filter, &stored.exchange)).collect();
        found.sort_by_key(|stored| std::cmp::Reverse((stored.exchange.at, stored.id.uuid())));
        Ok(page(found.iter().map(StoredExchange::summary).collect(), window))
    }

    async fn find(&self, team: TeamId, id: ExchangeId) -> Result<Option<StoredExchange>, StoreError> {
        Ok(self.of(team).into_iter().find(|stored| stored.id == id))
    }
}

fn passes(filter: &ExchangeFilter, exchange: &Exchange) -> bool {
    filter.invoice.is_none_or(|invoice| exchange.invoice == Some(invoice))
        && filter.action.as_ref().is_none_or(|action| *action == exchange.action)
        && filter.from.is_none_or(|from| exchange.at >= from)
        && filter.to.is_none_or(|to| exchange.at < to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stores_the_exchanges_of_teams() {
        let [team, other] = [1, 2].map(|number| Id::new(Uuid::from_u128(number)));
        pollster::block_on(crate::contract::exchanges(&InMemoryExchanges::default(), team, other));
    }
}
