//! Row-level security beneath the queries: a team reaches its own rows, in every table, whatever it asks.

use adapter_postgres::db::{Lane, Scope};
use adapter_postgres::write_error::WriteError;
use adapter_postgres::{Db, DbSettings};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use kernel::error::StoreError;
use kernel::id::TeamId;

use crate::support::{Store, block_on, claimed, connect, done, lines, order, prepared, rendered};

/// Tables that have a team, with the column that names it.
const TABLES: &str = "
    SELECT c.relname || ' ' || a.attname AS line FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
      AND a.attname = CASE c.relname WHEN 'teams' THEN 'id' ELSE 'team_id' END
    ORDER BY c.relname";

struct Table {
    name: String,
    team_column: String,
}

/// Two teams, each with something in every table.
struct Two {
    store: Store,
    own: TeamId,
    other: TeamId,
    tables: Vec<Table>,
}

impl Two {
    fn new() -> Self {
        let store = Store::own();
        let [own, other] = [(); 2].map(|()| {
            let team = store.plant();
            store.vendor(team, "VEN001");
            store.floor(team);
            store.shop(team);
            store.session(team);
            done(store.try_import(claimed(team, "key", 1, rendered), prepared([order("A1")])));
            store.access(team);
            team
        });
        store.seal([own, other]);
        let tables = lines(&mut store.superuser(), TABLES);
        let tables = tables.iter().filter_map(|line| line.split_once(' '));
        let tables =
            tables.map(|(name, column)| Table { name: name.to_owned(), team_column: column.to_owned() });
        let two = Self { tables: tables.collect(), store, own, other };
        assert!(two.tables.len() >= 14, "the catalogue names every table");
        for table in &two.tables {
            for team in [own, other] {
                let count =
                    format!("SELECT count(*) FROM {} WHERE {} = '{team}'", table.name, table.team_column);
                assert_ne!(two.store.number(&count), 0, "{team} has something in {}", table.name);
            }
        }
        two
    }

    /// A connection as the service has it, working for a team; for none if it is `None`.
    fn connection(&self, team: Option<TeamId>) -> PgConnection {
        let mut connection = connect(&self.store.database.service_url());
        connection.batch_execute("SET ROLE throughline_team").expect("the role is taken");
        if let Some(team) = team {
            let setting = format!("SELECT set_config('app.team_id', '{team}', false)");
            connection.batch_execute(&setting).expect("the team is set");
        }
        connection
    }
}

/// The teams whose rows of a table a connection sees.
fn seen(connection: &mut PgConnection, table: &Table) -> Vec<String> {
    let Table { name, team_column } = table;
    lines(connection, &format!("SELECT DISTINCT {team_column}::text AS line FROM {name}"))
}

#[test]
fn a_team_sees_its_own_rows_alone_in_every_table() {
    let two = Two::new();
    for team in [two.own, two.other] {
        let mut connection = two.connection(Some(team));
        for table in &two.tables {
            assert_eq!(seen(&mut connection, table), [team.to_string()], "in {}", table.name);
        }
    }
}

#[test]
fn without_a_team_nothing_is_seen() {
    let two = Two::new();
    let mut unset = two.connection(None);
    let mut emptied = two.connection(Some(two.own));
    emptied.batch_execute("SELECT set_config('app.team_id', '', false)").expect("the team is taken back");
    for table in &two.tables {
        assert_eq!(seen(&mut unset, table), [""; 0], "in {} with no team set", table.name);
        assert_eq!(seen(&mut emptied, table), [""; 0], "in {} with an empty team", table.name);
    }
}

#[test]
fn before_it_takes_a_role_the_service_sees_nothing() {
    let two = Two::new();
    for role in ["throughline", "throughline_auth"] {
        let mut connection = connect(&two.store.database.service_url());
        let setting = format!("SET ROLE {role}; SELECT set_config('app.team_id', '{}', false)", two.own);
        connection.batch_execute(&setting).expect("the role is taken");
        for name in two.tables.iter().map(|table| &*table.name).chain(["log_in_attempts", "relay_cursors"]) {
            let refused = sql_query(format!("SELECT FROM {name}")).execute(&mut connection);
            let message = refused.map_err(|error| error.to_string());
            assert_eq!(message, Err(format!("permission denied for table {name}")), "{role}");
        }
    }
}

#[test]
fn rows_of_another_team_can_neither_be_added_nor_changed_nor_taken_away() {
    let two = Two::new();
    let mut connection = two.connection(Some(two.own));
    for Table { name, team_column } in &two.tables {
        let row = two.store.database.scalar(&format!(
            "SELECT to_jsonb(t) FROM {name} t WHERE {team_column} = '{}' LIMIT 1",
            two.other
        ));
        let columns = two.store.columns(name);
        let insert = format!(
            "INSERT INTO {name} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{name}, $1::jsonb)"
        );
        let refused = sql_query(insert).bind::<Text, _>(&row).execute(&mut connection);
        let message = refused.map_err(|error| error.to_string());
        let may = format!("SELECT has_table_privilege('throughline_team', '{name}', 'INSERT')");
        let expected = match two.store.database.scalar(&may).as_str() {
            "true" => format!("new row violates row-level security policy for table \"{name}\""),
            _ => format!("permission denied for table {name}"),
        };
        assert_eq!(message, Err(expected), "adding {row}");

        for (statement, needs) in [
            (
                format!(
                    "UPDATE {name} SET {team_column} = {team_column} WHERE {team_column} <> '{}'",
                    two.own
                ),
                "UPDATE",
            ),
            (format!("DELETE FROM {name} WHERE {team_column} <> '{}'", two.own), "DELETE"),
        ] {
            let may = format!("SELECT has_table_privilege('throughline_team', '{name}', '{needs}')");
            let expected = match two.store.database.scalar(&may).as_str() {
                "true" => Ok(0),
                _ => Err(format!("permission denied for table {name}")),
            };
            let done = sql_query(&statement).execute(&mut connection).map_err(|error| error.to_string());
            assert_eq!(done, expected, "{statement}");
        }
    }
}

#[test]
fn a_row_can_not_be_given_to_another_team() {
    let two = Two::new();
    let mut connection = two.connection(Some(two.own));
    for Table { name, team_column } in &two.tables {
        let give = format!("UPDATE {name} SET {team_column} = '{}'", two.other);
        let refused = sql_query(give).execute(&mut connection).map_err(|error| error.to_string());
        let may = format!("SELECT has_table_privilege('throughline_team', '{name}', 'UPDATE')");
        let expected = match two.store.database.scalar(&may).as_str() {
            "true" => format!("new row violates row-level security policy for table \"{name}\""),
            _ => format!("permission denied for table {name}"),
        };
        assert_eq!(refused, Err(expected));
    }
}

#[test]
fn workers_reach_every_team_in_the_tables_named_for_them_alone() {
    let two = Two::new();
    let mut connection = connect(&two.store.database.service_url());
    connection.batch_execute("SET ROLE throughline_system").expect("the role is taken");
    for table in &two.tables {
        let read = sql_query(format!("SELECT FROM {}", table.name)).execute(&mut connection);
        let read = read.map_err(|error| error.to_string());
        match table.name.as_str() {
            "idempotent_answers"
            | "sessions"
            | "refresh_tokens"
            | "api_keys"
            | "audit_chains"
            | "access_log"
            | "accounting_exchanges"
            | "equipment_samples"
            | "inbox"
            | "products"
            | "relay_retries"
            | "teams" => {
                assert_eq!(read, Ok(2), "{}", table.name)
            }
            // each team has one that is seen, and one that is not
            "attachments" => assert_eq!(read, Ok(2), "{}", table.name),
            "accounting_invoices" | "audit_entries" | "audit_seals" | "outbox" | "stock_movements" => {
                assert!(read.as_ref().is_ok_and(|rows| *rows > 2), "{read:?}")
            }
            name => assert_eq!(read, Err(format!("permission denied for table {name}"))),
        }
    }
}

/// The team that a statement works for, and its role.
fn scope_of(connection: &mut PgConnection) -> QueryResult<String> {
    let scope =
        "SELECT concat_ws(' ', current_user, nullif(current_setting('app.team_id', true), '')) AS line";
    Ok(lines(connection, scope).concat())
}

#[test]
fn each_piece_of_work_has_its_own_scope_on_a_connection_that_others_had_before() {
    let store = Store::own();
    let (one, other) = (store.team(), store.team());
    let settings = DbSettings { url: store.database.service_url(), connections: 1 };
    let db = Db::open(&settings).expect("a pool opens");
    let read = |scope| block_on(db.read(scope, scope_of)).expect("it is read");
    let write = |scope, lane| {
        let work = |connection: &mut PgConnection| Ok::<_, WriteError<StoreError>>(scope_of(connection)?);
        block_on(db.write(scope, lane, work)).expect("it is written")
    };
    for (team, next) in [(one, other), (other, one)] {
        let (team_scope, next_scope) = (Scope::Team(team), Scope::Team(next));
        assert_eq!(read(team_scope), format!("throughline_team {team}"));
        assert_eq!(write(next_scope, Lane::Ordinary), format!("throughline_team {next}"));
        assert_eq!(read(team_scope), format!("throughline_team {team}"), "after another's transaction");
        assert_eq!(write(Scope::System, Lane::Bulk), "throughline_system");
        assert_eq!(read(Scope::Auth), "throughline_auth");
        assert_eq!(read(next_scope), format!("throughline_team {next}"));
        let failed = block_on(db.write(next_scope, Lane::Ordinary, |_| {
            Err::<(), _>(WriteError::<StoreError>::internal("changed its mind"))
        }));
        assert!(matches!(failed, Err(StoreError::Internal(_))), "{failed:?}");
        assert_eq!(read(team_scope), format!("throughline_team {team}"), "after a transaction taken back");
    }
}
