//! The inbox of consumers: its row makes an event count once.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use kernel::id::TeamId;
use uuid::Uuid;

use crate::schema::inbox;

/// Records an event as consumed, in the transaction of its effect. `false` if it was consumed before and must have no
/// effect. Waits for another transaction that records it, and records it if that one is rolled back.
///
/// # Errors
/// When the statement fails.
pub fn take(
    connection: &mut PgConnection,
    team: TeamId,
    consumer: &str,
    event: Uuid,
    at: DateTime<Utc>,
) -> QueryResult<bool> {
    let taken = diesel::insert_into(inbox::table).values((
        inbox::team_id.eq(team.uuid()),
        inbox::consumer.eq(consumer),
        inbox::event_id.eq(event),
        inbox::consumed_at.eq(at),
    ));
    Ok(taken.on_conflict_do_nothing().execute(connection)? == 1)
}
