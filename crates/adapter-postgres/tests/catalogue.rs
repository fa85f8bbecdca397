//! Rules that hold for every table, read from the catalogue; each is seen to fail for a table that breaks it.

use diesel::prelude::*;
use diesel::sql_query;

use crate::support::{Store, lines};

/// A rule: a query that names every offence in a line, and what offends it.
struct Rule {
    offences: &'static str,
    /// Statements that break the rule, each with the start of the offence that must be found then.
    broken_by: &'static [(&'static str, &'static str)],
}

/// Asserts that the schema keeps the rule, and that each breach of it is found.
fn holds(rule: &Rule) {
    let store = Store::own();
    let connection = &mut store.superuser();
    assert_eq!(lines(connection, rule.offences), [""; 0], "the schema keeps the rule");
    for (breach, offence) in rule.broken_by {
        let found = connection.test_transaction::<_, diesel::result::Error, _>(|connection| {
            for statement in breach.split(';') {
                sql_query(statement).execute(connection)?;
            }
            Ok(lines(connection, rule.offences))
        });
        assert!(found.iter().any(|line| line.starts_with(offence)), "{breach}: {found:?}");
    }
}

/// A table as it should be, to be spoilt.
macro_rules! good_table {
    ($more:literal) => {
        concat!(
            "CREATE TABLE bad (team_id uuid REFERENCES teams, id uuid, PRIMARY KEY (team_id, id));
             ALTER TABLE bad ENABLE ROW LEVEL SECURITY;
             CREATE POLICY own_team ON bad TO throughline_team
                 USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));",
            $more
        )
    };
}

/// One exception counts wrong passwords for accounts that need not exist, so that nobody learns which do: what has no
/// account has no team. The other says how far the relay has come, which goes through all teams in one order.
#[test]
fn every_table_belongs_to_a_team() {
    holds(&Rule {
        offences: "
            SELECT c.relname || ' has no team_id' AS line FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
              AND c.relname NOT IN ('teams', '__diesel_schema_migrations')
              AND c.relname NOT IN ('log_in_attempts', 'relay_cursors')
              AND NOT EXISTS (SELECT FROM pg_attribute a
                              WHERE a.attrelid = c.oid AND a.attname = 'team_id' AND a.attnotnull
                                AND a.atttypid = 'uuid'::regtype)",
        broken_by: &[
            ("CREATE TABLE bad (id uuid)", "bad has no team_id"),
            ("CREATE TABLE bad (team_id uuid)", "bad has no team_id"),
            ("CREATE TABLE bad (team_id text NOT NULL)", "bad has no team_id"),
        ],
    });
}

#[test]
fn every_table_of_teams_has_row_level_security_that_lets_a_team_at_its_own_rows_alone() {
    holds(&Rule {
        offences: "
            WITH tenant AS (
                SELECT c.oid, c.relname, c.relrowsecurity,
                       format('(%s = ( SELECT current_team() AS current_team))', a.attname) AS own
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                  AND a.attname = CASE c.relname WHEN 'teams' THEN 'id' ELSE 'team_id' END)
            SELECT relname || ' has no row-level security' AS line FROM tenant WHERE NOT relrowsecurity
            UNION ALL
            SELECT relname || ' has no policy for throughline_team' FROM tenant
            WHERE NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = tenant.oid AND p.polpermissive
                              AND p.polcmd = '*' AND 'throughline_team'::regrole = ANY (p.polroles))
            UNION ALL
            SELECT format('%s has a policy %s that is not of its own team', relname, p.polname)
            FROM tenant JOIN pg_policy p ON p.polrelid = tenant.oid
            WHERE p.polroles && ARRAY['throughline_team'::regrole::oid, 'throughline'::regrole::oid, 0]
              AND (pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM own
                   OR pg_get_expr(p.polwithcheck, p.polrelid) IS DISTINCT FROM own)
            UNION ALL
            SELECT format('%s has a policy %s for throughline_auth', relname, p.polname)
            FROM tenant JOIN pg_policy p ON p.polrelid = tenant.oid
            WHERE 'throughline_auth'::regrole = ANY (p.polroles)",
        broken_by: &[
            ("CREATE TABLE bad (team_id uuid)", "bad has no row-level security"),
            (
                "CREATE TABLE bad (team_id uuid); ALTER TABLE bad ENABLE ROW LEVEL SECURITY",
                "bad has no policy for throughline_team",
            ),
            (good_table!("ALTER TABLE bad DISABLE ROW LEVEL SECURITY"), "bad has no row-level security"),
            (
                good_table!("CREATE POLICY all_teams ON bad FOR SELECT USING (true)"),
                "bad has a policy all_teams that",
            ),
            (
                good_table!("ALTER POLICY own_team ON bad USING (team_id IS NOT NULL)"),
                "bad has a policy own_team that",
            ),
            (good_table!("ALTER POLICY own_team ON bad WITH CHECK (true)"), "bad has a policy own_team that"),
            (
                good_table!("CREATE POLICY login ON bad TO throughline_auth USING (true)"),
                "bad has a policy login for throughline_auth",
            ),
            ("ALTER TABLE teams DISABLE ROW LEVEL SECURITY", "teams has no row-level security"),
        ],
    });
}

/// What row-level security can not part by team no role of the service reaches for a team.
#[test]
fn a_table_of_no_team_is_for_functions_and_workers_alone() {
    holds(&Rule {
        offences: "
            WITH teamless AS (
                SELECT c.oid, c.relname, c.relrowsecurity, c.relacl FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                  AND c.relname NOT IN ('teams', '__diesel_schema_migrations')
                  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'team_id'))
            SELECT relname || ' has no row-level security' AS line FROM teamless WHERE NOT relrowsecurity
            UNION ALL
            SELECT format('%s has a policy %s that is not for workers alone', relname, p.polname)
            FROM teamless JOIN pg_policy p ON p.polrelid = teamless.oid
            WHERE p.polroles <> ARRAY['throughline_system'::regrole::oid]
            UNION ALL
            SELECT format('%s may be reached by %s', relname, coalesce(r.rolname, 'everyone'))
            FROM teamless CROSS JOIN LATERAL (
                SELECT grantee FROM aclexplode(relacl)
                UNION SELECT held.grantee FROM pg_attribute a, aclexplode(a.attacl) held WHERE a.attrelid = teamless.oid) g
            LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE coalesce(r.rolname NOT IN ('throughline_owner', 'throughline_system'), true)",
        broken_by: &[
            ("CREATE TABLE bad (id uuid)", "bad has no row-level security"),
            ("ALTER TABLE log_in_attempts DISABLE ROW LEVEL SECURITY", "log_in_attempts has no row-level"),
            (
                "CREATE POLICY own_team ON log_in_attempts TO throughline_team USING (true)",
                "log_in_attempts has a policy own_team that",
            ),
            ("GRANT SELECT ON log_in_attempts TO PUBLIC", "log_in_attempts may be reached by everyone"),
            (
                "GRANT SELECT (tried_at) ON log_in_attempts TO throughline_team",
                "log_in_attempts may be reached by throughline_team",
            ),
            ("GRANT SELECT ON relay_cursors TO throughline_team", "relay_cursors may be reached by throughline_team"),
        ],
    });
}

#[test]
fn every_primary_key_begins_with_the_team() {
    holds(&Rule {
        offences: "
            SELECT c.relname || ' has a primary key that does not begin with team_id' AS line
            FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
              AND c.relname NOT IN ('teams', '__diesel_schema_migrations')
              -- of no team
              AND c.relname NOT IN ('log_in_attempts', 'relay_cursors')
              AND NOT EXISTS (SELECT FROM pg_constraint k JOIN pg_attribute a
                                  ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
                              WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attname = 'team_id')",
        broken_by: &[
            ("CREATE TABLE bad (team_id uuid, id uuid)", "bad has a primary key"),
            ("CREATE TABLE bad (team_id uuid, id uuid PRIMARY KEY)", "bad has a primary key"),
            ("CREATE TABLE bad (team_id uuid, id uuid, PRIMARY KEY (id, team_id))", "bad has a primary key"),
        ],
    });
}

#[test]
fn every_foreign_key_between_tables_of_teams_stays_within_the_team() {
    holds(&Rule {
        offences: "
            SELECT format('%s of %s may point into another team', k.conname, k.conrelid::regclass) AS line
            FROM pg_constraint k
            WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
              AND NOT EXISTS (
                  SELECT FROM unnest(k.conkey, k.confkey) AS pair (here, there)
                  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.here
                  JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.there
                  WHERE a.attname = 'team_id'
                    AND b.attname = CASE k.confrelid WHEN 'teams'::regclass THEN 'id' ELSE 'team_id' END)
            UNION ALL
            SELECT c.relname || ' has a team_id that may be of no team' FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'team_id'
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
              -- written beside every request: its migration says why
              AND c.relname <> 'access_log'
              AND NOT EXISTS (SELECT FROM pg_constraint k
                              WHERE k.contype = 'f' AND k.conrelid = c.oid AND a.attnum = ANY (k.conkey))",
        broken_by: &[
            ("CREATE TABLE bad (team_id uuid, boss uuid REFERENCES users (id))", "bad_boss_fkey of bad"),
            ("CREATE TABLE bad (owner uuid REFERENCES teams)", "bad_owner_fkey of bad"),
            (
                "CREATE TABLE bad (team_id uuid REFERENCES teams, other uuid, id uuid,
                                   FOREIGN KEY (other, id) REFERENCES departments (team_id, id))",
                "bad_other_id_fkey of bad",
            ),
            ("CREATE TABLE bad (team_id uuid)", "bad has a team_id that may be of no team"),
        ],
    });
}

/// The exceptions are looked up before the team is known: who logs in, by which key, into which team, in which session,
/// by which refresh token, and how often in vain; or belong to no team.
#[test]
fn what_is_unique_is_unique_within_a_team() {
    holds(&Rule {
        offences: "
            SELECT i.indexrelid::regclass || ' is unique across teams' AS line
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
            WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
              AND c.relname <> '__diesel_schema_migrations'
              AND i.indexrelid::regclass::text NOT IN
                  ('teams_pkey', 'teams_name_key_key', 'users_id_key', 'users_email_key_key', 'api_keys_id_key')
              AND i.indexrelid::regclass::text NOT IN
                  ('sessions_id_key', 'refresh_tokens_id_key', 'log_in_attempts_pkey', 'relay_cursors_pkey')
              AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid
                              AND a.attname = 'team_id' AND a.attnum = ANY (i.indkey::int2[]))",
        broken_by: &[
            ("CREATE TABLE bad (team_id uuid, number text UNIQUE)", "bad_number_key is unique across teams"),
            (
                "CREATE UNIQUE INDEX bad ON manufacturing_orders (lower(order_number))",
                "bad is unique across teams",
            ),
        ],
    });
}

#[test]
fn nothing_of_the_service_may_alter_or_delete_what_is_only_ever_added_to() {
    holds(&Rule {
        offences: "
            SELECT format('%s may %s %s', r.rolname, right_to, t) AS line
            FROM pg_roles r,
                 unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) right_to,
                 unnest(ARRAY['audit_entries', 'audit_seals', 'order_imports', 'order_import_chunks',
                          'operator_attendance', 'data_collections', 'accounting_invoice_history', 'dispatch_items',
                          'ticket_comments']::regclass[]) t
            WHERE r.rolname IN ('throughline', 'throughline_team', 'throughline_auth', 'throughline_system')
              AND (has_table_privilege(r.oid, t, right_to)
                   OR right_to = 'UPDATE' AND has_any_column_privilege(r.oid, t, right_to))",
        broken_by: &[
            (
                "GRANT UPDATE ON audit_entries TO throughline_team",
                "throughline_team may UPDATE audit_entries",
            ),
            ("GRANT UPDATE (at) ON audit_entries TO PUBLIC", "throughline_auth may UPDATE audit_entries"),
            (
                "GRANT DELETE ON order_import_chunks TO throughline_system",
                "throughline_system may DELETE order_import_chunks",
            ),
            (
                "GRANT UPDATE ON operator_attendance TO throughline_team",
                "throughline_team may UPDATE operator_attendance",
            ),
            (
                "GRANT DELETE ON accounting_invoice_history TO throughline_team",
                "throughline_team may DELETE accounting_invoice_history",
            ),
            (
                "GRANT UPDATE (quantity) ON dispatch_items TO throughline_team",
                "throughline_team may UPDATE dispatch_items",
            ),
            (
                "GRANT DELETE ON ticket_comments TO throughline_system",
                "throughline_system may DELETE ticket_comments",
            ),
            ("GRANT TRUNCATE ON order_imports TO throughline", "throughline may TRUNCATE order_imports"),
            (
                "GRANT UPDATE (hash) ON audit_seals TO throughline_system",
                "throughline_system may UPDATE audit_seals",
            ),
        ],
    });
}

/// Workers delete what is too old; nobody alters a record, and no team's caller takes one away.
#[test]
fn a_record_that_is_kept_for_a_while_stays_as_it_is_until_it_is_too_old() {
    holds(&Rule {
        offences: "
            SELECT format('%s may %s %s', r.rolname, right_to, t) AS line
            FROM pg_roles r, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) right_to,
                 unnest(ARRAY['access_log', 'accounting_exchanges', 'equipment_samples', 'inbox']::regclass[]) t
            WHERE r.rolname IN ('throughline', 'throughline_team', 'throughline_auth', 'throughline_system')
              AND (r.rolname, right_to) <> ('throughline_system', 'DELETE')
              AND (has_table_privilege(r.oid, t, right_to)
                   OR right_to = 'UPDATE' AND has_any_column_privilege(r.oid, t, right_to))",
        broken_by: &[
            ("GRANT DELETE ON access_log TO throughline_team", "throughline_team may DELETE access_log"),
            ("GRANT UPDATE ON access_log TO throughline_system", "throughline_system may UPDATE access_log"),
            (
                "GRANT UPDATE (data) ON equipment_samples TO throughline_team",
                "throughline_team may UPDATE equipment_samples",
            ),
            ("GRANT DELETE ON inbox TO throughline_team", "throughline_team may DELETE inbox"),
            (
                "GRANT UPDATE (answer) ON accounting_exchanges TO throughline_team",
                "throughline_team may UPDATE accounting_exchanges",
            ),
        ],
    });
}

/// Workers delete what everybody has heard of, and number anew what was restored.
#[test]
fn an_event_says_for_good_what_it_said_at_first() {
    holds(&Rule {
        offences: "
            SELECT format('%s may %s outbox', r.rolname, right_to) AS line
            FROM pg_roles r, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) right_to
            WHERE r.rolname IN ('throughline', 'throughline_team', 'throughline_auth', 'throughline_system')
              AND (r.rolname, right_to) <> ('throughline_system', 'DELETE')
              AND has_table_privilege(r.oid, 'outbox', right_to)
            UNION ALL
            SELECT format('%s may UPDATE %s of outbox', r.rolname, a.attname)
            FROM pg_roles r, pg_attribute a
            WHERE r.rolname IN ('throughline', 'throughline_team', 'throughline_auth', 'throughline_system')
              AND a.attrelid = 'outbox'::regclass AND a.attnum > 0
              AND (r.rolname, a.attname) <> ('throughline_system', 'xid')
              AND has_column_privilege(r.oid, a.attrelid, a.attnum, 'UPDATE')",
        broken_by: &[
            ("GRANT DELETE ON outbox TO throughline_team", "throughline_team may DELETE outbox"),
            ("GRANT UPDATE (xid) ON outbox TO throughline_team", "throughline_team may UPDATE xid of outbox"),
            (
                "GRANT UPDATE (payload) ON outbox TO throughline_system",
                "throughline_system may UPDATE payload of outbox",
            ),
        ],
    });
}

/// What becomes of an invoice is recorded for its team, and what opens an accounting system is read for it.
#[test]
fn of_invoices_workers_change_when_one_is_looked_up_alone() {
    holds(&Rule {
        offences: "
            SELECT format('workers may %s %s', right_to, t) AS line
            FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) right_to,
                 unnest(ARRAY['accounting_invoices', 'accounting_invoice_history', 'accounting_connections']::regclass[]) t
            WHERE has_table_privilege('throughline_system', t, right_to)
            UNION ALL
            SELECT format('workers may UPDATE %s of accounting_invoices', a.attname) FROM pg_attribute a
            WHERE a.attrelid = 'accounting_invoices'::regclass AND a.attnum > 0 AND a.attname <> 'look_at'
              AND has_column_privilege('throughline_system', a.attrelid, a.attnum, 'UPDATE')
            UNION ALL
            SELECT 'workers may read ' || t
            FROM unnest(ARRAY['accounting_invoice_history', 'accounting_connections']::regclass[]) t
            WHERE has_any_column_privilege('throughline_system', t, 'SELECT')",
        broken_by: &[
            ("GRANT DELETE ON accounting_invoices TO throughline_system", "workers may DELETE accounting_invoices"),
            (
                "GRANT UPDATE (state) ON accounting_invoices TO throughline_system",
                "workers may UPDATE state of accounting_invoices",
            ),
            (
                "GRANT SELECT (secrets) ON accounting_connections TO throughline_system",
                "workers may read accounting_connections",
            ),
        ],
    });
}

#[test]
fn an_alarm_may_be_cleared_and_otherwise_stays_as_it_is() {
    holds(&Rule {
        offences: "
            SELECT format('%s may %s equipment_alarms', r.rolname, right_to) AS line
            FROM pg_roles r, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) right_to
            WHERE r.rolname IN ('throughline', 'throughline_team', 'throughline_auth', 'throughline_system')
              AND has_table_privilege(r.oid, 'equipment_alarms', right_to)
            UNION ALL
            SELECT format('%s may UPDATE %s of equipment_alarms', r.rolname, a.attname)
            FROM pg_roles r, pg_attribute a
            WHERE r.rolname IN ('throughline', 'throughline_team', 'throughline_auth', 'throughline_system')
              AND a.attrelid = 'equipment_alarms'::regclass AND a.attnum > 0 AND a.attname <> 'cleared_at'
              AND has_column_privilege(r.oid, a.attrelid, a.attnum, 'UPDATE')",
        broken_by: &[
            (
                "GRANT DELETE ON equipment_alarms TO throughline_team",
                "throughline_team may DELETE equipment_alarms",
            ),
            (
                "GRANT UPDATE (severity) ON equipment_alarms TO throughline_team",
                "throughline_team may UPDATE severity of equipment_alarms",
            ),
        ],
    });
}

#[test]
fn what_the_service_logs_in_as_and_looks_up_callers_with_may_touch_no_table_itself() {
    holds(&Rule {
        offences: "
            SELECT format('%s may %s %s', r.rolname, right_to, c.relname) AS line
            FROM pg_roles r, pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) right_to
            WHERE r.rolname IN ('throughline', 'throughline_auth')
              AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
              -- the service's login role takes its rights by SET ROLE alone
              AND (EXISTS (SELECT FROM aclexplode(c.relacl) a
                           WHERE a.grantee IN (r.oid, 0) AND a.privilege_type = right_to)
                   OR EXISTS (SELECT FROM pg_attribute column_of, aclexplode(column_of.attacl) a
                              WHERE column_of.attrelid = c.oid
                                AND a.grantee IN (r.oid, 0) AND a.privilege_type = right_to))",
        broken_by: &[
            ("GRANT SELECT ON users TO throughline_auth", "throughline_auth may SELECT users"),
            ("GRANT SELECT ON sessions TO throughline_auth", "throughline_auth may SELECT sessions"),
            ("GRANT UPDATE ON refresh_tokens TO throughline_auth", "throughline_auth may UPDATE refresh_tokens"),
            ("GRANT SELECT ON log_in_attempts TO throughline_auth", "throughline_auth may SELECT log_in_attempts"),
            ("GRANT SELECT (password_hash) ON users TO throughline_auth", "throughline_auth may SELECT users"),
            ("GRANT INSERT ON teams TO throughline", "throughline may INSERT teams"),
            ("GRANT SELECT ON teams TO PUBLIC", "throughline may SELECT teams"),
        ],
    });
}

#[test]
fn the_service_owns_nothing() {
    holds(&Rule {
        offences: "
            SELECT format('%s owns %s', d.refobjid::regrole, pg_describe_object(d.classid, d.objid, d.objsubid)) AS line
            FROM pg_shdepend d
            WHERE d.deptype = 'o' AND d.refclassid = 'pg_authid'::regclass
              AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
              AND d.refobjid IN (SELECT oid FROM pg_roles WHERE rolname IN
                  ('throughline', 'throughline_team', 'throughline_auth', 'throughline_system'))",
        broken_by: &[
            ("ALTER TABLE departments OWNER TO throughline_team", "throughline_team owns table departments"),
            ("ALTER FUNCTION current_team() OWNER TO throughline", "throughline owns function current_team()"),
            ("CREATE SCHEMA bad AUTHORIZATION throughline_system", "throughline_system owns schema bad"),
        ],
    });
}

/// They see every team, so nobody who works for one may call them, and the lookups of callers can do nothing else. The
/// two that find orders look at the current team alone, which the tests of lists hold them to.
#[test]
fn functions_that_run_as_their_owner_are_called_by_the_role_that_looks_up_callers_alone() {
    holds(&Rule {
        offences: "
            SELECT format('%s may be called by %s', p.oid::regprocedure, coalesce(r.rolname, 'everyone')) AS line
            FROM pg_proc p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
            LEFT JOIN pg_roles r ON r.oid = a.grantee
            WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
              AND NOT (p.proname IN ('find_sales_orders', 'count_sales_orders') AND r.rolname = 'throughline_team')
              AND coalesce(r.rolname NOT IN ('throughline_owner', 'throughline_auth'), true)",
        broken_by: &[
            (
                "GRANT EXECUTE ON FUNCTION auth_account(text) TO throughline_team",
                "auth_account(text) may be called by throughline_team",
            ),
            (
                "GRANT EXECUTE ON FUNCTION auth_session(uuid) TO throughline",
                "auth_session(uuid) may be called by throughline",
            ),
            (
                "GRANT EXECUTE ON FUNCTION auth_refresh_token_owner(uuid) TO PUBLIC",
                "auth_refresh_token_owner(uuid) may be called by everyone",
            ),
        ],
    });
}

#[test]
fn functions_that_run_as_their_owner_have_a_fixed_search_path_and_named_callers() {
    holds(&Rule {
        offences: "
            SELECT p.oid::regprocedure || ' takes its search_path from its caller' AS line FROM pg_proc p
            WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT FROM unnest(p.proconfig) setting
                              WHERE setting LIKE 'search_path=pg_catalog%' AND setting NOT LIKE '%$user%')
            UNION ALL
            SELECT p.oid::regprocedure || ' may be called by anyone' FROM pg_proc p
            WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
              AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                          WHERE a.grantee = 0)
            UNION ALL
            SELECT c.oid::regclass || ' is a view that reads as its owner' FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace
              AND (c.relkind = 'm' OR c.relkind = 'v' AND coalesce(NOT 'security_invoker=true' = ANY (c.reloptions), true))",
        broken_by: &[
            (
                "CREATE FUNCTION bad() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1",
                "bad() takes its search_path from its caller",
            ),
            (
                "CREATE FUNCTION bad() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public RETURN 1",
                "bad() takes its search_path from its caller",
            ),
            (
                "CREATE FUNCTION bad() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog RETURN 1",
                "bad() may be called by anyone",
            ),
            (
                "GRANT EXECUTE ON FUNCTION auth_api_key(uuid) TO PUBLIC",
                "auth_api_key(uuid) may be called by anyone",
            ),
            ("CREATE VIEW bad AS SELECT * FROM teams", "bad is a view that reads as its owner"),
            (
                "CREATE VIEW bad WITH (security_invoker = false) AS SELECT * FROM teams",
                "bad is a view that reads as its owner",
            ),
            ("CREATE MATERIALIZED VIEW bad AS SELECT * FROM teams", "bad is a view that reads as its owner"),
        ],
    });
}
