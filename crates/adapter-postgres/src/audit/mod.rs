//! The audit trail: entries, the chains that seal them, and the access log.

mod access_log;
mod sealer;
mod trail;
mod verify;

use ::audit::{ChainHash, Entry, Seal};
use diesel::QueryableByName;
use diesel::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea, Nullable, Text, Timestamptz};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use uuid::Uuid;

pub use access_log::PgAccessLog;
pub use sealer::PgSealer;
pub use trail::PgAuditTrail;
pub use verify::PgChains;

/// µs from 1970-01-01, where `Entry` counts from, to 2000-01-01, where PostgreSQL does.
const EPOCH: i64 = 946_684_800_000_000;

/// The columns of an [`EntryRow`], of `audit_entries e`.
const ENTRY: &str = "e.team_id, e.id, e.at, e.actor, e.request_id, e.action, e.subject_kind, e.subject_id, \
                     e.before::text AS before, e.after::text AS after";

/// An entry as it is sealed: times as PostgreSQL counts them, JSON as it writes it.
#[derive(Debug, Queryable, QueryableByName)]
struct EntryRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    team_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    at: PgTimestamp,
    #[diesel(sql_type = Text)]
    actor: String,
    #[diesel(sql_type = Text)]
    request_id: String,
    #[diesel(sql_type = Text)]
    action: String,
    #[diesel(sql_type = Text)]
    subject_kind: String,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    subject_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    before: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    after: Option<String>,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            team: Id::new(row.team_id),
            id: Id::new(row.id),
            // infinity passes as a number here, so that verification reports it
            at: row.at.0.wrapping_add(EPOCH),
            actor: row.actor,
            request_id: row.request_id,
            action: row.action,
            subject_kind: row.subject_kind,
            subject: row.subject_id,
            before: row.before,
            after: row.after,
        }
    }
}

/// A seal and its team.
#[derive(QueryableByName)]
struct SealRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    team_id: Uuid,
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    entry_id: Uuid,
    #[diesel(sql_type = Bytea)]
    hash: Vec<u8>,
}

impl SealRow {
    fn of_team(self) -> Result<(TeamId, Seal), StoreError> {
        let seal = Seal { sequence: self.sequence, entry: Id::new(self.entry_id), hash: hash(self.hash)? };
        Ok((Id::new(self.team_id), seal))
    }
}

fn hash(bytes: Vec<u8>) -> Result<ChainHash, StoreError> {
    let bytes =
        bytes.try_into().map_err(|_| StoreError::Internal("a seal's hash has a wrong length".into()))?;
    Ok(ChainHash::new(bytes))
}
