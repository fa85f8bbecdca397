//! `src/schema.rs` says of the tables what the catalogue says, and leaves out only what it means to.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Store, lines, order, prepared};

const SCHEMA: &str = concat!(
    include_str!("../src/schema.rs"),
    include_str!("../src/schema/accounting.rs"),
    include_str!("../src/schema/buying_in.rs"),
    include_str!("../src/schema/selling.rs")
);

/// Tables that diesel's query builder is not used for.
const LEFT_OUT_TABLES: [&str; 7] = [
    "audit_chains",
    "dispatch_items",
    "goods_receipt_items",
    "relay_cursors",
    "relay_retries",
    "ticket_comments",
    "__diesel_schema_migrations",
];
/// Columns that PostgreSQL alone fills.
const LEFT_OUT_COLUMNS: [&str; 5] = [
    "outbox xid",
    "audit_entries xid",
    "products last_movement",
    "sales_orders pos_status",
    "stock_movements previous",
];

/// A table's columns with their types, and its primary key.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: BTreeMap<String, String>,
    key: Vec<String>,
}

type Tables = BTreeMap<String, Table>;

/// The tables of a file of `table!`s, written as rustfmt writes them.
fn declared(text: &str) -> Tables {
    let mut tables = Tables::new();
    for block in text.split("\ntable! {\n").skip(1) {
        let block = block.split("\n}\n").next().unwrap_or_default();
        let mut block = block.lines().filter(|line| !line.trim_start().starts_with("//"));
        let head = block.next().unwrap_or_default().trim().trim_end_matches('{');
        let (name, key) = head.split_once('(').expect("a table names its primary key");
        let key = key.trim().trim_end_matches(')').split(',').map(|column| column.trim().to_owned());
        let mut table = Table { key: key.collect(), ..Table::default() };
        for line in block {
            if let Some((column, sql_type)) = line.trim().trim_end_matches(',').split_once(" -> ") {
                table.columns.insert(column.to_owned(), sql_type.to_owned());
            } else {
                assert_eq!(line.trim(), "}", "a column is `name -> Type,`");
            }
        }
        tables.insert(name.trim().to_owned(), table);
    }
    tables
}

/// Every column as `table column Type`; the stage is a temporary table that an import made.
const COLUMNS: &str = "
    SELECT concat_ws(' ', c.relname, a.attname, CASE WHEN a.attnotnull OR c.relkind <> 'r' THEN t.name
                                                     ELSE format('Nullable<%s>', t.name) END) AS line
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    CROSS JOIN LATERAL (SELECT CASE a.atttypid::regtype::text
        WHEN 'uuid' THEN 'Uuid' WHEN 'text' THEN 'Text' WHEN 'text[]' THEN 'Array<Text>'
        WHEN 'smallint' THEN 'Int2' WHEN 'integer' THEN 'Int4' WHEN 'bigint' THEN 'Int8'
        WHEN 'numeric' THEN 'Numeric' WHEN 'boolean' THEN 'Bool' WHEN 'bytea' THEN 'Bytea'
        WHEN 'jsonb' THEN 'Jsonb' WHEN 'json' THEN 'Json' WHEN 'timestamp with time zone' THEN 'Timestamptz'
        WHEN 'timestamp with time zone[]' THEN 'Array<Timestamptz>' WHEN 'inet' THEN 'Inet'
        ELSE a.atttypid::regtype::text END) t (name)
    WHERE c.relkind IN ('r', 'p')
      AND (c.relnamespace = 'public'::regnamespace OR c.relname = 'order_import_stage')";

const KEYS: &str = "
    SELECT concat_ws(' ', c.relname, string_agg(a.attname, ' ' ORDER BY k.place)) AS line
    FROM pg_constraint p
    JOIN pg_class c ON c.oid = p.conrelid
    CROSS JOIN LATERAL unnest(p.conkey) WITH ORDINALITY k (attnum, place)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
    WHERE p.contype = 'p' AND c.relnamespace = 'public'::regnamespace GROUP BY c.relname";

fn catalogued(store: &Store) -> Tables {
    let mut tables = Tables::new();
    for line in lines(&mut store.superuser(), COLUMNS) {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let mut word = || words.next().expect("a table, a column and a type");
        tables.entry(word()).or_default().columns.insert(word(), word());
    }
    for line in lines(&mut store.superuser(), KEYS) {
        let mut words = line.split(' ').map(str::to_owned);
        let table = words.next().and_then(|name| tables.get_mut(&name)).expect("a key's table has columns");
        table.key = words.collect();
    }
    tables
}

/// Where the two disagree, a line each.
fn differences(declared: &Tables, catalogued: &Tables) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let nothing = Table::default();
    for name in declared.keys().chain(catalogued.keys()) {
        if !declared.contains_key(name) && LEFT_OUT_TABLES.contains(&name.as_str()) {
            continue;
        }
        let here = declared.get(name).unwrap_or(&nothing);
        let there = catalogued.get(name).unwrap_or(&nothing);
        for column in here.columns.keys().chain(there.columns.keys()) {
            let (mine, theirs) = (here.columns.get(column), there.columns.get(column));
            let is_left_out = mine.is_none() && LEFT_OUT_COLUMNS.contains(&&*format!("{name} {column}"));
            if mine != theirs && !is_left_out {
                let shown = |sql_type: Option<&String>| sql_type.map_or("nothing", |text| text).to_owned();
                found.insert(format!("{name} {column}: {} is {}", shown(mine), shown(theirs)));
            }
        }
        // a temporary table needs no key, diesel does
        if name != "order_import_stage" && here.key != there.key {
            found.insert(format!("{name} has the key {:?}, not {:?}", there.key, here.key));
        }
    }
    found
}

#[test]
fn the_schema_in_rust_agrees_with_the_catalogue() {
    let store = Store::own();
    let team = store.team();
    // makes the stage, in a session of the pool
    store.import(team, prepared([order("A1")]));
    let (declared, catalogued) = (declared(SCHEMA), catalogued(&store));
    assert!(declared.len() >= 15 && declared.values().all(|table| table.columns.len() >= 3), "{declared:?}");
    assert_eq!(differences(&declared, &catalogued), BTreeSet::new());
    for left_out in LEFT_OUT_TABLES {
        assert!(catalogued.contains_key(left_out) && !declared.contains_key(left_out), "{left_out}");
    }
    for left_out in LEFT_OUT_COLUMNS {
        let (table, column) = left_out.split_once(' ').unwrap();
        let has = |tables: &Tables| tables.get(table).is_some_and(|table| table.columns.contains_key(column));
        assert!(has(&catalogued) && !has(&declared), "{left_out}");
    }
}

#[test]
fn a_schema_in_rust_that_says_otherwise_is_found_out() {
    let store = Store::own();
    let team = store.team();
    store.import(team, prepared([order("A1")]));
    let catalogued = catalogued(&store);
    for (right, wrong, offence) in [
        (
            "file_name -> Nullable<Text>",
            "file_name -> Text",
            "order_imports file_name: Text is Nullable<Text>",
        ),
        ("is_active -> Bool", "is_active -> Int2", "departments is_active: Int2 is Bool"),
        ("        prefix -> Text,\n", "", "api_keys prefix: nothing is Text"),
        ("scopes -> Array<Text>", "scope -> Text", "api_keys scope: Text is nothing"),
        (
            "address -> Nullable<Inet>",
            "address -> Nullable<Text>",
            "sessions address: Nullable<Text> is Nullable<Inet>",
        ),
        (
            "failed_at -> Array<Timestamptz>",
            "failed_at -> Timestamptz",
            "log_in_attempts failed_at: Timestamptz is Array<Timestamptz>",
        ),
        ("clears -> Int2", "clears -> Int4", "order_import_stage clears: Int4 is Int2"),
        ("work_centres (team_id, number)", "work_centres (team_id, id)", "work_centres has the key"),
        ("teams (id)", "groups (id)", "teams name_key: nothing is Text"),
    ] {
        assert!(SCHEMA.contains(right), "{right}");
        let found = differences(&declared(&SCHEMA.replace(right, wrong)), &catalogued);
        assert!(found.iter().any(|line| line.starts_with(offence)), "{wrong}: {found:?}");
    }
    let store = Store::own();
    store.database.execute("ALTER TABLE users ADD COLUMN nickname text");
    let found = differences(&declared(SCHEMA), &self::catalogued(&store));
    assert!(found.contains("users nickname: nothing is Nullable<Text>"), "{found:?}");
}
