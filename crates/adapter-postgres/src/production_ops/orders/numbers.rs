//! Numbers for orders that came without one.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{QueryableByName, sql_query};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::OrderNumber;
use kernel::numbering::Series;

use crate::counters::{Draw, count_up};
use crate::db::{Db, Lane, Scope};
use crate::write_error::{WriteError, unreadable};

/// Reserves the next number in a small transaction of its own: who fails afterwards leaves a gap, and nobody waits for
/// whoever is at work. A crash may give the number again, or an order may have it already: the order's own unique key
/// settles that.
pub(super) async fn reserve(db: &Db, team: TeamId, series: Series) -> Result<OrderNumber, StoreError> {
    db.write(Scope::Team(team), Lane::Ordinary, move |connection| {
        connection.batch_execute("SET LOCAL synchronous_commit = off")?;
        let counted = count(connection, team, &series)?;
        number(&series, counted)
    })
    .await
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Counts up, and passes over numbers that orders have already.
pub(super) fn next<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    series: &Series,
) -> Result<OrderNumber, WriteError<E>> {
    let counted = count(connection, team, series)?;
    let free = free(connection, team, series, counted)?;
    if free != counted {
        pass_over(connection, team, series, free)?;
    }
    number(series, free)
}

fn count<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    series: &Series,
) -> Result<i64, WriteError<E>> {
    let draw = Draw { kind: series.kind, period: series.period.clone(), count: 1 };
    let [counted] = count_up(connection, team, &[draw])?;
    Ok(counted)
}

fn number<E: From<StoreError>>(series: &Series, count: i64) -> Result<OrderNumber, WriteError<E>> {
    let number = OrderNumber::try_new(&series.number(count.unsigned_abs()));
    number.map_err(|error| WriteError::store(unreadable(error)))
}

/// The first count from `count` on whose number no order has.
fn free(connection: &mut PgConnection, team: TeamId, series: &Series, count: i64) -> QueryResult<i64> {
    let found: CountRow = sql_query(
        "WITH RECURSIVE taken (count) AS (
             SELECT $4
             UNION ALL
             SELECT t.count + 1 FROM taken t
             WHERE EXISTS (SELECT FROM manufacturing_orders o WHERE o.team_id = $1
                           AND o.order_number = $2 || lpad(t.count::text, greatest($3, length(t.count::text)), '0'))
         )
         SELECT max(count) AS count FROM taken",
    )
    .bind::<diesel::sql_types::Uuid, _>(team.uuid())
    .bind::<Text, _>(&series.prefix)
    .bind::<Integer, _>(i32::try_from(series.width).unwrap_or(i32::MAX))
    .bind::<BigInt, _>(count)
    .get_result(connection)?;
    Ok(found.count)
}

fn pass_over(connection: &mut PgConnection, team: TeamId, series: &Series, to: i64) -> QueryResult<()> {
    sql_query("UPDATE number_counters SET last = $4 WHERE team_id = $1 AND kind = $2 AND period = $3")
        .bind::<diesel::sql_types::Uuid, _>(team.uuid())
        .bind::<Text, _>(series.kind)
        .bind::<Text, _>(&series.period)
        .bind::<BigInt, _>(to)
        .execute(connection)
        .map(drop)
}
