//! What was asked of the accounting system and what it answered: added once, never changed, swept when it is old.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use invoicing::accounting::InvoiceId;
use invoicing::ports::{
    Exchange, ExchangeAnswer, ExchangeFilter, ExchangeId, ExchangeSummary, Exchanges, StoredExchange,
};
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::schema::accounting_exchanges as exchanges;
use crate::write_error::{WriteError, unreadable};

/// The exchanges of teams with their accounting systems, in PostgreSQL.
pub struct PgExchanges {
    db: Db,
    ids: Arc<dyn IdSource>,
}

impl PgExchanges {
    /// Stands on a pool; `ids` gives each exchange its id.
    pub fn new(db: Db, ids: Arc<dyn IdSource>) -> Self {
        Self { db, ids }
    }
}

/// An exchange without its bodies.
#[derive(Queryable, Selectable)]
#[diesel(table_name = exchanges, check_for_backend(Pg))]
struct SummaryRow {
    id: Uuid,
    invoice_id: Option<Uuid>,
    action: String,
    at: DateTime<Utc>,
    took_microseconds: i64,
    status: Option<i32>,
    error: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = exchanges, check_for_backend(Pg))]
struct ExchangeRow {
    team_id: Uuid,
    #[diesel(embed)]
    summary: SummaryRow,
    request: Vec<u8>,
    answer: Option<Vec<u8>>,
}

/// A stored exchange with neither an answer nor what came instead, or with both, which constraints don't let in.
#[derive(Debug, thiserror::Error)]
#[error("the exchange is stored without what came of it")]
struct Unreadable;

impl TryFrom<SummaryRow> for ExchangeSummary {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> Result<Self, StoreError> {
        let answer = match (row.status, row.error) {
            (Some(status), None) => Ok(u16::try_from(status).map_err(unreadable)?),
            (None, Some(error)) => Err(error),
            _ => return Err(unreadable(Unreadable)),
        };
        Ok(Self {
            id: Id::new(row.id),
            invoice: row.invoice_id.map(InvoiceId::try_new).transpose().map_err(unreadable)?,
            action: row.action,
            at: row.at,
            took: Duration::from_micros(row.took_microseconds.unsigned_abs()),
            answer,
        })
    }
}

impl TryFrom<ExchangeRow> for StoredExchange {
    type Error = StoreError;

    fn try_from(row: ExchangeRow) -> Result<Self, StoreError> {
        let text = |bytes| String::from_utf8(bytes).map_err(unreadable);
        let ExchangeSummary { id, invoice, action, at, took, answer } = row.summary.try_into()?;
        let answer = match answer {
            Ok(status) => {
                let body = text(row.answer.ok_or_else(|| unreadable(Unreadable))?)?;
                Ok(ExchangeAnswer { status, body })
            }
            Err(error) => Err(error),
        };
        let (team, request) = (Id::new(row.team_id), text(row.request)?);
        let exchange = Exchange { team, invoice, action: action.into(), at, took, request, answer };
        Ok(Self { id, exchange })
    }
}

#[async_trait]
impl Exchanges for PgExchanges {
    async fn record(&self, exchange: Exchange) -> Result<(), StoreError> {
        let (team, id) = (exchange.team, self.ids.uuid());
        let written = self.db.write(Scope::Team(team), Lane::Ordinary, move |connection| {
            let answer = exchange.answer.as_ref();
            let took = i64::try_from(exchange.took.as_micros()).unwrap_or(i64::MAX);
            diesel::insert_into(exchanges::table)
                .values((
                    exchanges::team_id.eq(team.uuid()),
                    exchanges::id.eq(id),
                    exchanges::invoice_id.eq(exchange.invoice.map(InvoiceId::uuid)),
                    exchanges::action.eq(&*exchange.action),
                    exchanges::at.eq(exchange.at),
                    exchanges::took_microseconds.eq(took),
                    exchanges::request.eq(exchange.request.as_bytes()),
                    exchanges::status.eq(answer.ok().map(|answer| i32::from(answer.status))),
                    exchanges::answer.eq(answer.ok().map(|answer| answer.body.as_bytes())),
                    // no text holds it, and nobody compares what came instead of an answer
                    exchanges::error.eq(answer.err().map(|error| error.replace('\0', "\u{fffd}"))),
                ))
                .execute(connection)
                .map(drop)
                .map_err(WriteError::<StoreError>::from)
        });
        written.await
    }

    async fn list(
        &self,
        team: TeamId,
        filter: ExchangeFilter,
        window: Window,
    ) -> Result<Listing<ExchangeSummary>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, &filter)
                    .order((exchanges::at.desc(), exchanges::id.desc()))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(SummaryRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, &filter).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(ExchangeSummary::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }

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
