use std::sync::Arc;

use async_trait::async_trait;
use diesel::pg::Pg;
use diesel::prelude::*;
use invoicing::ports::{Exchange, ExchangeFilter, ExchangeId, ExchangeSummary, Exchanges, StoredExchange};
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};

use super::table::{ExchangeRow, SummaryRow, insert};
use crate::db::{Db, Lane, Scope, listing};
use crate::schema::accounting_exchanges as exchanges;
use crate::write_error::WriteError;

/// The exchanges of teams with their accounting systems in PostgreSQL.
pub struct PgExchanges {
    db: Db,
    ids: Arc<dyn IdSource>,
}

impl PgExchanges {
    pub fn new(db: Db, ids: Arc<dyn IdSource>) -> Self {
        Self { db, ids }
    }
}

#[async_trait]
impl Exchanges for PgExchanges {
    #[tracing::instrument(name = "Exchanges::record", level = "debug", skip_all)]
    async fn record(&self, exchange: Exchange) -> Result<(), StoreError> {
        let (team, id) = (exchange.team, self.ids.uuid());
        let written = self.db.write(Scope::Team(team), Lane::Ordinary, move |connection| {
            insert(connection, id, &exchange).map_err(WriteError::<StoreError>::from)
        });
        written.await
    }

    #[tracing::instrument(name = "Exchanges::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: ExchangeFilter,
        window: Window,
    ) -> Result<Listing<ExchangeSummary>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, &filter)
                    .order((exchanges::at.desc(), exchanges::id.desc()))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(SummaryRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, &filter).count().get_result(connection)?))
            })
            .await
            .and_then(listing)
    }

    #[tracing::instrument(name = "Exchanges::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: ExchangeId) -> Result<Option<StoredExchange>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            exchanges::table
                .find((team.uuid(), id.uuid()))
                .select(ExchangeRow::as_select())
                .first(connection)
                .optional()
        });
        row.await?.map(StoredExchange::try_from).transpose()
    }
}

fn filtered(team: TeamId, filter: &ExchangeFilter) -> exchanges::BoxedQuery<'_, Pg> {
    let ExchangeFilter { invoice, action, from, to } = filter;
    let mut query = exchanges::table.filter(exchanges::team_id.eq(team.uuid())).into_boxed();
    if let Some(invoice) = invoice {
        query = query.filter(exchanges::invoice_id.eq(invoice.uuid()));
    }
    if let Some(action) = action {
        query = query.filter(exchanges::action.eq(action));
    }
    if let Some(from) = from {
        query = query.filter(exchanges::at.ge(from));
    }
    if let Some(to) = to {
        query = query.filter(exchanges::at.lt(to));
    }
    query
}
