//! The record of an import: written with it, read as history.

use std::sync::mpsc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::WriteContext;
use order_import::import::policy::Outcome;
use order_import::import::report::{
    Counts, ImportRecord, ImportReport, ImportSummary, RecordedRows, Verdict,
};
use order_import::import::values::ImportId;
use order_import::import::{ImportRow, Source};
use order_import::ports::ImportHistory;
use uuid::Uuid;

use super::chunk;
use crate::db::{Db, Scope, listing};
use crate::schema::{order_import_chunks, order_imports};
use crate::write_error::{WriteError, unreadable};

/// The history of imports in PostgreSQL.
pub struct PgImportHistory {
    db: Db,
}

impl PgImportHistory {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

/// Writes an import's record.
pub(super) struct Recorder {
    pub(super) team: TeamId,
    pub(super) at: DateTime<Utc>,
    actor: String,
    request_id: String,
}

impl Recorder {
    pub(super) fn new(context: &WriteContext<ImportReport>) -> Self {
        Self {
            team: context.team,
            at: context.at,
            actor: context.actor.to_string(),
            request_id: context.request_id.clone(),
        }
    }

    pub(super) fn record(
        &self,
        connection: &mut PgConnection,
        report: &ImportReport,
    ) -> Result<(), WriteError<StoreError>> {
        diesel::insert_into(order_imports::table).values(self.row(report)).execute(connection)?;
        let rows: Vec<_> = report.rows().collect();
        let chunks: Vec<_> = rows.chunks(chunk::ROWS).collect();
        let mut insert = |number: usize, content: Vec<u8>| -> QueryResult<()> {
            diesel::insert_into(order_import_chunks::table)
                .values((
                    order_import_chunks::team_id.eq(self.team.uuid()),
                    order_import_chunks::import_id.eq(report.id.uuid()),
                    order_import_chunks::chunk.eq(i32::try_from(number).unwrap_or(i32::MAX)),
                    order_import_chunks::format.eq(chunk::FORMAT),
                    order_import_chunks::content.eq(content),
                ))
                .execute(connection)
                .map(drop)
        };
        if let [rows] = chunks.as_slice() {
            return Ok(insert(0, chunk::compress(rows.iter().copied()).map_err(WriteError::store)?)?);
        }
        compress_in_parallel(&chunks, |number, compressed| {
            Ok(insert(number, compressed.map_err(WriteError::store)?)?)
        })
    }

    fn row<'a>(&'a self, report: &'a ImportReport) -> NewImportRow<'a> {
        let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        NewImportRow {
            team_id: self.team.uuid(),
            id: report.id.uuid(),
            created_at: self.at,
            actor: &self.actor,
            request_id: &self.request_id,
            outcome: report.verdict.as_str(),
            source: report.source.format(),
            file_name: report.options.file_name.as_deref(),
            separator: report.source.separator.map(String::from),
            mode: report.options.mode.as_str(),
            on_existing: report.options.on_existing.as_str(),
            source_columns: report.source.columns.iter().map(AsRef::as_ref).collect(),
            ignored_columns: report.source.ignored_columns.iter().map(String::as_str).collect(),
            rows: count(report.counts.rows()),
            created: count(report.counts.created),
            updated: count(report.counts.updated),
            skipped: count(report.counts.skipped),
            errors: count(report.counts.errors),
            changed: count(report.counts.changed),
        }
    }
}

type Rows<'a> = [(&'a ImportRow, &'a Outcome)];

/// Compresses chunks on threads of their own while `take` stores the finished ones: compressing a hundred thousand rows
/// takes a fifth of a second, during which the transaction would hold its locks idly.
fn compress_in_parallel(
    chunks: &[&Rows<'_>],
    mut take: impl FnMut(usize, Result<Vec<u8>, StoreError>) -> Result<(), WriteError<StoreError>>,
) -> Result<(), WriteError<StoreError>> {
    const COMPRESSORS: usize = 2;
    std::thread::scope(|scope| {
        let (send, compressed) = mpsc::sync_channel(2 * COMPRESSORS);
        for worker in 0..COMPRESSORS {
            let send = send.clone();
            scope.spawn(move || {
                for (number, rows) in chunks.iter().enumerate().skip(worker).step_by(COMPRESSORS) {
                    if send.send((number, chunk::compress(rows.iter().copied()))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        compressed.into_iter().try_for_each(|(number, content)| take(number, content))
    })
}

#[derive(Insertable)]
#[diesel(table_name = order_imports)]
struct NewImportRow<'a> {
    team_id: Uuid,
    id: Uuid,
    created_at: DateTime<Utc>,
    actor: &'a str,
    request_id: &'a str,
    outcome: &'static str,
    source: &'static str,
    file_name: Option<&'a str>,
    separator: Option<String>,
    mode: &'static str,
    on_existing: &'static str,
    source_columns: Vec<&'a str>,
    ignored_columns: Vec<&'a str>,
    rows: i32,
    created: i32,
    updated: i32,
    skipped: i32,
    errors: i32,
    changed: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = order_imports, check_for_backend(Pg))]
struct ImportSummaryRow {
    id: Uuid,
    created_at: DateTime<Utc>,
    actor: String,
    outcome: String,
    file_name: Option<String>,
    separator: Option<String>,
    mode: String,
    on_existing: String,
    source_columns: Vec<String>,
    ignored_columns: Vec<String>,
    created: i32,
    updated: i32,
    skipped: i32,
    errors: i32,
    changed: i32,
}

impl TryFrom<ImportSummaryRow> for ImportSummary {
    type Error = StoreError;

    fn try_from(row: ImportSummaryRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: Id::new(row.id),
            created_at: row.created_at,
            actor: row.actor,
            verdict: row.outcome.parse().map_err(unreadable)?,
            mode: row.mode.parse().map_err(unreadable)?,
            on_existing: row.on_existing.parse().map_err(unreadable)?,
            file_name: row.file_name.map(Into::into),
            source: Source {
                separator: row.separator.and_then(|separator| separator.chars().next()),
                columns: row.source_columns.into_iter().map(Into::into).collect(),
                ignored_columns: row.ignored_columns,
            },
            counts: Counts {
                created: row.created.unsigned_abs(),
                updated: row.updated.unsigned_abs(),
                skipped: row.skipped.unsigned_abs(),
                errors: row.errors.unsigned_abs(),
                changed: row.changed.unsigned_abs(),
            },
        })
    }
}

#[async_trait]
impl ImportHistory for PgImportHistory {
    #[tracing::instrument(name = "ImportHistory::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        verdict: Option<Verdict>,
        window: Window,
    ) -> Result<Listing<ImportSummary>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, verdict)
                    .order((order_imports::created_at.desc(), order_imports::id.desc()))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(ImportSummaryRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, verdict).count().get_result(connection)?))
            })
            .await
            .and_then(listing)
    }

    #[tracing::instrument(name = "ImportHistory::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: ImportId) -> Result<Option<ImportRecord>, StoreError> {
        let found = self
            .db
            .read(Scope::Team(team), move |connection| {
                let summary = order_imports::table
                    .filter(order_imports::team_id.eq(team.uuid()))
                    .filter(order_imports::id.eq(id.uuid()))
                    .select(ImportSummaryRow::as_select())
                    .first(connection)
                    .optional()?;
                let Some(summary) = summary else { return Ok(None) };
                let chunks: Vec<(i16, Vec<u8>)> = order_import_chunks::table
                    .filter(order_import_chunks::team_id.eq(team.uuid()))
                    .filter(order_import_chunks::import_id.eq(id.uuid()))
                    .order(order_import_chunks::chunk)
                    .select((order_import_chunks::format, order_import_chunks::content))
                    .load(connection)?;
                Ok(Some((summary, chunks)))
            })
            .await?;
        let Some((summary, chunks)) = found else { return Ok(None) };
        Ok(Some(ImportRecord { summary: summary.try_into()?, rows: read_rows(chunks) }))
    }
}

fn filtered(team: TeamId, verdict: Option<Verdict>) -> order_imports::BoxedQuery<'static, Pg> {
    let query = order_imports::table.filter(order_imports::team_id.eq(team.uuid())).into_boxed();
    match verdict {
        Some(verdict) => query.filter(order_imports::outcome.eq(verdict.as_str())),
        None => query,
    }
}

/// Reads one chunk at a time, so that a large import is never in memory as a whole.
fn read_rows(chunks: Vec<(i16, Vec<u8>)>) -> RecordedRows {
    let first_rows = (1..).step_by(chunk::ROWS);
    Box::new(chunks.into_iter().zip(first_rows).flat_map(
        |((format, content), first)| match chunk::decompress(format, &content, first) {
            Ok(rows) => rows.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        },
    ))
}
