//! Migrations: down and up again is where they began, and two that migrate at once don't disturb each other.

use std::path::Path;

use adapter_postgres::identity::PgCallers;
use adapter_postgres::migrate::{MigrateError, migrate};
use adapter_postgres::provision::{OWNER, provision};
use diesel::connection::SimpleConnection;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use identity::ports::CallerLookups;
use kernel::id::Id;
use testkit::{Cluster, race};

use crate::attachments;
use crate::support::{Store, block_on, connect, lines};

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");

/// Everything that migrations make, in lines that can be compared. Columns count by their place among those that are
/// left: one that was dropped keeps its number for good, and no query sees it.
const CATALOGUE: &str = "
    WITH ours AS (SELECT * FROM pg_class
                  WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%')
    SELECT concat_ws(' | ', 'relation', relname, relkind, relrowsecurity, relforcerowsecurity, relacl,
                     relowner::regrole, obj_description(oid, 'pg_class')) AS line FROM ours
    UNION ALL
    SELECT concat_ws(' | ', 'column', relname, row_number() OVER (PARTITION BY attrelid ORDER BY attnum), attname,
                     format_type(atttypid, atttypmod), attnotnull, attcollation::regcollation, attstorage,
                     pg_get_expr(adbin, adrelid), attacl, col_description(ours.oid, attnum))
    FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    UNION ALL
    SELECT concat_ws(' | ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid IN (SELECT oid FROM ours)
    UNION ALL
    SELECT concat_ws(' | ', 'index', pg_get_indexdef(indexrelid)) FROM pg_index WHERE indrelid IN (SELECT oid FROM ours)
    UNION ALL
    SELECT concat_ws(' | ', 'policy', polrelid::regclass, polname, polpermissive, polcmd, polroles::regrole[],
                     pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
    UNION ALL
    SELECT concat_ws(' | ', 'trigger', tgrelid::regclass, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' | ', 'function', pg_get_functiondef(oid), proacl, proowner::regrole) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname NOT LIKE 'diesel\\_%'
    UNION ALL
    SELECT concat_ws(' | ', 'type', typname) FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typrelid = 0 AND typelem = 0
    ORDER BY line";

fn catalogue(store: &Store) -> Vec<String> {
    lines(&mut store.superuser(), CATALOGUE)
}

fn folders() -> Vec<String> {
    let entries = Path::new(MIGRATIONS).read_dir().expect("the migrations are there");
    let entries = entries.map(|entry| entry.expect("a folder is read"));
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_migration_down_and_up_again_leaves_the_same_catalogue() {
    let store = Store::own();
    let before = catalogue(&store);
    assert!(before.len() > 100, "{before:?}");
    let mut owner = connect(&store.database.owner_url());
    owner.batch_execute("SET client_min_messages = warning").expect("the owner is heard");
    let files = FileBasedMigrations::from_path(MIGRATIONS).expect("the migrations are there");
    let undone = owner.revert_all_migrations(files).expect("every migration goes down");
    assert_eq!(undone.len(), folders().len());
    assert_eq!(catalogue(&store), [""; 0], "nothing is left");

    let done = migrate(&store.database.owner_url()).expect("every migration goes up");
    assert_eq!(done.len(), folders().len(), "{done:?}");
    assert_eq!(catalogue(&store), before);
}

#[test]
fn a_step_down_leaves_what_was_there_before_it_and_up_again_what_was_there_after() {
    let store = Store::own();
    let mut owner = connect(&store.database.owner_url());
    owner.batch_execute("SET client_min_messages = warning").expect("the owner is heard");
    let files = || FileBasedMigrations::from_path(MIGRATIONS).expect("the migrations are there");
    owner.revert_all_migrations(files()).expect("every migration goes down");
    let mut steps = vec![catalogue(&store)];
    for _ in folders() {
        owner.run_next_migration(files()).expect("the next migration goes up");
        steps.push(catalogue(&store));
    }
    for (folder, step) in folders().iter().zip(steps.windows(2)).rev() {
        let [before, after] = step else { panic!("a step has two ends") };
        assert_ne!(before, after, "{folder} does something");
        for _ in 0..2 {
            assert_same(&catalogue(&store), after, &format!("{folder} done"));
            owner.revert_last_migration(files()).expect("the last migration goes down");
            assert_same(&catalogue(&store), before, &format!("{folder} undone"));
            owner.run_next_migration(files()).expect("the next migration goes up");
        }
        owner.revert_last_migration(files()).expect("the last migration goes down");
    }
    assert_eq!(catalogue(&store), [""; 0]);
}

/// Asserts that two catalogues are the same, and shows only where they are not.
fn assert_same(found: &[String], expected: &[String], what: &str) {
    let lacking = |these: &[String], those: &[String]| {
        these.iter().filter(|line| !those.contains(line)).cloned().collect()
    };
    let (added, missing): (Vec<_>, Vec<_>) = (lacking(found, expected), lacking(expected, found));
    assert!(found == expected, "{what}: there is {added:#?} instead of {missing:#?}");
}

#[test]
fn teams_people_and_keys_outlive_a_step_back_before_0006_and_forward_again() {
    let store = Store::own();
    let team = store.team();
    let session = store.session(team);
    let mut owner = connect(&store.database.owner_url());
    let files = || FileBasedMigrations::from_path(MIGRATIONS).expect("the migrations are there");
    while folders_done(&store).contains(&"0006".to_owned()) {
        owner.revert_last_migration(files()).expect("the last migration goes down");
    }
    let kept = "SELECT (SELECT count(*) FROM teams) + (SELECT count(*) FROM users) + (SELECT count(*) FROM api_keys)";
    assert_eq!(store.number(kept), 3, "a team with its ADMIN and key");
    migrate(&store.database.owner_url()).expect("every migration goes up");
    let changed = "SELECT (SELECT count(*) FROM teams WHERE updated_at = created_at AND version = 1)
                        + (SELECT count(*) FROM users WHERE updated_at = created_at AND version = 1 AND is_active)";
    assert_eq!(store.number(changed), 2, "last changed when they were made");
    let callers = PgCallers::new(store.db.clone());
    assert_eq!(block_on(callers.session(session)).expect("it is read"), None, "sessions ended");
    // the rows that the functions give have gaps now, where columns were
    let found = store.database.scalar("SELECT email FROM auth_account((SELECT email_key FROM users))");
    assert_eq!(found, store.database.scalar("SELECT email FROM users"));
    let key = Id::new(store.database.scalar("SELECT id FROM api_keys").parse().expect("an id"));
    let key = block_on(callers.key(key)).expect("it is read");
    assert_eq!(key.map(|key| key.team), Some(team));
}

#[test]
fn orders_are_moved_into_the_calendar_and_what_is_audited_keeps_its_text() {
    let store = Store::own();
    let team = store.team();
    let mut owner = connect(&store.database.owner_url());
    let files = || FileBasedMigrations::from_path(MIGRATIONS).expect("the migrations are there");
    while folders_done(&store).contains(&"0022".to_owned()) {
        owner.revert_last_migration(files()).expect("the last migration goes down");
    }
    store.database.execute(&format!(
        r#"INSERT INTO manufacturing_orders (team_id, id, order_number, sku, description, quantity, priority, status,
               scheduled_start, scheduled_end, custom_fields, version, created_at, updated_at)
           VALUES ('{team}', gen_random_uuid(), 'A1', 'A', '', 1, 1, 'pending', '0001-06-01T00:00:00Z BC',
               '10000-01-01T00:00:00Z', '{{"b": 1.50, "a": [1e2]}}', 1, now(), now());
           INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id, before, after)
           VALUES ('{team}', gen_random_uuid(), now(), 'system:x', 'r', 'x.changed', 'x', gen_random_uuid(),
               '{{"b": 1.50, "a": [1e2]}}', NULL)"#
    ));
    let texts =
        "SELECT string_agg(before::text, '') || (SELECT custom_fields::text FROM manufacturing_orders)
                 FROM audit_entries WHERE action = 'x.changed'";
    let before = store.database.scalar(texts);
    migrate(&store.database.owner_url()).expect("every migration goes up");
    assert_eq!(
        (before.as_str(), store.database.scalar(texts)),
        (r#"{"a": [100], "b": 1.50}{"a": [100], "b": 1.50}"#, before.clone())
    );
    let schedule =
        "SELECT (scheduled_start AT TIME ZONE 'UTC')::text || ' ' || (scheduled_end AT TIME ZONE 'UTC')::text
                    FROM manufacturing_orders";
    assert_eq!(store.database.scalar(schedule), "0001-01-01 00:00:00 9999-12-31 23:59:59.999999");
}

#[test]
fn files_of_tickets_are_left_to_workers_by_a_step_back_before_0025() {
    let store = Store::own();
    let team = store.team();
    let ticket = attachments::ticket(&store, team);
    let note = attachments::stored(&store, team, attachments::note(ticket));
    let drawing = attachments::stored(&store, team, attachments::drawing());
    let mut owner = connect(&store.database.owner_url());
    let files = || FileBasedMigrations::from_path(MIGRATIONS).expect("the migrations are there");
    while folders_done(&store).contains(&"0025".to_owned()) {
        owner.revert_last_migration(files()).expect("the last migration goes down");
    }
    let left = "SELECT id || ' ' || state AS line FROM attachments ORDER BY state";
    let expected = [format!("{} deleted", note.id), format!("{} stored", drawing.id)];
    assert_eq!(lines(&mut store.superuser(), left), expected);
    migrate(&store.database.owner_url()).expect("every migration goes up");
    assert_eq!(lines(&mut store.superuser(), left), expected);
}

#[test]
fn orders_outlive_a_step_back_before_0024_and_numbers_go_on_after_it() {
    let store = Store::own();
    let team = store.team();
    let before = store.received(team, 1).receipt;
    let mut owner = connect(&store.database.owner_url());
    owner.batch_execute("SET client_min_messages = warning").expect("the owner is heard");
    let files = || FileBasedMigrations::from_path(MIGRATIONS).expect("the migrations are there");
    while folders_done(&store).contains(&"0024".to_owned()) {
        owner.revert_last_migration(files()).expect("the last migration goes down");
    }
    assert_eq!(store.number("SELECT count(*) FROM sales_orders"), 1);
    migrate(&store.database.owner_url()).expect("every migration goes up");
    assert_eq!(store.number("SELECT count(*) FROM goods_receipts"), 0);
    let after = store.received(team, 1).receipt;
    assert_eq!((&*before.number, &*after.number), ("GRN-2024-001", "GRN-2024-002"));
}

/// The numbers of the migrations that were done.
fn folders_done(store: &Store) -> Vec<String> {
    lines(&mut store.superuser(), "SELECT version::text AS line FROM __diesel_schema_migrations")
}

#[test]
fn migrating_again_finds_nothing_to_do() {
    let store = Store::own();
    let before = catalogue(&store);
    assert_eq!(migrate(&store.database.owner_url()).expect("it is up to date"), [""; 0]);
    assert_eq!(catalogue(&store), before);
}

#[test]
fn processes_that_provision_and_migrate_at_once_all_succeed_and_one_does_the_work() {
    let cluster = Cluster::shared();
    let template = catalogue(&Store::own());
    for round in 1..=2 {
        let name = format!("scratch_{round}");
        let done = race(4, |_| {
            provision(|database| cluster.superuser_url(database), &name)
                .expect("the database is provisioned");
            migrate(&cluster.url(OWNER, &name)).expect("the database is migrated")
        });
        let mut worked: Vec<_> = done.iter().map(Vec::len).collect();
        worked.sort_unstable();
        assert_eq!(worked, [0, 0, 0, folders().len()], "{done:?}");
        let made = lines(&mut connect(&cluster.superuser_url(&name)), CATALOGUE);
        assert_eq!(made, template, "as the template was made");
    }
}

#[test]
fn provisioning_and_migrating_at_once_do_not_change_rights_at_once() {
    let cluster = Cluster::shared();
    let provision = || provision(|database| cluster.superuser_url(database), "scratch_rights");
    provision().expect("the database is provisioned");
    let url = cluster.superuser_url("scratch_rights");
    // both change the rights to the schema, and both come to wait for this
    let mut held = connect(&url);
    held.batch_execute("BEGIN; GRANT USAGE ON SCHEMA public TO pg_monitor").expect("a right is granted");
    std::thread::scope(|scope| {
        let migrating = scope.spawn(|| migrate(&cluster.url(OWNER, "scratch_rights")));
        let provisioning = scope.spawn(provision);
        testkit::eventually("both to wait", || {
            let waiting = "SELECT count(*)::text AS line FROM pg_stat_activity
                           WHERE datname = current_database() AND wait_event_type = 'Lock'";
            (lines(&mut connect(&url), waiting) == ["2"]).then_some(())
        });
        held.batch_execute("ROLLBACK").expect("the right is taken back");
        let migrated = migrating.join().expect("it does not panic").expect("the database is migrated");
        assert_eq!(migrated.len(), folders().len());
        provisioning.join().expect("it does not panic").expect("the database is provisioned");
    });
}

#[test]
fn a_migration_that_fails_leaves_the_database_as_it_was_before_it() {
    let store = Store::own();
    let mut owner = connect(&store.database.owner_url());
    let files = FileBasedMigrations::from_path(MIGRATIONS).expect("the migrations are there");
    owner.revert_last_migration(files).expect("the last migration goes down");
    // the last thing a migration does is to be noted as done
    store.database.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON __diesel_schema_migrations
             FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    let before = catalogue(&store);
    let failed = migrate(&store.database.owner_url());
    assert!(matches!(failed, Err(MigrateError::Migration(_))), "{failed:?}");
    assert_eq!(catalogue(&store), before);
    store.database.execute("DROP TRIGGER refuse ON __diesel_schema_migrations");
    assert_eq!(migrate(&store.database.owner_url()).expect("it goes up now").len(), 1);
}

#[test]
fn a_database_that_can_not_be_reached_is_said_to_be_so() {
    let error = migrate(&Cluster::shared().url(OWNER, "no_such_database")).expect_err("there is none");
    assert_eq!(
        error.to_string(),
        "PostgreSQL can't be reached to migrate; check DATABASE_OWNER_URL or DATABASE_URL"
    );
}
