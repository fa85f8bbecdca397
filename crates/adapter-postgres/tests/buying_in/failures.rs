//! A change that fails midway leaves nothing, wherever it fails.

use kernel::id::TeamId;

use super::changes::{of_orders, of_tickets};
use crate::support::{Store, lines};

/// Everything that a team has, but for the numbers that were drawn: those may have gaps.
fn everything(store: &Store, team: TeamId) -> Vec<String> {
    let tables = "SELECT c.relname::text AS line FROM pg_class c
                  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'team_id'
                  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                    AND c.relname <> 'number_counters' ORDER BY 1";
    let connection = &mut store.superuser();
    let tables = lines(connection, tables);
    assert!(tables.iter().any(|table| table == "goods_receipt_items"), "{tables:?}");
    let rows = |table: &String| {
        let rows = format!(
            "SELECT '{table} ' || t::text AS line FROM {table} t WHERE team_id = '{team}' ORDER BY t::text"
        );
        lines(connection, &rows)
    };
    tables.iter().flat_map(rows).collect()
}

#[test]
fn a_change_that_any_of_its_tables_refuses_leaves_nothing_and_can_be_made_afterwards() {
    let store = Store::own();
    let team = store.team();
    store.database.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$",
    );
    let mut changes = of_orders(&store, team);
    changes.extend(of_tickets(&store, team));
    for change in changes {
        let before = everything(&store, team);
        for table in &change.tables {
            store.database.execute(&format!(
                "CREATE TRIGGER refuse AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
            ));
            let made = change.make(&store);
            assert_eq!(made, Err("INTERNAL_ERROR"), "{} with {table} refusing", change.name);
            assert_eq!(everything(&store, team), before, "{} with {table} refusing", change.name);
            store.database.execute(&format!("DROP TRIGGER refuse ON {table}"));
        }
        assert_eq!(change.make(&store), Ok(()), "{}", change.name);
        let written = everything(&store, team);
        let before: std::collections::BTreeSet<_> = before.iter().collect();
        let changed = written.iter().filter(|row| !before.contains(row));
        let mut changed: Vec<_> = changed.filter_map(|row| row.split(' ').next()).collect();
        changed.dedup();
        let mut expected = change.tables.clone();
        expected.sort_unstable();
        assert_eq!(changed, expected, "{} writes the tables that refused it, and no others", change.name);
    }
}
