//! Counters of numbers that may have gaps.

use diesel::QueryableByName;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Uuid as SqlUuid};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::numbering::Series;
use kernel::write::WriteContext;

use crate::db::{Db, Scope};
use crate::effects::was_answered;
use crate::statement::{column, statement};
use crate::write_error::WriteError;

/// A number of numbers of one kind in a period.
pub(crate) struct Draw {
    pub(crate) kind: &'static str,
    pub(crate) period: String,
    pub(crate) count: i64,
}

impl Draw {
    /// One number of a kind without periods.
    pub(crate) fn one(kind: &'static str) -> Self {
        Self { kind, period: String::new(), count: 1 }
    }
}

#[derive(QueryableByName)]
struct DrawnRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    last: i64,
}

/// Counts up, each kind once, locked in the same order by all.
const COUNT_UP: &str = "
    INSERT INTO number_counters AS c (team_id, kind, period, last)
    SELECT {}, kind, period, count FROM unnest({}, {}, {}) AS draws (kind, period, count) ORDER BY kind
    ON CONFLICT (team_id, kind, period) DO UPDATE SET last = c.last + excluded.last
    RETURNING kind, last";

/// The same, in a transaction that commits without waiting for the disk.
const COUNT_UP_AT_ONCE: &str = "
    WITH at_once AS (SELECT set_config('synchronous_commit', 'off', true)), drawn AS (
        INSERT INTO number_counters AS c (team_id, kind, period, last)
        SELECT {}, kind, period, count FROM unnest({}, {}, {}) AS draws (kind, period, count) ORDER BY kind
        ON CONFLICT (team_id, kind, period) DO UPDATE SET last = c.last + excluded.last
        RETURNING kind, last
    )
    SELECT kind, last FROM drawn, at_once";

/// The first number of each draw, counted by one of the statements.
fn count<const N: usize>(
    connection: &mut PgConnection,
    team: TeamId,
    sql: &'static str,
    draws: &[Draw; N],
) -> QueryResult<[Option<i64>; N]> {
    let rows: Vec<DrawnRow> = statement(sql)
        .bind::<SqlUuid, _>(team.uuid())
        .bind::<Array<Text>, _>(column(draws, |draw| draw.kind))
        .bind::<Array<Text>, _>(column(draws, |draw| draw.period.as_str()))
        .bind::<Array<BigInt>, _>(column(draws, |draw| draw.count))
        .load(connection)?;
    Ok(draws.each_ref().map(|draw| {
        let row = rows.iter().find(|row| row.kind == draw.kind)?;
        Some(row.last - draw.count + 1)
    }))
}

fn all<const N: usize>(counted: [Option<i64>; N]) -> Result<[i64; N], StoreError> {
    if counted.iter().any(Option::is_none) {
        return Err(StoreError::Internal("a counter gave no number".into()));
    }
    Ok(counted.map(Option::unwrap_or_default))
}

/// Counts up within a change, each kind once. Returns the first number of each draw.
pub(crate) fn count_up<const N: usize, E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    draws: &[Draw; N],
) -> Result<[i64; N], WriteError<E>> {
    all(count(connection, team, COUNT_UP, draws)?).map_err(WriteError::store)
}

/// Draws the next number of a series for a document that a change is about to make, unless the request was answered before.
pub(crate) async fn draw_number<O>(
    db: &Db,
    context: &WriteContext<O>,
    series: &Series,
) -> Result<String, StoreError> {
    if was_answered(db, context).await? {
        return Ok(String::new());
    }
    let draws = [Draw { kind: series.kind, period: series.period.clone(), count: 1 }];
    let [count] = draw(db, context.team, draws).await?;
    Ok(series.number(count.unsigned_abs()))
}

/// Draws numbers, each kind once, in one statement that commits by itself: a later failure leaves a gap, and nobody waits
/// for a running change. Returns the first number of each draw. No number is drawn twice: the change that uses it commits
/// after it, and PostgreSQL never keeps a commit without those before it.
pub(crate) async fn draw<const N: usize>(
    db: &Db,
    team: TeamId,
    draws: [Draw; N],
) -> Result<[i64; N], StoreError> {
    let drawn =
        db.autocommit(Scope::Team(team), move |connection| count(connection, team, COUNT_UP_AT_ONCE, &draws));
    all(drawn.await?)
}
