//! What is known of invoices: one row each, changed under a lock, with every change in its history.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Interval, Timestamptz};
use invoicing::accounting::{InvoiceId, State};
use invoicing::ports::{
    InvoiceLedger, InvoiceStory, LedgerEntry, LedgerError, LookUps, PendingLookup, Report,
};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};
use uuid::Uuid;

use super::rows::{AskedColumns, InvoiceRow, KeyedRow, StateColumns, StepRow};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::{accounting_invoice_history as history, accounting_invoices as invoices};
use crate::write_error::WriteError;

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
    async fn find(&self, team: TeamId, id: InvoiceId) -> Result<Option<LedgerEntry>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(InvoiceRow::as_select()).first(connection).optional()
        });
        found.await?.map(LedgerEntry::try_from).transpose()
    }

    async fn find_all(
        &self,
        team: TeamId,
        ids: Vec<InvoiceId>,
    ) -> Result<HashMap<InvoiceId, LedgerEntry>, StoreError> {
        let ids: Vec<_> = ids.into_iter().map(InvoiceId::uuid).collect();
        let found = self.db.read(Scope::Team(team), move |connection| {
            invoices::table
                .filter(invoices::team_id.eq(team.uuid()))
                .filter(invoices::invoice_id.eq_any(ids))
                .select(KeyedRow::as_select())
                .load(connection)
        });
        found
            .await?
            .into_iter()
            .map(|row| PendingLookup::try_from(row).map(|it| (it.invoice, it.kept)))
            .collect()
    }

    async fn story(&self, team: TeamId, id: InvoiceId) -> Result<Option<InvoiceStory>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            let row = of(team, id).select(KeyedRow::as_select()).first(connection).optional()?;
            let Some(row) = row else { return Ok(None) };
            let mut steps = steps(connection, team, id, row.version())?;
            steps.reverse();
            Ok(Some((row, steps)))
        });
        let Some((row, steps)) = found.await? else { return Ok(None) };
        let steps = steps.into_iter().map(Into::into).collect();
        Ok(Some(InvoiceStory { kept: PendingLookup::try_from(row)?.kept, steps }))
    }

    async fn record(
        &self,
        context: WriteContext<LedgerEntry>,
        report: Report,
    ) -> Result<LedgerEntry, LedgerError> {
        let (team, at, invoice) = (context.team, context.at, report.invoice);
        let (actor, request_id) = (context.actor.to_string(), context.request_id.clone());
        let written = self.db.change(Lane::Ordinary, context, move |connection| {
            let before = locked(connection, team, invoice)?;
            let kept = report.after(before.as_ref()).map_err(WriteError::Port)?;
            let columns = StateColumns::of(&kept.entry.state);
            let stored = match &before {
                None => insert(connection, (team, invoice), &kept, &columns, at)?,
                Some(_) => update(connection, (team, invoice), &kept, &columns, at)?,
            };
            if stored != 1 {
                return Err(WriteError::Port(LedgerError::Overtaken));
            }
            diesel::insert_into(history::table)
                .values((
                    history::team_id.eq(team.uuid()),
                    history::invoice_id.eq(invoice.uuid()),
                    history::version.eq(kept.version),
                    history::at.eq(at),
                    history::actor.eq(&actor),
                    history::request_id.eq(&request_id),
                    history::state.eq(columns.state),
                    history::detail.eq(kept.entry.detail()),
                ))
                .execute(connection)?;
            let audit = audited(invoice, &kept);
            Ok(Change { outcome: kept, events: Vec::new(), audit })
        });
        match written.await? {
            Written::Done(kept) => {
                tell_of_other_total(team, invoice, &kept);
                Ok(kept)
            }
            Written::Replayed(_) => Err(LedgerError::Overtaken),
        }
    }

    async fn due(&self, at: DateTime<Utc>, look_ups: LookUps) -> Result<Vec<PendingLookup>, StoreError> {
        let given = self.db.write(Scope::System, Lane::Ordinary, move |connection| {
            give_out(connection, at, look_ups).map_err(WriteError::<StoreError>::from)
        });
        given.await?.into_iter().map(PendingLookup::try_from).collect()
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
) -> Result<Option<LedgerEntry>, WriteError<LedgerError>> {
    let row =
        of(team, id).select(InvoiceRow::as_select()).for_no_key_update().first(connection).optional()?;
    row.map(LedgerEntry::try_from).transpose().map_err(WriteError::store)
}

/// The last of what became of an invoice up to a version, the latest first.
fn steps(
    connection: &mut PgConnection,
    team: TeamId,
    id: InvoiceId,
    version: i64,
) -> QueryResult<Vec<StepRow>> {
    history::table
        .filter(history::team_id.eq(team.uuid()))
        .filter(history::invoice_id.eq(id.uuid()))
        // what came between the two statements belongs to the next story
        .filter(history::version.le(version))
        .order(history::version.desc())
        .limit(InvoiceStory::MOST_STEPS.into())
        .select(StepRow::as_select())
        .load(connection)
}

/// Says how many rows that were: none if another was there first.
fn insert(
    connection: &mut PgConnection,
    (team, invoice): (TeamId, InvoiceId),
    kept: &LedgerEntry,
    columns: &StateColumns<'_>,
    at: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::insert_into(invoices::table)
        .values((
            invoices::team_id.eq(team.uuid()),
            invoices::invoice_id.eq(invoice.uuid()),
            AskedColumns::of(&kept.entry.asked),
            columns,
            invoices::version.eq(kept.version),
            invoices::created_at.eq(at),
            invoices::updated_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
}

/// What was recorded anew is looked up as soon as it may be.
fn update(
    connection: &mut PgConnection,
    (team, invoice): (TeamId, InvoiceId),
    kept: &LedgerEntry,
    columns: &StateColumns<'_>,
    at: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(of(team, invoice))
        .set((
            AskedColumns::of(&kept.entry.asked),
            columns,
            invoices::look_at.eq(None::<DateTime<Utc>>),
            invoices::version.eq(kept.version),
            invoices::updated_at.eq(at),
        ))
        .execute(connection)
}

/// Puts off the next look-up of those that wait longest, and gives them; what another asker takes at the same time is
/// passed over.
fn give_out(
    connection: &mut PgConnection,
    at: DateTime<Utc>,
    look_ups: LookUps,
) -> QueryResult<Vec<KeyedRow>> {
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
    .bind::<BigInt, _>(i64::from(look_ups.at_once))
    .bind::<Interval, _>(look_ups.shortest)
    .bind::<Interval, _>(look_ups.longest)
    .load(connection)
}

/// What the audit trail keeps of a state that somebody will ask for; steps on the way are in the history alone.
fn audited(invoice: InvoiceId, kept: &LedgerEntry) -> Option<AuditEntry> {
    let action = match &kept.entry.state {
        State::Intended { .. } | State::InFlight { .. } => return None,
        State::Created(_) if kept.entry.other_total().is_some() => {
            "accounting_invoice.created_with_other_total"
        }
        State::Created(_) => "accounting_invoice.created",
        State::Failed(_) => "accounting_invoice.failed",
        State::Unknown { .. } => "accounting_invoice.unknown",
    };
    let (subject_kind, subject) = ("accounting_invoice", invoice.uuid());
    Some(AuditEntry {
        action: action.into(),
        subject_kind,
        subject,
        before: None,
        after: Some(kept.entry.detail()),
    })
}

/// An invoice that comes to something else than we reckoned stands in somebody's books by now.
fn tell_of_other_total(team: TeamId, invoice: InvoiceId, kept: &LedgerEntry) {
    if let Some(total) = kept.entry.other_total() {
        let (total, expected) = (total.value(), kept.entry.asked.gross.value());
        tracing::warn!(%team, %invoice, %total, %expected, "an invoice was made with another total than reckoned");
    }
}
