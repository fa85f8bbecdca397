use std::collections::BTreeMap;
use std::sync::Arc;

use ::audit::AccessRecord;
use ::audit::ports::{AccessFilter, AccessLog};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, SmallInt, Text, Timestamptz};
use kernel::error::StoreError;
use kernel::id::{ApiKeyId, Id, TeamId};
use kernel::page::{Listing, Window};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope, listing};
use crate::schema::access_log;
use crate::write_error::{WriteError, unreadable};

/// The access log in PostgreSQL.
pub struct PgAccessLog {
    db: Db,
}

impl PgAccessLog {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = access_log, check_for_backend(Pg))]
struct AccessRow {
    team_id: Uuid,
    id: Uuid,
    at: DateTime<Utc>,
    actor: String,
    method: String,
    route: String,
    path: String,
    status: i16,
    request_id: String,
    address: Option<String>,
    microseconds: i32,
}

impl TryFrom<AccessRow> for AccessRecord {
    type Error = StoreError;

    fn try_from(row: AccessRow) -> Result<Self, StoreError> {
        Ok(Self {
            team: Id::new(row.team_id),
            id: row.id,
            at: row.at,
            actor: row.actor,
            method: row.method,
            route: row.route,
            path: row.path,
            status: row.status.unsigned_abs(),
            request_id: row.request_id,
            address: row.address.map(|address| address.parse()).transpose().map_err(unreadable)?,
            microseconds: row.microseconds,
        })
    }
}

/// One array a column, so that a statement takes any number of rows without a parameter for each value.
fn insert(connection: &mut PgConnection, records: &[AccessRecord]) -> QueryResult<()> {
    use diesel::sql_types::Uuid as SqlUuid;
    fn column<'a, T>(records: &'a [AccessRecord], of: impl Fn(&'a AccessRecord) -> T) -> Vec<T> {
        records.iter().map(of).collect()
    }
    diesel::sql_query(
        "INSERT INTO access_log (team_id, id, at, actor, method, route, path, status, request_id, address, microseconds)
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (team_id, id) DO NOTHING",
    )
    .bind::<Array<SqlUuid>, _>(column(records, |record| record.team.uuid()))
    .bind::<Array<SqlUuid>, _>(column(records, |record| record.id))
    .bind::<Array<Timestamptz>, _>(column(records, |record| record.at))
    .bind::<Array<Text>, _>(column(records, |record| record.actor.as_str()))
    .bind::<Array<Text>, _>(column(records, |record| record.method.as_str()))
    .bind::<Array<Text>, _>(column(records, |record| record.route.as_str()))
    .bind::<Array<Text>, _>(column(records, |record| record.path.as_str()))
    .bind::<Array<SmallInt>, _>(column(records, |record| i16::try_from(record.status).unwrap_or(i16::MAX)))
    .bind::<Array<Text>, _>(column(records, |record| record.request_id.as_str()))
    .bind::<Array<Nullable<Text>>, _>(column(records, |record| record.address.map(|address| address.to_string())))
    .bind::<Array<Integer>, _>(column(records, |record| record.microseconds))
    .execute(connection)
    .map(drop)
}

/// When each API key of a batch was last used.
struct LastUses {
    teams: Vec<Uuid>,
    keys: Vec<Uuid>,
    times: Vec<DateTime<Utc>>,
}

impl LastUses {
    fn of(records: &[AccessRecord]) -> Self {
        let mut last: BTreeMap<(TeamId, ApiKeyId), DateTime<Utc>> = BTreeMap::new();
        for record in records {
            let key = record.actor.strip_prefix("api_key:").and_then(|id| id.parse().ok());
            if let Some(key) = key {
                let at = last.entry((record.team, key)).or_insert(record.at);
                *at = (*at).max(record.at);
            }
        }
        Self {
            teams: last.keys().map(|(team, _)| team.uuid()).collect(),
            keys: last.keys().map(|(_, key)| key.uuid()).collect(),
            times: last.into_values().collect(),
        }
    }

    /// A key in steady use is updated every few seconds only: each update is a new version of its row.
    fn note(&self, connection: &mut PgConnection) -> QueryResult<()> {
        diesel::sql_query(
            "UPDATE api_keys k SET last_used_at = used.at
             FROM unnest($1, $2, $3) AS used (team_id, id, at)
             WHERE k.team_id = used.team_id AND k.id = used.id
               AND (k.last_used_at IS NULL OR k.last_used_at < used.at - interval '5 seconds')",
        )
        .bind::<Array<diesel::sql_types::Uuid>, _>(&self.teams)
        .bind::<Array<diesel::sql_types::Uuid>, _>(&self.keys)
        .bind::<Array<Timestamptz>, _>(&self.times)
        .execute(connection)
        .map(drop)
    }
}

#[async_trait]
impl AccessLog for PgAccessLog {
    #[tracing::instrument(name = "AccessLog::record", level = "debug", skip_all)]
    async fn record(&self, records: Arc<Vec<AccessRecord>>) -> Result<(), StoreError> {
        self.db
            .write(Scope::System, Lane::Ordinary, move |connection| {
                insert(connection, &records)?;
                LastUses::of(&records).note(connection)?;
                Ok::<_, WriteError<StoreError>>(())
            })
            .await
    }

    #[tracing::instrument(name = "AccessLog::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: AccessFilter,
        window: Window,
    ) -> Result<Listing<AccessRecord>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, &filter)
                    .order((access_log::at.desc(), access_log::id.desc()))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(AccessRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, &filter).count().get_result(connection)?))
            })
            .await
            .and_then(listing)
    }
}

fn filtered(team: TeamId, filter: &AccessFilter) -> access_log::BoxedQuery<'_, Pg> {
    let AccessFilter { actor, method, route, status, request_id, from, to } = filter;
    let mut query = access_log::table.filter(access_log::team_id.eq(team.uuid())).into_boxed();
    if let Some(actor) = actor {
        query = query.filter(access_log::actor.eq(actor));
    }
    if let Some(method) = method {
        query = query.filter(access_log::method.eq(method));
    }
    if let Some(route) = route {
        query = query.filter(access_log::route.eq(route));
    }
    if let Some(status) = status {
        query = query.filter(access_log::status.eq(i16::try_from(*status).unwrap_or(i16::MAX)));
    }
    if let Some(request_id) = request_id {
        query = query.filter(access_log::request_id.eq(request_id));
    }
    if let Some(from) = from {
        query = query.filter(access_log::at.ge(from));
    }
    if let Some(to) = to {
        query = query.filter(access_log::at.lt(to));
    }
    query
}
