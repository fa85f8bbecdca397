//! Counters of numbers that may have gaps.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::{QueryableByName, sql_query};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::numbering::Series;
use kernel::write::WriteContext;

use crate::db::{Db, Lane, Scope};
use crate::effects::was_answered;
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

/// Counts up, each kind once. Returns the first number of each draw.
pub(crate) fn count_up<const N: usize, E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    draws: &[Draw; N],
) -> Result<[i64; N], WriteError<E>> {
    let kinds: Vec<_> = draws.iter().map(|draw| draw.kind).collect();
    let periods: Vec<_> = draws.iter().map(|draw| draw.period.as_str()).collect();
    let counts: Vec<_> = draws.iter().map(|draw| draw.count).collect();
    // locked in the same order by all
    let rows: Vec<DrawnRow> = sql_query(
        "INSERT INTO number_counters AS c (team_id, kind, period, last)
         SELECT $1, kind, period, count FROM unnest($2, $3, $4) AS draws (kind, period, count) ORDER BY kind
         ON CONFLICT (team_id, kind, period) DO UPDATE SET last = c.last + excluded.last
         RETURNING kind, last",
    )
    .bind::<diesel::sql_types::Uuid, _>(team.uuid())
    .bind::<Array<Text>, _>(kinds)
    .bind::<Array<Text>, _>(periods)
    .bind::<Array<BigInt>, _>(counts)
    .load(connection)?;
    let first = |draw: &Draw| {
        let row = rows.iter().find(|row| row.kind == draw.kind)?;
        Some(row.last - draw.count + 1)
    };
    let firsts = draws.each_ref().map(first);
    if firsts.iter().any(Option::is_none) {
        return Err(WriteError::internal("a counter gave no number"));
    }
    Ok(firsts.map(Option::unwrap_or_default))
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

/// Draws numbers, each kind once, in a small transaction of its own: a later failure leaves a gap, and nobody waits for a
/// running change. Returns the first number of each draw. No number is drawn twice: the change that uses it commits after
/// it, and PostgreSQL never keeps a commit without those before it.
pub(crate) async fn draw<const N: usize>(
    db: &Db,
    team: TeamId,
    draws: [Draw; N],
) -> Result<[i64; N], StoreError> {
    let drawn = db.write(Scope::Team(team), Lane::Ordinary, move |connection| {
        connection.batch_execute("SET LOCAL synchronous_commit = off")?;
        count_up(connection, team, &draws)
    });
    drawn.await
}
