//! Whether the owner of an attachment exists, and takes another.

use ::attachments::{AttachmentError, Owner, TicketId};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Nullable, Uuid as SqlUuid};
use kernel::id::{Id, TeamId};

use super::table::State;
use crate::schema::attachments;
use crate::write_error::{WriteError, constraint};

/// Refuses an owner that the team has not, or that takes no more; until the transaction ends, no other gets its room.
pub(super) fn check(
    connection: &mut PgConnection,
    team: TeamId,
    owner: Owner,
) -> Result<(), WriteError<AttachmentError>> {
    match owner {
        Owner::Operations { .. } => operations_exist(connection, team, owner),
        Owner::Ticket(ticket) => {
            lock_ticket(connection, team, ticket)?;
            let held = attachments::table
                .filter(attachments::team_id.eq(team.uuid()))
                .filter(attachments::ticket_id.eq(ticket.uuid()))
                .filter(attachments::state.ne(State::Deleted.as_str()))
                .count();
            let held: i64 = held.get_result(connection)?;
            owner.takes_another(held.unsigned_abs()).map_err(WriteError::Port)
        }
    }
}

#[derive(QueryableByName)]
struct Unknown {
    #[diesel(sql_type = Bool)]
    work_order_operation: bool,
    #[diesel(sql_type = Bool)]
    routing_operation: bool,
}

/// Refuses operations that the team has not, both at once.
fn operations_exist(
    connection: &mut PgConnection,
    team: TeamId,
    owner: Owner,
) -> Result<(), WriteError<AttachmentError>> {
    let unknown = sql_query(
        "SELECT $2 IS NOT NULL
                AND NOT EXISTS (SELECT FROM work_order_operations WHERE team_id = $1 AND id = $2) AS work_order_operation,
                $3 IS NOT NULL
                AND NOT EXISTS (SELECT FROM routing_operations WHERE team_id = $1 AND id = $3) AS routing_operation",
    );
    let unknown = unknown
        .bind::<SqlUuid, _>(team.uuid())
        .bind::<Nullable<SqlUuid>, _>(owner.work_order_operation().map(Id::uuid))
        .bind::<Nullable<SqlUuid>, _>(owner.routing_operation().map(Id::uuid));
    let Unknown { work_order_operation, routing_operation } = unknown.get_result(connection)?;
    if work_order_operation || routing_operation {
        return Err(WriteError::Port(AttachmentError::UnknownOperations {
            work_order_operation,
            routing_operation,
        }));
    }
    Ok(())
}

/// Locks a ticket, so that its files are counted and announced by one at a time.
fn lock_ticket(
    connection: &mut PgConnection,
    team: TeamId,
    ticket: TicketId,
) -> Result<(), WriteError<AttachmentError>> {
    // its id never changes, so it may be referred to meanwhile
    let lock = sql_query("SELECT FROM tickets WHERE team_id = $1 AND id = $2 FOR NO KEY UPDATE");
    let lock = lock.bind::<SqlUuid, _>(team.uuid()).bind::<SqlUuid, _>(ticket.uuid());
    match lock.execute(connection)? {
        0 => Err(WriteError::Port(AttachmentError::UnknownTicket)),
        _ => Ok(()),
    }
}

/// The refusal of an operation that was deleted after it was looked for.
pub(super) fn blame(error: diesel::result::Error) -> WriteError<AttachmentError> {
    let unknown = |work_order_operation: bool| {
        let routing_operation = !work_order_operation;
        WriteError::Port(AttachmentError::UnknownOperations { work_order_operation, routing_operation })
    };
    match constraint(&error) {
        Some("attachments_team_id_work_order_operation_id_fkey") => unknown(true),
        Some("attachments_team_id_routing_operation_id_fkey") => unknown(false),
        _ => error.into(),
    }
}
