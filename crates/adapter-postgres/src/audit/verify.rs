use std::collections::HashMap;

use ::audit::ports::{Chains, Unsealed};
use ::audit::{ChainHash, Entry, Link, NamedTeam, Seal};
use async_trait::async_trait;
use diesel::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bytea, Nullable, Text, Timestamptz};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use uuid::Uuid;

use super::{ENTRY, EntryRow, SealRow, hash};
use crate::db::{Db, Scope};
use crate::schema::teams;

/// The chains of every team in PostgreSQL.
pub struct PgChains {
    db: Db,
}

impl PgChains {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

/// A seal with its entry, as far as that exists.
#[derive(QueryableByName)]
struct LinkRow {
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    sealed_id: Uuid,
    #[diesel(sql_type = Bytea)]
    hash: Vec<u8>,
    #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
    team_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    at: Option<PgTimestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    actor: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    request_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    action: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    subject_kind: Option<String>,
    #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
    subject_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    before: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    after: Option<String>,
}

impl LinkRow {
    fn link(self) -> Result<Link, StoreError> {
        let hash = hash(self.hash)?;
        let seal = Seal { sequence: self.sequence, entry: Id::new(self.sealed_id), hash };
        let columns = (self.team_id, self.id, self.at, self.actor, self.request_id, self.action);
        let entry = match (columns, self.subject_kind, self.subject_id) {
            (
                (Some(team_id), Some(id), Some(at), Some(actor), Some(request_id), Some(action)),
                Some(subject_kind),
                Some(subject_id),
            ) => {
                let (before, after) = (self.before, self.after);
                let row = EntryRow {
                    team_id,
                    id,
                    at,
                    actor,
                    request_id,
                    action,
                    subject_kind,
                    subject_id,
                    before,
                    after,
                };
                Some(Entry::from(row))
            }
            _ => None,
        };
        Ok(Link { seal, entry })
    }
}

#[derive(QueryableByName)]
struct UnsealedRow {
    #[diesel(sql_type = BigInt)]
    waiting: i64,
    #[diesel(sql_type = BigInt)]
    behind: i64,
    #[diesel(sql_type = Array<diesel::sql_types::Uuid>)]
    behind_ids: Vec<Uuid>,
}

/// Entries behind the sealer: of transactions below the last it reached in this PostgreSQL cluster.
const UNSEALED: &str = "
    WITH passed AS (
        SELECT c.sealed_to FROM audit_chains c
        WHERE c.cluster = (SELECT system_identifier FROM pg_control_system())
        ORDER BY c.sealed_to DESC LIMIT 1),
    unsealed AS (
        SELECT e.id, coalesce(e.xid < (SELECT sealed_to FROM passed), false) AS is_behind
        FROM audit_entries e
        WHERE e.team_id = $1
          AND NOT EXISTS (SELECT FROM audit_seals s WHERE s.team_id = e.team_id AND s.entry_id = e.id))
    SELECT count(*) FILTER (WHERE NOT is_behind) AS waiting, count(*) FILTER (WHERE is_behind) AS behind,
           ARRAY(SELECT id FROM unsealed WHERE is_behind ORDER BY id LIMIT 20) AS behind_ids
    FROM unsealed";

#[async_trait]
impl Chains for PgChains {
    #[tracing::instrument(name = "Chains::teams", level = "debug", skip_all)]
    async fn teams(&self) -> Result<Vec<NamedTeam>, StoreError> {
        let rows: Vec<(Uuid, String)> = self
            .db
            .read(Scope::System, |connection| {
                teams::table.select((teams::id, teams::name)).order(teams::id).load(connection)
            })
            .await?;
        Ok(rows.into_iter().map(|(id, name)| NamedTeam { id: Id::new(id), name: Some(name) }).collect())
    }

    #[tracing::instrument(name = "Chains::links", level = "debug", skip_all)]
    async fn links(&self, team: TeamId, after: Option<i64>, limit: u32) -> Result<Vec<Link>, StoreError> {
        let query = format!(
            "SELECT s.sequence, s.entry_id AS sealed_id, s.hash, {ENTRY}
             FROM audit_seals s LEFT JOIN audit_entries e ON e.team_id = s.team_id AND e.id = s.entry_id
             WHERE s.team_id = $1 AND s.sequence > $2 ORDER BY s.sequence LIMIT $3"
        );
        let rows = self.db.read(Scope::System, move |connection| {
            sql_query(query)
                .bind::<diesel::sql_types::Uuid, _>(team.uuid())
                .bind::<BigInt, _>(after.unwrap_or(i64::MIN))
                .bind::<BigInt, _>(i64::from(limit))
                .load::<LinkRow>(connection)
        });
        rows.await?.into_iter().map(LinkRow::link).collect()
    }

    #[tracing::instrument(name = "Chains::hashes", level = "debug", skip_all)]
    async fn hashes(&self, places: Vec<(TeamId, i64)>) -> Result<Vec<Option<ChainHash>>, StoreError> {
        let wanted = places.clone();
        let rows = self.db.read(Scope::System, move |connection| {
            let (teams, sequences): (Vec<Uuid>, Vec<i64>) =
                wanted.into_iter().map(|(team, sequence)| (team.uuid(), sequence)).unzip();
            sql_query(
                "SELECT s.team_id, s.sequence, s.entry_id, s.hash FROM unnest($1, $2) p (team_id, sequence)
                 JOIN audit_seals s ON s.team_id = p.team_id AND s.sequence = p.sequence",
            )
            .bind::<Array<diesel::sql_types::Uuid>, _>(teams)
            .bind::<Array<BigInt>, _>(sequences)
            .load::<SealRow>(connection)
        });
        let found = rows.await?.into_iter().map(SealRow::of_team).collect::<Result<Vec<_>, _>>()?;
        let found: HashMap<_, _> =
            found.into_iter().map(|(team, seal)| ((team, seal.sequence), seal.hash)).collect();
        Ok(places.iter().map(|place| found.get(place).copied()).collect())
    }

    #[tracing::instrument(name = "Chains::unsealed", level = "debug", skip_all)]
    async fn unsealed(&self, team: TeamId) -> Result<Unsealed, StoreError> {
        let row = self.db.read(Scope::System, move |connection| {
            let query = sql_query(UNSEALED).bind::<diesel::sql_types::Uuid, _>(team.uuid());
            query.get_result::<UnsealedRow>(connection)
        });
        let UnsealedRow { waiting, behind, behind_ids } = row.await?;
        Ok(Unsealed {
            waiting: waiting.unsigned_abs(),
            behind: behind.unsigned_abs(),
            behind_entries: behind_ids.into_iter().map(Id::new).collect(),
        })
    }

    #[tracing::instrument(name = "Chains::heads", level = "debug", skip_all)]
    async fn heads(&self) -> Result<Vec<(TeamId, Seal)>, StoreError> {
        let rows = self.db.read(Scope::System, |connection| {
            sql_query(
                "SELECT s.* FROM audit_chains c CROSS JOIN LATERAL (
                     SELECT team_id, sequence, entry_id, hash FROM audit_seals WHERE team_id = c.team_id
                     ORDER BY sequence DESC LIMIT 1) s ORDER BY s.team_id",
            )
            .load::<SealRow>(connection)
        });
        rows.await?.into_iter().map(SealRow::of_team).collect()
    }
}
