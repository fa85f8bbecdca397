use std::collections::{BTreeMap, BTreeSet};

use ::audit::ports::{SealedBatch, Sealer};
use ::audit::{Entry, Seal};
use async_trait::async_trait;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Nullable, Text};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use uuid::Uuid;

use super::{ENTRY, EntryRow, SealRow};
use crate::db::{Db, Lane, Scope};
use crate::write_error::WriteError;

/// Seals entries in PostgreSQL.
///
/// One sealer works at a time, held by an advisory lock: it reads all teams in one order, and a batch is a few statements
/// whatever their number. Each team has its own chain.
pub struct PgSealer {
    db: Db,
    turn: u32,
}

/// Entries of a batch.
const TURN: u32 = 5_000;
/// The advisory lock that a sealer holds for its transaction: "seal".
const LOCK: i64 = 0x7365_616c;

type Done<T> = Result<T, WriteError<StoreError>>;

impl PgSealer {
    pub fn new(db: Db) -> Self {
        Self { db, turn: TURN }
    }

    /// The same, with smaller batches.
    #[must_use]
    pub fn in_turns_of(self, entries: u32) -> Self {
        Self { turn: entries.clamp(1, TURN), ..self }
    }
}

#[async_trait]
impl Sealer for PgSealer {
    #[tracing::instrument(name = "Sealer::seal", level = "debug", skip_all)]
    async fn seal(&self) -> Result<SealedBatch, StoreError> {
        let turn = self.turn;
        self.db.write(Scope::System, Lane::Ordinary, move |connection| seal(connection, turn)).await
    }
}

fn seal(connection: &mut PgConnection, turn: u32) -> Done<SealedBatch> {
    let lock = sql_query("SELECT pg_try_advisory_xact_lock($1) AS taken").bind::<BigInt, _>(LOCK);
    if !lock.get_result::<Lock>(connection)?.taken {
        return Ok(SealedBatch { sealed: 0, has_more: false });
    }
    // read before the entries, so that all below this horizon are seen
    let position: Position = sql_query(POSITION).get_result(connection)?;
    let rows = waiting(connection, &position, turn)?;
    let sealed = rows.len() as u64;
    let has_more = sealed >= u64::from(turn);
    let last = rows.last().map(|row| row.xid.clone());
    let entries: Vec<Entry> = rows.into_iter().map(|row| row.entry.into()).collect();
    let teams: BTreeSet<TeamId> = entries.iter().map(|entry| entry.team).collect();
    let teams: Vec<Uuid> = teams.into_iter().map(Id::uuid).collect();
    if !entries.is_empty() {
        let ends = ends(connection, &teams)?;
        insert(connection, &chained(&entries, ends))?;
    }
    match (&position.sealed_to, last) {
        // the batch was full: entries of the last transaction may still wait
        (Some(_), Some(last)) if has_more => advance(connection, &position, &teams, &last)?,
        (Some(_), Some(_)) => advance(connection, &position, &teams, &position.horizon)?,
        // nothing was done, so nothing is written
        (Some(_), None) => {}
        // every entry is looked at until none is left
        (None, _) if has_more => {}
        (None, _) => count_anew(connection, &position, &teams)?,
    }
    Ok(SealedBatch { sealed, has_more })
}

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

/// The progress of sealing in this PostgreSQL cluster, and how far it can go now.
#[derive(QueryableByName)]
struct Position {
    #[diesel(sql_type = BigInt)]
    cluster: i64,
    /// `None` in a PostgreSQL that entries were restored into, or where none was sealed ever.
    #[diesel(sql_type = Nullable<Text>)]
    sealed_to: Option<String>,
    /// Every transaction below it has ended.
    #[diesel(sql_type = Text)]
    horizon: String,
}

const POSITION: &str = "
    SELECT c.system_identifier AS cluster, pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
           (SELECT sealed_to::text FROM audit_chains WHERE cluster = c.system_identifier
            ORDER BY sealed_to DESC LIMIT 1) AS sealed_to
    FROM pg_control_system() c";

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(embed)]
    entry: EntryRow,
    #[diesel(sql_type = Text)]
    xid: String,
}

/// The next entries, by transaction, then by id.
fn waiting(connection: &mut PgConnection, position: &Position, turn: u32) -> QueryResult<Vec<WaitingRow>> {
    const UNSEALED: &str =
        "NOT EXISTS (SELECT FROM audit_seals s WHERE s.team_id = e.team_id AND s.entry_id = e.id)";
    if let Some(sealed_to) = &position.sealed_to {
        let query = format!(
            "SELECT {ENTRY}, e.xid::text AS xid FROM audit_entries e
             WHERE e.xid >= $1::xid8 AND e.xid < $2::xid8 AND {UNSEALED} ORDER BY e.xid, e.id LIMIT $3"
        );
        let query = sql_query(query).bind::<Text, _>(sealed_to).bind::<Text, _>(&position.horizon);
        return query.bind::<BigInt, _>(i64::from(turn)).load(connection);
    }
    // a visible transaction id of the future comes from a restored dump, and goes first
    let query = format!(
        "SELECT {ENTRY}, e.xid::text AS xid FROM audit_entries e
         WHERE (e.xid < $1::xid8 OR e.xid >= pg_snapshot_xmax(pg_current_snapshot())) AND {UNSEALED}
         ORDER BY e.xid < $1::xid8, e.xid, e.id LIMIT $2"
    );
    let query = sql_query(query).bind::<Text, _>(&position.horizon);
    query.bind::<BigInt, _>(i64::from(turn)).load(connection)
}

/// The last seal of each team that has one.
fn ends(connection: &mut PgConnection, teams: &[Uuid]) -> Done<BTreeMap<TeamId, Seal>> {
    let rows: Vec<SealRow> = sql_query(
        "SELECT s.* FROM unnest($1) t (id) CROSS JOIN LATERAL (
             SELECT team_id, sequence, entry_id, hash FROM audit_seals WHERE team_id = t.id
             ORDER BY sequence DESC LIMIT 1) s",
    )
    .bind::<Array<diesel::sql_types::Uuid>, _>(teams)
    .load(connection)?;
    rows.into_iter().map(SealRow::of_team).collect::<Result<_, StoreError>>().map_err(WriteError::store)
}

fn chained(entries: &[Entry], mut ends: BTreeMap<TeamId, Seal>) -> Vec<(TeamId, Seal)> {
    let next = |entry: &Entry| {
        let seal = Seal::after(ends.get(&entry.team), entry);
        ends.insert(entry.team, seal);
        (entry.team, seal)
    };
    entries.iter().map(next).collect()
}

fn insert(connection: &mut PgConnection, seals: &[(TeamId, Seal)]) -> QueryResult<()> {
    let column = |of: fn(&(TeamId, Seal)) -> Uuid| seals.iter().map(of).collect::<Vec<_>>();
    let sequences: Vec<i64> = seals.iter().map(|(_, seal)| seal.sequence).collect();
    let hashes: Vec<&[u8]> = seals.iter().map(|(_, seal)| &seal.hash.bytes()[..]).collect();
    sql_query(
        "INSERT INTO audit_seals (team_id, sequence, entry_id, hash) SELECT * FROM unnest($1, $2, $3, $4)",
    )
    .bind::<Array<diesel::sql_types::Uuid>, _>(column(|(team, _)| team.uuid()))
    .bind::<Array<BigInt>, _>(sequences)
    .bind::<Array<diesel::sql_types::Uuid>, _>(column(|(_, seal)| seal.entry.uuid()))
    .bind::<Array<Bytea>, _>(hashes)
    .execute(connection)
    .map(drop)
}

fn advance(connection: &mut PgConnection, position: &Position, teams: &[Uuid], to: &str) -> QueryResult<()> {
    sql_query(
        "INSERT INTO audit_chains (team_id, cluster, sealed_to) SELECT id, $2, $3::xid8 FROM unnest($1) t (id)
         ON CONFLICT (team_id) DO UPDATE SET cluster = excluded.cluster, sealed_to = excluded.sealed_to",
    )
    .bind::<Array<diesel::sql_types::Uuid>, _>(teams)
    .bind::<BigInt, _>(position.cluster)
    .bind::<Text, _>(to)
    .execute(connection)
    .map(drop)
}

/// Marks everything from another PostgreSQL cluster as sealed: from now on this one's transactions count.
fn count_anew(connection: &mut PgConnection, position: &Position, teams: &[Uuid]) -> QueryResult<()> {
    sql_query("UPDATE audit_chains SET cluster = $1, sealed_to = $2::xid8")
        .bind::<BigInt, _>(position.cluster)
        .bind::<Text, _>(&position.horizon)
        .execute(connection)?;
    advance(connection, position, teams, &position.horizon)
}
