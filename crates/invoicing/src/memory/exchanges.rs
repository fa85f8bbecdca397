use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::memory::page;
use kernel::page::{Listing, Window};
use uuid::Uuid;

use crate::ports::{Exchange, ExchangeFilter, ExchangeId, ExchangeSummary, Exchanges, StoredExchange};

/// The exchanges of teams, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryExchanges {
    kept: Mutex<Vec<Exchange>>,
}

impl InMemoryExchanges {
    /// Every exchange of every team, in the order in which they came to their end.
    pub fn all(&self) -> Vec<Exchange> {
        self.exchanges().clone()
    }

    fn exchanges(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The team's, each by the id of its place.
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
            self.of(team).into_iter().filter(|kept| lets_through(&filter, &kept.exchange)).collect();
        found.sort_by_key(|kept| std::cmp::Reverse((kept.exchange.at, kept.id.uuid())));
        Ok(page(found.into_iter().map(summary).collect(), window))
    }

    async fn find(&self, team: TeamId, id: ExchangeId) -> Result<Option<StoredExchange>, StoreError> {
        Ok(self.of(team).into_iter().find(|kept| kept.id == id))
    }
}

fn lets_through(filter: &ExchangeFilter, exchange: &Exchange) -> bool {
    filter.invoice.is_none_or(|invoice| exchange.invoice == Some(invoice))
        && filter.action.as_ref().is_none_or(|action| *action == exchange.action)
        && filter.from.is_none_or(|from| exchange.at >= from)
        && filter.to.is_none_or(|to| exchange.at < to)
}

fn summary(StoredExchange { id, exchange }: StoredExchange) -> ExchangeSummary {
    ExchangeSummary {
        id,
        invoice: exchange.invoice,
        action: exchange.action.into_owned(),
        at: exchange.at,
        took: exchange.took,
        answer: exchange.answer.map(|answer| answer.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_exchanges_of_teams() {
        let [team, other] = [1, 2].map(|number| Id::new(Uuid::from_u128(number)));
        pollster::block_on(crate::contract::exchanges(&InMemoryExchanges::default(), team, other));
    }
}
