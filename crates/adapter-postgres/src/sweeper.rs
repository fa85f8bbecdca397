//! Takes away what has outlived its use.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Timestamptz};
use kernel::error::StoreError;

use crate::db::{Db, Lane, Scope};
use crate::failure::Failure;
use crate::schema::idempotent_answers;

/// Deletes answers kept for idempotency keys that expired before `now`; gives how many.
///
/// # Errors
/// When the store fails.
pub async fn sweep_answers(db: &Db, now: DateTime<Utc>) -> Result<usize, StoreError> {
    db.write(Scope::System, Lane::Ordinary, move |connection| {
        let expired = idempotent_answers::table.filter(idempotent_answers::expires_at.le(now));
        diesel::delete(expired).execute(connection).map_err(Failure::from)
    })
    .await
}

/// Records that one statement deletes: a night's worth must not hold a transaction open for long.
const BATCH: i64 = 10_000;

/// Deletes records of the access log made before `then`; gives how many.
///
/// # Errors
/// When the store fails; what was deleted before stays so.
pub async fn sweep_access_log(db: &Db, then: DateTime<Utc>) -> Result<usize, StoreError> {
    let mut swept = 0;
    loop {
        let deleted = db
            .write(Scope::System, Lane::Ordinary, move |connection| {
                sql_query(
                    "DELETE FROM access_log
                     WHERE ctid = ANY (ARRAY(SELECT ctid FROM access_log WHERE at < $1 LIMIT $2))",
                )
                .bind::<Timestamptz, _>(then)
                .bind::<BigInt, _>(BATCH)
                .execute(connection)
                .map_err(Failure::<StoreError>::from)
            })
            .await?;
        swept += deleted;
        if deleted < BATCH as usize {
            return Ok(swept);
        }
    }
}
