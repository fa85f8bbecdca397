//! Invoices as they are stored.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use invoicing::accounting::{
    CompanyId, ContractorId, CreatedInvoice, Entry, Failure, FailureCode, InvoiceId, PayloadHash,
    RequestedInvoice, State,
};
use invoicing::ports::{Booked, HistoryStep, LedgerEntry, PendingLookup};
use kernel::error::StoreError;
use kernel::id::Id;
use kernel::money::Money;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::schema::{accounting_invoice_history, accounting_invoices};
use crate::write_error::unreadable;

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = accounting_invoices, check_for_backend(Pg))]
pub(super) struct InvoiceRow {
    payload: Vec<u8>,
    contractor: String,
    company: String,
    gross: Decimal,
    state: String,
    lease: Option<DateTime<Utc>>,
    last_send: Option<DateTime<Utc>>,
    several: Option<bool>,
    wfirma_id: Option<String>,
    number: Option<String>,
    total: Option<Decimal>,
    made_at: Option<DateTime<Utc>>,
    failure_code: Option<String>,
    failure_message: Option<String>,
    version: i64,
}

/// A stored state that says too little, which constraints don't let in.
#[derive(Debug, thiserror::Error)]
#[error("the invoice is stored as {0}, and not what that needs")]
struct Unreadable(String);

impl TryFrom<InvoiceRow> for LedgerEntry {
    type Error = StoreError;

    fn try_from(row: InvoiceRow) -> Result<Self, StoreError> {
        let odd = || unreadable(Unreadable(row.state.clone()));
        let payload = row.payload.as_slice().try_into().map(PayloadHash::new).map_err(|_| odd())?;
        let asked = RequestedInvoice {
            payload,
            contractor: ContractorId::try_new(&row.contractor).map_err(unreadable)?,
            company: CompanyId::try_new(&row.company).map_err(unreadable)?,
            gross: Money::try_new(row.gross).map_err(unreadable)?,
        };
        let state = match row.state.as_str() {
            "intended" => State::Intended { lease: row.lease },
            "in_flight" => State::InFlight { lease: row.lease.ok_or_else(odd)? },
            "created" => State::Created(CreatedInvoice {
                booked: Booked {
                    wfirma_id: row.wfirma_id.as_deref().ok_or_else(odd)?.into(),
                    number: row.number.as_deref().ok_or_else(odd)?.into(),
                    total: row.total.map(Money::try_new).transpose().map_err(unreadable)?,
                },
                at: row.made_at.ok_or_else(odd)?,
            }),
            "failed" => {
                let code = row.failure_code.as_deref().and_then(FailureCode::of).ok_or_else(odd)?;
                State::Failed(Failure::new(code, row.failure_message.clone().ok_or_else(odd)?))
            }
            "unknown" => State::Unknown {
                last_send: row.last_send.ok_or_else(odd)?,
                several: row.several.ok_or_else(odd)?,
            },
            _ => return Err(odd()),
        };
        Ok(Self { entry: Entry { asked, state }, version: row.version })
    }
}

/// An invoice and its key.
#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = accounting_invoices, check_for_backend(Pg))]
pub(super) struct KeyedRow {
    team_id: Uuid,
    invoice_id: Uuid,
    #[diesel(embed)]
    row: InvoiceRow,
}

impl KeyedRow {
    pub(super) const fn version(&self) -> i64 {
        self.row.version
    }
}

impl TryFrom<KeyedRow> for PendingLookup {
    type Error = StoreError;

    fn try_from(keyed: KeyedRow) -> Result<Self, StoreError> {
        let invoice = InvoiceId::try_new(keyed.invoice_id).map_err(unreadable)?;
        Ok(Self { team: Id::new(keyed.team_id), invoice, kept: keyed.row.try_into()? })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounting_invoice_history, check_for_backend(Pg))]
pub(super) struct StepRow {
    version: i64,
    at: DateTime<Utc>,
    actor: String,
    request_id: String,
    state: String,
    detail: String,
}

impl From<StepRow> for HistoryStep {
    fn from(row: StepRow) -> Self {
        let StepRow { version, at, actor, request_id, state, detail } = row;
        Self { version, at, actor, request_id, state, detail }
    }
}

/// The columns that what was asked for is kept in.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = accounting_invoices)]
pub(super) struct AskedColumns<'a> {
    payload: &'a [u8],
    contractor: &'a str,
    company: &'a str,
    gross: Decimal,
}

impl<'a> AskedColumns<'a> {
    pub(super) fn of(asked: &'a RequestedInvoice) -> Self {
        Self {
            payload: asked.payload.bytes(),
            contractor: asked.contractor.as_str(),
            company: asked.company.as_str(),
            gross: asked.gross.value(),
        }
    }
}

/// The columns that a state is kept in; those it does not need are emptied.
#[derive(Default, Insertable, AsChangeset)]
#[diesel(table_name = accounting_invoices, treat_none_as_null = true)]
pub(super) struct StateColumns<'a> {
    pub(super) state: &'static str,
    lease: Option<DateTime<Utc>>,
    last_send: Option<DateTime<Utc>>,
    several: Option<bool>,
    wfirma_id: Option<&'a str>,
    number: Option<&'a str>,
    total: Option<Decimal>,
    made_at: Option<DateTime<Utc>>,
    failure_code: Option<&'static str>,
    failure_message: Option<&'a str>,
}

impl<'a> StateColumns<'a> {
    pub(super) fn of(state: &'a State) -> Self {
        let empty = Self { state: state.as_str(), ..Self::default() };
        match state {
            State::Intended { lease } => Self { lease: *lease, ..empty },
            State::InFlight { lease } => Self { lease: Some(*lease), ..empty },
            State::Created(CreatedInvoice { booked, at }) => Self {
                wfirma_id: Some(&booked.wfirma_id),
                number: Some(&booked.number),
                total: booked.total.map(Money::value),
                made_at: Some(*at),
                ..empty
            },
            State::Failed(failure) => Self {
                failure_code: Some(failure.code.as_str()),
                failure_message: Some(&failure.message),
                ..empty
            },
            State::Unknown { last_send, several } => {
                Self { last_send: Some(*last_send), several: Some(*several), ..empty }
            }
        }
    }
}
