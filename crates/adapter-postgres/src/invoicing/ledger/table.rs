//! The tables `accounting_invoices` and `accounting_invoice_history`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use invoicing::accounting::{
    CompanyId, ContractorId, CreatedInvoice, FailureCode, InvoiceFailure, InvoiceId, InvoiceState,
    IssuedInvoice, LedgerEntry, PayloadHash, RequestedInvoice,
};
use invoicing::ports::{HistoryStep, InvoiceHistory, LedgerError, PendingLookup};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::money::Money;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::schema::{accounting_invoice_history as history, accounting_invoices as invoices};
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = invoices, check_for_backend(Pg))]
pub(super) struct InvoiceRow {
    team_id: Uuid,
    invoice_id: Uuid,
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
    pub(super) version: i64,
}

/// A row that lacks what its state needs, which constraints don't let in.
#[derive(Debug, thiserror::Error)]
#[error("the invoice is stored as {0}, and not what that needs")]
struct Unreadable(String);

impl TryFrom<InvoiceRow> for LedgerEntry {
    type Error = StoreError;

    fn try_from(row: InvoiceRow) -> Result<Self, StoreError> {
        let missing = || unreadable(Unreadable(row.state.clone()));
        let payload = row.payload.as_slice().try_into().map(PayloadHash::new).map_err(|_| missing())?;
        let requested = RequestedInvoice {
            payload,
            contractor: ContractorId::try_new(&row.contractor).map_err(unreadable)?,
            company: CompanyId::try_new(&row.company).map_err(unreadable)?,
            gross: Money::try_new(row.gross).map_err(unreadable)?,
        };
        let state = match row.state.as_str() {
            "intended" => InvoiceState::Intended { lease: row.lease },
            "in_flight" => InvoiceState::InFlight { lease: row.lease.ok_or_else(missing)? },
            "created" => InvoiceState::Created(CreatedInvoice {
                issued: IssuedInvoice {
                    wfirma_id: row.wfirma_id.as_deref().ok_or_else(missing)?.into(),
                    number: row.number.as_deref().ok_or_else(missing)?.into(),
                    total: row.total.map(Money::try_new).transpose().map_err(unreadable)?,
                },
                at: row.made_at.ok_or_else(missing)?,
            }),
            "failed" => {
                let code = row.failure_code.as_deref().and_then(FailureCode::of).ok_or_else(missing)?;
                let message = row.failure_message.clone().ok_or_else(missing)?;
                InvoiceState::Failed(InvoiceFailure::new(code, message))
            }
            "unknown" => InvoiceState::Unknown {
                last_send: row.last_send.ok_or_else(missing)?,
                several: row.several.ok_or_else(missing)?,
            },
            _ => return Err(missing()),
        };
        let id = InvoiceId::try_new(row.invoice_id).map_err(unreadable)?;
        Ok(Self { id, requested, state, version: row.version })
    }
}

impl TryFrom<InvoiceRow> for PendingLookup {
    type Error = StoreError;

    fn try_from(row: InvoiceRow) -> Result<Self, StoreError> {
        Ok(Self { team: Id::new(row.team_id), entry: row.try_into()? })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = history, check_for_backend(Pg))]
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

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: InvoiceId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    invoices::table.filter(invoices::team_id.eq(team)).filter(invoices::invoice_id.eq(id))
}

pub(super) fn load(
    connection: &mut PgConnection,
    team: TeamId,
    id: InvoiceId,
) -> QueryResult<Option<InvoiceRow>> {
    of(team, id).select(InvoiceRow::as_select()).first(connection).optional()
}

pub(super) fn load_all(
    connection: &mut PgConnection,
    team: TeamId,
    ids: Vec<Uuid>,
) -> QueryResult<Vec<InvoiceRow>> {
    invoices::table
        .filter(invoices::team_id.eq(team.uuid()))
        .filter(invoices::invoice_id.eq_any(ids))
        .select(InvoiceRow::as_select())
        .load(connection)
}

pub(super) fn lock(
    connection: &mut PgConnection,
    team: TeamId,
    id: InvoiceId,
) -> Result<Option<LedgerEntry>, WriteError<LedgerError>> {
    let row =
        of(team, id).select(InvoiceRow::as_select()).for_no_key_update().first(connection).optional()?;
    row.map(LedgerEntry::try_from).transpose().map_err(WriteError::store)
}

/// The last steps of an invoice up to a version, the latest first.
pub(super) fn load_steps(
    connection: &mut PgConnection,
    team: TeamId,
    id: InvoiceId,
    version: i64,
) -> QueryResult<Vec<StepRow>> {
    history::table
        .filter(history::team_id.eq(team.uuid()))
        .filter(history::invoice_id.eq(id.uuid()))
        // a step that came after the entry was read is left out
        .filter(history::version.le(version))
        .order(history::version.desc())
        .limit(InvoiceHistory::MAX_STEPS.into())
        .select(StepRow::as_select())
        .load(connection)
}

/// Inserts an entry; returns whether there was none.
pub(super) fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    entry: &LedgerEntry,
    at: DateTime<Utc>,
) -> QueryResult<bool> {
    let rows = diesel::insert_into(invoices::table)
        .values((
            invoices::team_id.eq(team.uuid()),
            invoices::invoice_id.eq(entry.id.uuid()),
            RequestColumns::of(&entry.requested),
            StateColumns::of(&entry.state),
            invoices::version.eq(entry.version),
            invoices::created_at.eq(at),
            invoices::updated_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    Ok(rows == 1)
}

/// Updates an entry, which may be looked up at once; returns whether it was there.
pub(super) fn update(
    connection: &mut PgConnection,
    team: TeamId,
    entry: &LedgerEntry,
    at: DateTime<Utc>,
) -> QueryResult<bool> {
    let rows = diesel::update(of(team, entry.id))
        .set((
            RequestColumns::of(&entry.requested),
            StateColumns::of(&entry.state),
            invoices::look_at.eq(None::<DateTime<Utc>>),
            invoices::version.eq(entry.version),
            invoices::updated_at.eq(at),
        ))
        .execute(connection)?;
    Ok(rows == 1)
}

pub(super) fn insert_step(
    connection: &mut PgConnection,
    team: TeamId,
    entry: &LedgerEntry,
    at: DateTime<Utc>,
    (actor, request_id): (&str, &str),
) -> QueryResult<()> {
    diesel::insert_into(history::table)
        .values((
            history::team_id.eq(team.uuid()),
            history::invoice_id.eq(entry.id.uuid()),
            history::version.eq(entry.version),
            history::at.eq(at),
            history::actor.eq(actor),
            history::request_id.eq(request_id),
            history::state.eq(entry.state.as_str()),
            history::detail.eq(entry.detail()),
        ))
        .execute(connection)
        .map(drop)
}

/// The columns of a request.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = invoices)]
struct RequestColumns<'a> {
    payload: &'a [u8],
    contractor: &'a str,
    company: &'a str,
    gross: Decimal,
}

impl<'a> RequestColumns<'a> {
    fn of(requested: &'a RequestedInvoice) -> Self {
        Self {
            payload: requested.payload.bytes(),
            contractor: requested.contractor.as_str(),
            company: requested.company.as_str(),
            gross: requested.gross.value(),
        }
    }
}

/// The columns of a state; those it does not need are emptied.
#[derive(Default, Insertable, AsChangeset)]
#[diesel(table_name = invoices, treat_none_as_null = true)]
struct StateColumns<'a> {
    state: &'static str,
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
    fn of(state: &'a InvoiceState) -> Self {
        let empty = Self { state: state.as_str(), ..Self::default() };
        match state {
            InvoiceState::Intended { lease } => Self { lease: *lease, ..empty },
            InvoiceState::InFlight { lease } => Self { lease: Some(*lease), ..empty },
            InvoiceState::Created(CreatedInvoice { issued, at }) => Self {
                wfirma_id: Some(&issued.wfirma_id),
                number: Some(&issued.number),
                total: issued.total.map(Money::value),
                made_at: Some(*at),
                ..empty
            },
            InvoiceState::Failed(failure) => Self {
                failure_code: Some(failure.code.as_str()),
                failure_message: Some(&failure.message),
                ..empty
            },
            InvoiceState::Unknown { last_send, several } => {
                Self { last_send: Some(*last_send), several: Some(*several), ..empty }
            }
        }
    }
}
