//! What was recorded of work is kept as it is, whatever a statement of the service says.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use kernel::id::TeamId;

use crate::support::{Store, connect};

/// A connection as the service has it, working for the team.
fn service(store: &Store, team: TeamId) -> PgConnection {
    let mut connection = connect(&store.database.service_url());
    let scope = format!("SET ROLE throughline_team; SELECT set_config('app.team_id', '{team}', false)");
    connection.batch_execute(&scope).expect("the scope is taken");
    connection
}

/// The floor's segments, and its data, as they are stored.
fn recorded(store: &Store) -> String {
    store.database.scalar(
        "SELECT concat((SELECT jsonb_agg(s ORDER BY sequence) FROM operation_segments s),
                       (SELECT jsonb_agg(d) FROM data_collections d))",
    )
}

#[test]
fn no_statement_of_the_service_changes_or_deletes_what_was_recorded() {
    let store = Store::own();
    let team = store.plant();
    store.floor(team);
    let (before, mut connection) = (recorded(&store), service(&store, team));
    let denied = |table: &str| Err(format!("permission denied for table {table}"));
    let ended = Err("a segment that has ended is never changed".to_owned());
    for (statement, expected) in [
        ("DELETE FROM operation_segments", denied("operation_segments")),
        ("TRUNCATE operation_segments", denied("operation_segments")),
        ("UPDATE operation_segments SET started_at = now()", denied("operation_segments")),
        ("UPDATE operation_segments SET operator_id = operator_id", denied("operation_segments")),
        ("UPDATE operation_segments SET sequence = 7 WHERE ended_at IS NULL", denied("operation_segments")),
        ("DELETE FROM data_collections", denied("data_collections")),
        ("TRUNCATE data_collections", denied("data_collections")),
        ("UPDATE data_collections SET collected_data = '{}'", denied("data_collections")),
        ("UPDATE operation_segments SET ended_at = ended_at + interval '1 second'", ended.clone()),
        (
            "UPDATE operation_segments SET ended_at = NULL, ended_by = NULL, pause_reason_id = NULL",
            ended.clone(),
        ),
        ("UPDATE operation_segments SET ended_by = 'hold', pause_reason_id = NULL WHERE sequence = 1", ended),
        (
            "DELETE FROM work_order_operations WHERE status = 'in_progress'",
            Err("update or delete on table \"work_order_operations\" violates foreign key constraint \
             \"operation_segments_team_id_operation_id_fkey\" on table \"operation_segments\""
                .to_owned()),
        ),
    ] {
        let done = connection.batch_execute(statement).map_err(|error| error.to_string());
        assert_eq!(done, expected, "{statement}");
    }
    assert_eq!(recorded(&store), before);
}

#[test]
fn a_segment_that_goes_on_ends_once() {
    let store = Store::own();
    let team = store.plant();
    store.floor(team);
    let mut connection = service(&store, team);
    let end = "UPDATE operation_segments SET ended_at = now(), ended_by = 'hold' WHERE ended_at IS NULL";
    assert_eq!(diesel::sql_query(end).execute(&mut connection), Ok(1));
    let again = "UPDATE operation_segments SET ended_at = now(), ended_by = 'cancel' WHERE ended_by = 'hold'";
    let refused = diesel::sql_query(again).execute(&mut connection).map_err(|error| error.to_string());
    assert_eq!(refused, Err("a segment that has ended is never changed".to_owned()));
    // not even whoever owns the table changes one by mistake
    let owner = store.superuser().batch_execute(again).map_err(|error| error.to_string());
    assert_eq!(owner, Err("a segment that has ended is never changed".to_owned()));
}
