//! What is known of invoices: one row each, changed under a lock, with every change in its history.

use async_trait::async_trait;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use invoicing::accounting::{Entry, Event, InvoiceId, State};
use invoicing::ports::{InvoiceLedger, Kept, LedgerError, Report};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};
use serde_json::{Value, json};
use uuid::Uuid;

use super::rows::{InvoiceRow, StateColumns};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::failure::Failure;
use crate::schema::{accounting_invoice_history as history, accounting_invoices as invoices};

/// What is known of invoices, in PostgreSQL.
pub struct PgInvoiceLedger {
    db: Db,
}

impl PgInvoiceLedger {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl InvoiceLedger for PgInvoiceLedger {
    async fn find(&self, team: TeamId, id: InvoiceId) -> Result<Option<Kept>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(InvoiceRow::as_select()).first(connection).optional()
        });
        found.await?.map(Kept::try_from).transpose()
    }

    async fn record(&self, context: WriteContext<Kept>, report: Report) -> Result<Kept, LedgerError> {
        let (team, at) = (context.team, context.at);
        let (actor, request_id) = (context.actor.to_string(), context.request_id.clone());
        let written = self.db.change(Lane::Ordinary, context, move |connection| {
            let before = locked(connection, team, report.invoice)?;
            let kept = after(before.as_ref(), &report).ok_or(Failure::Port(LedgerError::Overtaken))?;
            let columns = StateColumns::of(&kept.entry.state);
            let stored = match &before {
                None => insert(connection, team, (&report, &kept), &columns, at)?,
                Some(_) => update(connection, team, (&report, &kept), &columns, at)?,
            };
            if stored != 1 {
                return Err(Failure::Port(LedgerError::Overtaken));
            }
            let detail = detail(&kept.entry.state);
            diesel::insert_into(history::table)
                .values((
                    history::team_id.eq(team.uuid()),
                    history::invoice_id.eq(report.invoice.uuid()),
                    history::version.eq(kept.version),
                    history::at.eq(at),
                    history::actor.eq(&actor),
                    history::request_id.eq(&request_id),
                    history::state.eq(columns.state),
                    history::detail.eq(&detail),
                ))
                .execute(connection)?;
            let audit = settled(&kept.entry.state).map(|action| AuditEntry {
                action,
                subject_kind: "accounting_invoice",
                subject: report.invoice.uuid(),
                before: None,
                after: Some(detail.to_string()),
            });
            Ok(Change { outcome: kept, events: Vec::new(), audit })
        });
        match written.await? {
            Written::Done(kept) => Ok(kept),
            Written::Replayed(_) => Err(LedgerError::Overtaken),
        }
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: InvoiceId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    invoices::table.filter(invoices::team_id.eq(team)).filter(invoices::invoice_id.eq(id))
}

fn locked(
    connection: &mut PgConnection,
    team: TeamId,
    id: InvoiceId,
) -> Result<Option<Kept>, Failure<LedgerError>> {
    let row =
        of(team, id).select(InvoiceRow::as_select()).for_no_key_update().first(connection).optional()?;
    row.map(Kept::try_from).transpose().map_err(Failure::store)
}

/// What is kept after a report; nothing if something else happened since the reporter looked.
fn after(before: Option<&Kept>, report: &Report) -> Option<Kept> {
    if before.map(|kept| kept.version) != report.seen {
        return None;
    }
    let state = State::after(before.map(|kept| &kept.entry.state), report.event.clone()).ok()?;
    let (payload, contractor) = match before {
        Some(kept) if !matches!(report.event, Event::Claimed { .. }) => {
            (kept.entry.payload, kept.contractor.clone())
        }
        _ => (report.payload, report.contractor.clone()),
    };
    Some(Kept { entry: Entry { payload, state }, contractor, version: report.seen.unwrap_or(0) + 1 })
}

/// Says how many rows that were: none if another was there first.
fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    (report, kept): (&Report, &Kept),
    columns: &StateColumns<'_>,
    at: chrono::DateTime<chrono::Utc>,
) -> QueryResult<usize> {
    diesel::insert_into(invoices::table)
        .values((
            invoices::team_id.eq(team.uuid()),
            invoices::invoice_id.eq(report.invoice.uuid()),
            invoices::payload.eq(&kept.entry.payload.bytes()[..]),
            invoices::contractor.eq(kept.contractor.as_str()),
            columns,
            invoices::version.eq(kept.version),
            invoices::created_at.eq(at),
            invoices::updated_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
}

fn update(
    connection: &mut PgConnection,
    team: TeamId,
    (report, kept): (&Report, &Kept),
    columns: &StateColumns<'_>,
    at: chrono::DateTime<chrono::Utc>,
) -> QueryResult<usize> {
    diesel::update(of(team, report.invoice))
        .set((
            invoices::payload.eq(&kept.entry.payload.bytes()[..]),
            invoices::contractor.eq(kept.contractor.as_str()),
            columns,
            invoices::version.eq(kept.version),
            invoices::updated_at.eq(at),
        ))
        .execute(connection)
}

/// What the history shows of a state.
fn detail(state: &State) -> Value {
    match state {
        State::Intended { lease } => json!({ "lease": lease }),
        State::InFlight { lease } => json!({ "lease": lease }),
        State::Created(made) => json!({
            "wfirmaInvoiceId": made.booked.wfirma_id, "invoiceNumber": made.booked.number,
            "total": made.booked.total, "createdAt": made.at,
        }),
        State::Failed(failure) => {
            json!({"errorCode": failure.code.as_str(), "errorMessage": failure.message})
        }
        State::Unknown { last_send, several } => json!({"lastSend": last_send, "several": several}),
    }
}

/// What the audit trail calls a state that somebody will ask for; steps on the way are in the history alone.
fn settled(state: &State) -> Option<&'static str> {
    match state {
        State::Intended { .. } | State::InFlight { .. } => None,
        State::Created(_) => Some("accounting_invoice.created"),
        State::Failed(_) => Some("accounting_invoice.failed"),
        State::Unknown { .. } => Some("accounting_invoice.unknown"),
    }
}
