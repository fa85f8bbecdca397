//! Invoices as they are stored.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use invoicing::accounting::{ContractorId, Entry, Failure, FailureCode, Made, PayloadHash, State};
use invoicing::ports::{Booked, Kept};
use kernel::error::StoreError;
use kernel::money::Money;
use rust_decimal::Decimal;

use crate::failure::unreadable;
use crate::schema::accounting_invoices;

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounting_invoices, check_for_backend(Pg))]
pub(super) struct InvoiceRow {
    payload: Vec<u8>,
    contractor: String,
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

impl TryFrom<InvoiceRow> for Kept {
    type Error = StoreError;

    fn try_from(row: InvoiceRow) -> Result<Self, StoreError> {
        let odd = || unreadable(Unreadable(row.state.clone()));
        let payload = row.payload.as_slice().try_into().map(PayloadHash::new).map_err(|_| odd())?;
        let contractor = ContractorId::try_new(&row.contractor).map_err(unreadable)?;
        let state = match row.state.as_str() {
            "intended" => State::Intended { lease: row.lease },
            "in_flight" => State::InFlight { lease: row.lease.ok_or_else(odd)? },
            "created" => State::Created(Made {
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
        Ok(Self { entry: Entry { payload, state }, contractor, version: row.version })
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
        match state {
            State::Intended { lease } => Self { state: "intended", lease: *lease, ..Self::default() },
            State::InFlight { lease } => Self { state: "in_flight", lease: Some(*lease), ..Self::default() },
            State::Created(Made { booked, at }) => Self {
                state: "created",
                wfirma_id: Some(&booked.wfirma_id),
                number: Some(&booked.number),
                total: booked.total.map(Money::value),
                made_at: Some(*at),
                ..Self::default()
            },
            State::Failed(failure) => Self {
                state: "failed",
                failure_code: Some(failure.code.as_str()),
                failure_message: Some(&failure.message),
                ..Self::default()
            },
            State::Unknown { last_send, several } => Self {
                state: "unknown",
                last_send: Some(*last_send),
                several: Some(*several),
                ..Self::default()
            },
        }
    }
}
