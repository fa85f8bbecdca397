//! The bulk import: one transaction that merges the rows and records the import.

mod chunk;
mod history;
mod lookups;
mod merge;
mod stage;

use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::events::OutboxMessage;
use kernel::write::{WriteContext, Written};
use order_import::events::RECORD;
use order_import::import::PreparedImport;
use order_import::import::report::{ImportReport, Verdict};
use order_import::import::values::Mode;
use order_import::ports::ManufacturingOrders;
use serde_json::json;

pub use history::PgImportHistory;
pub use lookups::{PgImportRoutings, PgImportWorkCentres};

use crate::db::{Db, Lane};
use crate::effects::Change;
use crate::write_error::WriteError;
use history::Recorder;

/// The manufacturing orders that an import writes to, in PostgreSQL.
pub struct PgManufacturingOrders {
    db: Db,
}

impl PgManufacturingOrders {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

/// Up to this many rows an import takes an ordinary connection, not one of the bulk lane.
const SMALL: usize = 500;

#[async_trait]
impl ManufacturingOrders for PgManufacturingOrders {
    #[tracing::instrument(name = "ManufacturingOrders::import", level = "debug", skip_all)]
    async fn import(
        &self,
        context: WriteContext<ImportReport>,
        import: PreparedImport,
    ) -> Result<Written<ImportReport>, StoreError> {
        let lane = if import.rows.len() > SMALL { Lane::Bulk } else { Lane::Ordinary };
        let recorder = Recorder::new(&context);
        let mut waiting = Some(import);
        self.db
            .change(lane, context, move |connection| {
                let report = merge_and_settle(connection, &recorder, &mut waiting)?;
                if !report.options.dry_run {
                    recorder.record(connection, &report)?;
                }
                Ok(change(&recorder, report))
            })
            .await
    }
}

/// Merges the rows, and rolls the merge back if the report says so.
fn merge_and_settle(
    connection: &mut PgConnection,
    recorder: &Recorder,
    waiting: &mut Option<PreparedImport>,
) -> Result<ImportReport, WriteError<StoreError>> {
    // deadlocks only occur while merging, after which the import is still here for the next attempt
    let import =
        waiting.as_ref().ok_or_else(|| WriteError::internal("an import was repeated after its merge"))?;
    let may_be_taken_back = import.options.dry_run || import.options.mode == Mode::AllOrNothing;
    if may_be_taken_back {
        connection.batch_execute("SAVEPOINT merge")?;
    }
    let facts = merge::merge(connection, recorder.team, recorder.at, import)?;
    let import = waiting.take().ok_or_else(|| WriteError::internal("an import was lost"))?;
    let report = import.into_report(facts).map_err(WriteError::internal)?;
    if may_be_taken_back && (report.options.dry_run || report.verdict == Verdict::Rejected) {
        connection.batch_execute("ROLLBACK TO SAVEPOINT merge")?;
    }
    Ok(report)
}

/// One event entry and one audit entry for all the orders written, both pointing to the import's record.
fn change(recorder: &Recorder, report: ImportReport) -> Change<ImportReport> {
    if report.options.dry_run || !report.wrote_orders() {
        return Change::nothing(report);
    }
    let events = vec![OutboxMessage::Bulk { record: RECORD, id: report.id.uuid(), at: recorder.at }];
    let counts = report.counts;
    let after = json!({
        "created": counts.created,
        "updated": counts.changed,
        "skipped": counts.skipped,
        "errors": counts.errors,
    });
    let audit = AuditEntry {
        action: "orders.imported".into(),
        subject_kind: RECORD,
        subject: report.id.uuid(),
        before: None,
        after: Some(after.to_string()),
    };
    Change { outcome: report, events, audit: vec![audit] }
}
