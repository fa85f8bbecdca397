//! Takes away what has outlived its use.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
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
