use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Interval, Timestamptz};
use invoicing::accounting::{InvoiceId, InvoiceState, LedgerEntry};
use invoicing::ports::{
    InvoiceHistory, InvoiceLedger, LedgerError, LedgerUpdate, LookupSchedule, PendingLookup,
};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};

use super::table::{InvoiceRow, insert, insert_step, load, load_all, load_steps, lock, update};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::write_error::WriteError;

/// The invoice ledger in PostgreSQL: a row for each invoice, changed under a lock, with every change in its history.
pub struct PgInvoiceLedger {
    db: Db,
}

impl PgInvoiceLedger {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl InvoiceLedger for PgInvoiceLedger {
    #[tracing::instrument(name = "InvoiceLedger::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: InvoiceId) -> Result<Option<LedgerEntry>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| load(connection, team, id));
        row.await?.map(LedgerEntry::try_from).transpose()
    }

    #[tracing::instrument(name = "InvoiceLedger::find_all", level = "debug", skip_all)]
    async fn find_all(
        &self,
        team: TeamId,
        ids: Vec<InvoiceId>,
    ) -> Result<HashMap<InvoiceId, LedgerEntry>, StoreError> {
        let ids: Vec<_> = ids.into_iter().map(InvoiceId::uuid).collect();
        let rows = self.db.read(Scope::Team(team), move |connection| load_all(connection, team, ids));
        let entries = rows.await?.into_iter().map(LedgerEntry::try_from);
        entries.map(|entry| entry.map(|entry| (entry.id, entry))).collect()
    }

    #[tracing::instrument(name = "InvoiceLedger::history", level = "debug", skip_all)]
    async fn history(&self, team: TeamId, id: InvoiceId) -> Result<Option<InvoiceHistory>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            let Some(row) = load(connection, team, id)? else { return Ok(None) };
            let steps = load_steps(connection, team, id, row.version)?;
            Ok(Some((row, steps)))
        });
        let Some((row, steps)) = found.await? else { return Ok(None) };
        let steps = steps.into_iter().rev().map(Into::into).collect();
        Ok(Some(InvoiceHistory { entry: row.try_into()?, steps }))
    }

    #[tracing::instrument(name = "InvoiceLedger::record", level = "debug", skip_all)]
    async fn record(
        &self,
        context: WriteContext<LedgerEntry>,
        event: LedgerUpdate,
    ) -> Result<LedgerEntry, LedgerError> {
        let (team, at) = (context.team, context.at);
        let (actor, request_id) = (context.actor.to_string(), context.request_id.clone());
        let written = self.db.change(Lane::Ordinary, context, move |connection| {
            let before = lock(connection, team, event.invoice)?;
            let entry = event.apply(before.as_ref()).map_err(WriteError::Port)?;
            let is_stored = match &before {
                None => insert(connection, team, &entry, at)?,
                Some(_) => update(connection, team, &entry, at)?,
            };
            if !is_stored {
                return Err(WriteError::Port(LedgerError::Overtaken));
            }
            insert_step(connection, team, &entry, at, (&actor, &request_id))?;
            let audit = audit(&entry);
            Ok(Change { outcome: entry, events: Vec::new(), audit: Vec::from_iter(audit) })
        });
        match written.await? {
            Written::Done(entry) => {
                warn_of_unexpected_total(team, &entry);
                Ok(entry)
            }
            Written::Replayed(_) => Err(LedgerError::Overtaken),
        }
    }

    #[tracing::instrument(name = "InvoiceLedger::due", level = "debug", skip_all)]
    async fn due(
        &self,
        at: DateTime<Utc>,
        schedule: LookupSchedule,
    ) -> Result<Vec<PendingLookup>, StoreError> {
        let given = self.db.write(Scope::System, Lane::Ordinary, move |connection| {
            give_out(connection, at, schedule).map_err(WriteError::<StoreError>::from)
        });
        given.await?.into_iter().map(PendingLookup::try_from).collect()
    }
}

/// Postpones the next look-up of those that have waited longest, and returns them; those that another caller takes at the
/// same time are skipped.
fn give_out(
    connection: &mut PgConnection,
    at: DateTime<Utc>,
    schedule: LookupSchedule,
) -> QueryResult<Vec<InvoiceRow>> {
    sql_query(
        "WITH due AS MATERIALIZED (
             SELECT team_id, invoice_id, coalesce(look_at, lease, last_send) AS since FROM accounting_invoices
             WHERE state IN ('in_flight', 'unknown') AND coalesce(look_at, lease, last_send) <= $1
             ORDER BY since, invoice_id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
         ), given AS (
             UPDATE accounting_invoices i
             SET look_at = $1 + least(greatest($1 - coalesce(i.lease, i.last_send), $3), $4)
             FROM due WHERE i.team_id = due.team_id AND i.invoice_id = due.invoice_id
             RETURNING i.*, due.since
         )
         SELECT * FROM given ORDER BY since, invoice_id",
    )
    .bind::<Timestamptz, _>(at)
    .bind::<BigInt, _>(i64::from(schedule.batch_size))
    .bind::<Interval, _>(schedule.min_interval)
    .bind::<Interval, _>(schedule.max_interval)
    .load(connection)
}

/// The audit entry of a state that somebody will ask for; steps on the way are in the history alone.
fn audit(entry: &LedgerEntry) -> Option<AuditEntry> {
    let verb = match &entry.state {
        InvoiceState::Intended { .. } | InvoiceState::InFlight { .. } => return None,
        InvoiceState::Created(_) if entry.unexpected_total().is_some() => "created_with_other_total",
        InvoiceState::Created(_) => "created",
        InvoiceState::Failed(_) => "failed",
        InvoiceState::Unknown { .. } => "unknown",
    };
    Some(AuditEntry::of(verb, None, Some(entry)))
}

/// Warns of an invoice that has another total than expected: it is valid by now.
fn warn_of_unexpected_total(team: TeamId, entry: &LedgerEntry) {
    if let Some(total) = entry.unexpected_total() {
        let (invoice, total, expected) = (entry.id, total.value(), entry.requested.gross.value());
        tracing::warn!(%team, %invoice, %total, %expected, "an invoice was made with another total than reckoned");
    }
}
