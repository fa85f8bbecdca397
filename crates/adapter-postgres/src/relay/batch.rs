use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz};
use kernel::error::StoreError;
use kernel::id::Id;
use kernel::relay::Delivery;
use uuid::Uuid;

use super::BATCH_SIZE;
use crate::write_error::WriteError;

type SqlUuid = diesel::sql_types::Uuid;
type Done<T> = Result<T, WriteError<StoreError>>;

/// A position in the outbox: by transaction, then by id.
#[derive(QueryableByName)]
pub(super) struct OutboxPosition {
    #[diesel(sql_type = Text)]
    xid: String,
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
}

impl OutboxPosition {
    /// The position before every event of a transaction.
    pub(super) fn before(xid: String) -> Self {
        Self { xid, event_id: Uuid::nil() }
    }
}

/// An event that waits for the consumer.
pub(super) struct Waiting {
    pub(super) delivery: Delivery,
    pub(super) position: OutboxPosition,
    pub(super) attempts: i32,
}

/// The events of a batch.
pub(super) struct Batch {
    /// Events that failed before and are due.
    pub(super) due: Vec<Waiting>,
    /// Events after the cursor, in order.
    pub(super) new: Vec<Waiting>,
    /// Every transaction below it has ended.
    pub(super) horizon: String,
}

/// An event that the consumer failed at.
pub(super) struct Failed {
    pub(super) team: Uuid,
    pub(super) id: Uuid,
    pub(super) attempts: i32,
    pub(super) next_at: DateTime<Utc>,
    pub(super) error: String,
}

/// The outcome of a batch.
#[derive(Default)]
pub(super) struct BatchOutcome {
    /// How many events were delivered.
    pub(super) count: usize,
    /// The position up to which new events are settled.
    pub(super) reached: Option<OutboxPosition>,
    recovered: Vec<(Uuid, Uuid)>,
    failed: Vec<Failed>,
}

impl BatchOutcome {
    pub(super) fn consumed(&mut self, event: &Waiting) {
        self.count += 1;
        if event.attempts > 0 {
            self.recovered.push((event.delivery.team.uuid(), event.delivery.id));
        }
    }

    pub(super) fn failed(&mut self, failed: Failed) {
        self.count += 1;
        self.failed.push(failed);
    }
}

/// What there is to do for a consumer.
#[derive(QueryableByName)]
pub(super) struct RelayStatus {
    /// Whether it has a cursor of this PostgreSQL cluster.
    #[diesel(sql_type = Bool)]
    pub(super) has_begun: bool,
    /// The time of the first new event, whether it may be read yet or not.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(super) waits_since: Option<DateTime<Utc>>,
    /// Whether that event may be read.
    #[diesel(sql_type = Bool)]
    pub(super) is_ready: bool,
    /// Whether the cursor has stood so long that it is moved past events of other types.
    #[diesel(sql_type = Bool)]
    pub(super) is_stale: bool,
    /// Events to be retried, now or later.
    #[diesel(sql_type = BigInt)]
    pub(super) retries: i64,
    #[diesel(sql_type = Bool)]
    pub(super) is_due: bool,
}

const STATUS: &str = "
    SELECT k.consumer IS NOT NULL AS has_begun, next.occurred_at AS waits_since,
           coalesce(next.xid < pg_snapshot_xmin(pg_current_snapshot()), false) AS is_ready,
           coalesce(k.moved_at <= now() - interval '1 minute', false) AS is_stale,
           (SELECT count(*) FROM relay_retries WHERE consumer = $1) AS retries,
           EXISTS (SELECT FROM relay_retries WHERE consumer = $1 AND next_at <= $3) AS is_due
    FROM pg_control_system() p
    LEFT JOIN relay_cursors k ON k.consumer = $1 AND k.cluster = p.system_identifier
    LEFT JOIN LATERAL (
        SELECT o.* FROM unnest($2) t (event_type) CROSS JOIN LATERAL (
            SELECT xid, id, occurred_at FROM outbox
            WHERE event_type = t.event_type AND (xid, id) > (k.xid, k.event_id) ORDER BY xid, id LIMIT 1) o
        ORDER BY o.xid, o.id LIMIT 1) next ON true";

pub(super) fn status(
    connection: &mut PgConnection,
    consumer: &str,
    types: &[&str],
    now: DateTime<Utc>,
) -> QueryResult<RelayStatus> {
    let status = sql_query(STATUS).bind::<Text, _>(consumer).bind::<Array<Text>, _>(types);
    status.bind::<Timestamptz, _>(now).get_result(connection)
}

/// A cursor before everything. What a dump brought of transactions that are yet to come here takes the present one's
/// position, or it would wait for them, and others would come before it.
pub(super) fn begin(connection: &mut PgConnection, consumer: &str) -> Done<()> {
    sql_query(
        "UPDATE outbox SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())",
    )
    .execute(connection)?;
    sql_query(
        "INSERT INTO relay_cursors AS k (consumer, cluster, xid, event_id, moved_at)
         SELECT $1, system_identifier, '0', $2, now() FROM pg_control_system()
         ON CONFLICT (consumer) DO UPDATE
         SET cluster = excluded.cluster, xid = excluded.xid, event_id = excluded.event_id,
             moved_at = excluded.moved_at, held_by = NULL, held_until = NULL
         WHERE k.cluster <> excluded.cluster",
    )
    .bind::<Text, _>(consumer)
    .bind::<SqlUuid, _>(Uuid::nil())
    .execute(connection)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Position {
    #[diesel(embed)]
    cursor: OutboxPosition,
    #[diesel(sql_type = Text)]
    horizon: String,
}

#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = SqlUuid)]
    team_id: Uuid,
    #[diesel(embed)]
    position: OutboxPosition,
    #[diesel(sql_type = Text)]
    event_type: String,
    #[diesel(sql_type = SqlUuid)]
    aggregate_id: Uuid,
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

impl From<EventRow> for Waiting {
    fn from(row: EventRow) -> Self {
        let delivery = Delivery {
            team: Id::new(row.team_id),
            id: row.position.event_id,
            event_type: row.event_type,
            aggregate: row.aggregate_id,
            sequence: row.sequence,
            at: row.occurred_at,
            payload: row.payload,
        };
        Self { delivery, position: row.position, attempts: row.attempts }
    }
}

/// The columns of an [`EventRow`] but `attempts`, of `outbox o`.
const EVENT: &str = "o.team_id, o.id AS event_id, o.xid::text AS xid, o.event_type, o.aggregate_id, o.sequence, \
                     o.payload::text AS payload, o.occurred_at";

/// Takes the consumer's lease and reads what is to be handed over; `None` while another holds it.
pub(super) fn take(
    connection: &mut PgConnection,
    consumer: &str,
    types: &[&str],
    holder: Uuid,
    now: DateTime<Utc>,
) -> Done<Option<Batch>> {
    let taken = sql_query(
        "UPDATE relay_cursors SET held_by = $2, held_until = now() + interval '3 seconds'
         WHERE consumer = $1 AND (held_until IS NULL OR held_until <= now() OR held_by = $2)",
    );
    if taken.bind::<Text, _>(consumer).bind::<SqlUuid, _>(holder).execute(connection)? == 0 {
        return Ok(None);
    }
    // read before the events are: what is below the horizon now will all be seen then
    let position =
        "SELECT xid::text AS xid, event_id, pg_snapshot_xmin(pg_current_snapshot())::text AS horizon
                    FROM relay_cursors WHERE consumer = $1";
    let Position { cursor, horizon } =
        sql_query(position).bind::<Text, _>(consumer).get_result(connection)?;
    let due: Vec<EventRow> = sql_query(format!(
        "SELECT {EVENT}, r.attempts FROM relay_retries r JOIN outbox o ON o.team_id = r.team_id AND o.id = r.event_id
         WHERE r.consumer = $1 AND r.next_at <= $2 ORDER BY r.next_at LIMIT $3"
    ))
    .bind::<Text, _>(consumer)
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(BATCH_SIZE as i64)
    .load(connection)?;
    // type by type, so that each is read along its index
    let new: Vec<EventRow> = sql_query(format!(
        "SELECT {EVENT}, 0 AS attempts FROM unnest($1) t (event_type) CROSS JOIN LATERAL (
             SELECT * FROM outbox
             WHERE event_type = t.event_type AND (xid, id) > ($2::xid8, $3) AND xid < $4::xid8
             ORDER BY xid, id LIMIT $5) o
         ORDER BY o.xid, o.id LIMIT $5"
    ))
    .bind::<Array<Text>, _>(types)
    .bind::<Text, _>(cursor.xid)
    .bind::<SqlUuid, _>(cursor.event_id)
    .bind::<Text, _>(&horizon)
    .bind::<BigInt, _>(BATCH_SIZE as i64)
    .load(connection)?;
    let (due, new) = (due.into_iter().map(Waiting::from), new.into_iter().map(Waiting::from));
    Ok(Some(Batch { due: due.collect(), new: new.collect(), horizon }))
}

/// Keeps what became of a batch and gives the lease back; does nothing and gives `false` if another holds it now.
pub(super) fn settle(
    connection: &mut PgConnection,
    consumer: &str,
    holder: Uuid,
    outcome: &BatchOutcome,
) -> Done<bool> {
    let (xid, event_id) =
        outcome.reached.as_ref().map(|position| (&*position.xid, position.event_id)).unzip();
    let moved = sql_query(
        "UPDATE relay_cursors
         SET xid = coalesce($3::xid8, xid), event_id = coalesce($4, event_id),
             moved_at = CASE WHEN $3 IS NULL THEN moved_at ELSE now() END, held_by = NULL, held_until = NULL
         WHERE consumer = $1 AND held_by = $2",
    )
    .bind::<Text, _>(consumer)
    .bind::<SqlUuid, _>(holder)
    .bind::<Nullable<Text>, _>(xid)
    .bind::<Nullable<SqlUuid>, _>(event_id)
    .execute(connection)?;
    if moved == 0 {
        return Ok(false);
    }
    forget(connection, consumer, &outcome.recovered)?;
    put_aside(connection, consumer, &outcome.failed)?;
    Ok(true)
}

fn forget(connection: &mut PgConnection, consumer: &str, recovered: &[(Uuid, Uuid)]) -> QueryResult<()> {
    if recovered.is_empty() {
        return Ok(());
    }
    let (teams, events): (Vec<Uuid>, Vec<Uuid>) = recovered.iter().copied().unzip();
    sql_query(
        "DELETE FROM relay_retries r USING unnest($2, $3) done (team_id, event_id)
         WHERE r.team_id = done.team_id AND r.event_id = done.event_id AND r.consumer = $1",
    )
    .bind::<Text, _>(consumer)
    .bind::<Array<SqlUuid>, _>(teams)
    .bind::<Array<SqlUuid>, _>(events)
    .execute(connection)
    .map(drop)
}

fn put_aside(connection: &mut PgConnection, consumer: &str, failed: &[Failed]) -> QueryResult<()> {
    if failed.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Failed) -> Uuid| failed.iter().map(of).collect::<Vec<_>>();
    sql_query(
        "INSERT INTO relay_retries (consumer, team_id, event_id, attempts, next_at, error)
         SELECT $1, * FROM unnest($2, $3, $4, $5, $6)
         ON CONFLICT (team_id, event_id, consumer) DO UPDATE
         SET attempts = excluded.attempts, next_at = excluded.next_at, error = excluded.error",
    )
    .bind::<Text, _>(consumer)
    .bind::<Array<SqlUuid>, _>(column(|event| event.team))
    .bind::<Array<SqlUuid>, _>(column(|event| event.id))
    .bind::<Array<Integer>, _>(failed.iter().map(|event| event.attempts).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(failed.iter().map(|event| event.next_at).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(failed.iter().map(|event| &*event.error).collect::<Vec<_>>())
    .execute(connection)
    .map(drop)
}
