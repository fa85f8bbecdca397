//! Deletes expired rows of every team: one batch a transaction, until a batch is not full.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Timestamptz};
use identity::session::REFRESH_TOKEN_LIFE;
use kernel::error::StoreError;

use crate::db::{Db, Lane, Scope};
use crate::write_error::WriteError;

/// The most rows that one statement deletes, so that none holds locks for long.
pub const BATCH: usize = 10_000;

/// How long failed log-ins are stored after the last of them: far longer than they can lock anybody out.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::days(1);

/// Deletes responses stored for idempotency keys that expired before `now`. Returns how many.
pub async fn sweep_answers(db: &Db, now: DateTime<Utc>) -> Result<usize, StoreError> {
    in_batches(db, "idempotent_answers", "t.expires_at <= $1", now).await
}

/// Deletes refresh tokens that have expired by `now`, spent or not. Returns how many.
pub async fn sweep_refresh_tokens(db: &Db, now: DateTime<Utc>) -> Result<usize, StoreError> {
    in_batches(db, "refresh_tokens", "t.expires_at <= $1", now).await
}

/// Deletes sessions that can't be refreshed any more: begun as long before `now` as a refresh token lives, and without any
/// token left, so [`sweep_refresh_tokens`] comes first. Returns how many.
pub async fn sweep_sessions(db: &Db, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let without_token = "t.begun_at <= $1 AND NOT EXISTS
        (SELECT FROM refresh_tokens k WHERE k.team_id = t.team_id AND k.session_id = t.id)";
    in_batches(db, "sessions", without_token, now - REFRESH_TOKEN_LIFE).await
}

/// Deletes the record of wrong passwords after a day without attempts before `now`. Returns for how many pairs of account
/// and address.
pub async fn sweep_log_in_attempts(db: &Db, now: DateTime<Utc>) -> Result<usize, StoreError> {
    in_batches(db, "log_in_attempts", "t.tried_at <= $1", now - ATTEMPTS_KEPT).await
}

/// Deletes records of the access log made before `then`. Returns how many.
pub async fn sweep_access_log(db: &Db, then: DateTime<Utc>) -> Result<usize, StoreError> {
    in_batches(db, "access_log", "t.at < $1", then).await
}

/// Deletes exchanges with accounting systems that were sent before `then`. Returns how many.
pub async fn sweep_accounting_exchanges(db: &Db, then: DateTime<Utc>) -> Result<usize, StoreError> {
    in_batches(db, "accounting_exchanges", "t.at < $1", then).await
}

/// Deletes samples of equipment that came in before `then`. Returns how many.
pub async fn sweep_equipment_samples(db: &Db, then: DateTime<Utc>) -> Result<usize, StoreError> {
    in_batches(db, "equipment_samples", "t.received_at < $1", then).await
}

/// Deletes events that happened before `then`, that every consumer's cursor has passed and that are not to be retried.
/// Returns how many. Deletes nothing while no consumer has a cursor, or one has a cursor of another PostgreSQL cluster.
pub async fn sweep_outbox(db: &Db, then: DateTime<Utc>) -> Result<usize, StoreError> {
    let passed = "t.occurred_at < $1
        AND (t.xid, t.id) <= (SELECT xid, event_id FROM relay_cursors ORDER BY xid, event_id LIMIT 1)
        AND NOT EXISTS (SELECT FROM relay_cursors k, pg_control_system() p WHERE k.cluster <> p.system_identifier)
        AND NOT EXISTS (SELECT FROM relay_retries r WHERE r.team_id = t.team_id AND r.event_id = t.id)";
    in_batches(db, "outbox", passed, then).await
}

/// Deletes inbox rows from before `then` whose event is gone from the outbox. Returns how many. `then` lies well before that
/// of [`sweep_outbox`]: a process that was suspended for days may still deliver what it had read.
pub async fn sweep_inbox(db: &Db, then: DateTime<Utc>) -> Result<usize, StoreError> {
    let gone = "t.consumed_at < $1
        AND NOT EXISTS (SELECT FROM outbox o WHERE o.team_id = t.team_id AND o.id = t.event_id)";
    in_batches(db, "inbox", gone, then).await
}

/// Deletes the rows `t` of a table that had ended by `$1`, as a condition says.
async fn in_batches(
    db: &Db,
    table: &'static str,
    ended: &'static str,
    by: DateTime<Utc>,
) -> Result<usize, StoreError> {
    // found by its physical position, which a row of another partition may have too: that one has ended as well, or stays
    let delete = format!(
        "DELETE FROM {table} t
         WHERE t.ctid = ANY (ARRAY(SELECT t.ctid FROM {table} t WHERE {ended} LIMIT $2)) AND {ended}"
    );
    let mut swept = 0;
    loop {
        let delete = delete.clone();
        let batch = db.write(Scope::System, Lane::Ordinary, move |connection| {
            let delete = sql_query(&*delete).bind::<Timestamptz, _>(by).bind::<BigInt, _>(BATCH as i64);
            delete.execute(connection).map_err(WriteError::<StoreError>::from)
        });
        let batch = batch.await?;
        swept += batch;
        if batch < BATCH {
            return Ok(swept);
        }
    }
}
