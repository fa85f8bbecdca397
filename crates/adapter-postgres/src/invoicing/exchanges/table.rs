//! The table `accounting_exchanges`: rows are added once, never changed, and deleted when they are old.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use invoicing::accounting::InvoiceId;
use invoicing::ports::{Exchange, ExchangeAnswer, ExchangeSummary, StoredExchange};
use kernel::error::StoreError;
use kernel::id::Id;
use uuid::Uuid;

use crate::schema::accounting_exchanges as exchanges;
use crate::write_error::unreadable;

/// An exchange without its bodies.
#[derive(Queryable, Selectable)]
#[diesel(table_name = exchanges, check_for_backend(Pg))]
pub(super) struct SummaryRow {
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
pub(super) struct ExchangeRow {
    team_id: Uuid,
    #[diesel(embed)]
    summary: SummaryRow,
    request: Vec<u8>,
    answer: Option<Vec<u8>>,
}

/// A row with neither an answer nor an error, or with both, which constraints don't let in.
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

pub(super) fn insert(connection: &mut PgConnection, id: Uuid, exchange: &Exchange) -> QueryResult<()> {
    let answer = exchange.answer.as_ref();
    let took = i64::try_from(exchange.took.as_micros()).unwrap_or(i64::MAX);
    diesel::insert_into(exchanges::table)
        .values((
            exchanges::team_id.eq(exchange.team.uuid()),
            exchanges::id.eq(id),
            exchanges::invoice_id.eq(exchange.invoice.map(InvoiceId::uuid)),
            exchanges::action.eq(&*exchange.action),
            exchanges::at.eq(exchange.at),
            exchanges::took_microseconds.eq(took),
            exchanges::request.eq(exchange.request.as_bytes()),
            exchanges::status.eq(answer.ok().map(|answer| i32::from(answer.status))),
            exchanges::answer.eq(answer.ok().map(|answer| answer.body.as_bytes())),
            // no text column holds NUL, and nobody compares errors
            exchanges::error.eq(answer.err().map(|error| error.replace('\0', "\u{fffd}"))),
        ))
        .execute(connection)
        .map(drop)
}
