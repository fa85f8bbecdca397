//! A team, and what is stored for it.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use testkit::{Database, Service};

use super::{Caller, PASSWORD, Person, Requests, create_team, shared_server, with_database};

/// Creates a team in the shared server.
pub(crate) fn team() -> Team<'static> {
    let server = shared_server();
    Team::create(&server.database, server.service)
}

/// A team with its admin API key, the e-mail of its ADMIN, and its database.
pub(crate) struct Team<'a> {
    pub(crate) caller: Caller,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) database: &'a Database,
}

impl<'a> Team<'a> {
    /// Creates a team with the `bootstrap` command.
    pub(crate) fn create(database: &'a Database, service: &Service) -> Self {
        let (name, printed) = create_team(|command| with_database(command, database));
        let email = email_of(&name);
        Self { caller: Caller::new(service.address(), &printed), name, email, database }
    }

    /// The same team, calling another server on the same database.
    pub(crate) fn at(mut self, service: &Service) -> Self {
        self.caller.address = service.address().to_owned();
        self
    }

    /// The number in the team's name; unique within a test run.
    pub(crate) fn number(&self) -> &str {
        self.name.strip_prefix("Team ").unwrap()
    }

    /// Counts the team's rows in a table; in the audit trail, only those of changes.
    pub(crate) fn count(&self, table: &str) -> u32 {
        let id = &self.caller.id;
        let changes = if table == "audit_entries" { "AND action <> 'access.refused'" } else { "" };
        let count = format!("SELECT count(*) FROM {table} WHERE team_id = '{id}' {changes}");
        let count = self.database.scalar(&count);
        count.parse().unwrap()
    }

    /// Counts the team's orders, imports, events, audit entries and stored responses.
    pub(crate) fn row_counts(&self) -> [u32; 5] {
        ["manufacturing_orders", "order_imports", "outbox", "audit_entries", "idempotent_answers"]
            .map(|table| self.count(table))
    }

    /// Everything stored for the team, as text, except what a refused request may leave: audit entries, stored
    /// responses and reserved numbers. The last use of a key is left out too.
    pub(crate) fn state(&self) -> String {
        let tables = self.database.scalar(
            "SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'team_id'
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
               AND c.relname !~ '^(audit|access)_' AND c.relname NOT IN ('idempotent_answers', 'number_counters')",
        );
        let id = &self.caller.id;
        let rows = |table: &str, column: &str| {
            format!(
                "SELECT '{table}' AS kind, (to_jsonb(t) - 'last_used_at')::text AS line
                 FROM {table} t WHERE {column} = '{id}'"
            )
        };
        let all = tables.split(' ').map(|table| rows(table, "team_id")).chain([rows("teams", "id")]);
        let all = all.collect::<Vec<_>>().join(" UNION ALL ");
        self.database.scalar(&format!(
            "SELECT string_agg(kind || ' ' || line, chr(10) ORDER BY kind, line) FROM ({all}) everything"
        ))
    }

    /// Returns the tables, of all teams, that contain a text in any letter case.
    pub(crate) fn tables_containing(&self, text: &str) -> Vec<String> {
        let tables = self.database.scalar(
            "SELECT string_agg(relname, ' ') FROM pg_class
             WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
        );
        for known in ["users", "api_keys", "idempotent_answers", "audit_entries", "outbox"] {
            assert!(tables.split(' ').any(|table| table == known), "{known} is among {tables}");
        }
        // a bytea shows as hexadecimal digits
        let contains = |table: &&str| {
            let count = format!("SELECT count(*) FROM {table} t WHERE t::text ILIKE '%{text}%'");
            self.database.scalar(&count) != "0"
        };
        tables.split(' ').filter(contains).map(str::to_owned).collect()
    }

    /// Selects a value of one of the team's manufacturing orders.
    pub(crate) fn order(&self, number: &str, expression: &str) -> String {
        let id = &self.caller.id;
        self.database.scalar(&format!(
            "SELECT {expression} FROM manufacturing_orders WHERE team_id = '{id}' AND order_number = '{number}'"
        ))
    }

    /// Logs in as the team's ADMIN.
    pub(crate) fn admin(&self) -> Person {
        Person::logged_in(&self.caller, &self.email, PASSWORD)
    }

    /// Creates a user with these roles and logs in; a VENDOR user gets a new vendor.
    pub(crate) fn user(&self, roles: &[&str]) -> Person {
        let admin = self.admin();
        let mut body = json!({"email": Person::new_email(), "password": PASSWORD, "roles": roles});
        if roles.contains(&"VENDOR") {
            body["vendorId"] = admin.create_vendor().into();
        }
        admin.post("/api/users", &body).created();
        Person::logged_in(&self.caller, body["email"].as_str().unwrap(), PASSWORD)
    }

    /// Inserts an API key for the team, in the format and with the hash that the service uses.
    pub(crate) fn key(&self, permission: &str, scopes: &str) -> Caller {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let id = NUMBER.fetch_add(1, Ordering::Relaxed);
        let body = format!("tlk_{id:032x}_{}", "5a".repeat(32));
        let key = format!("{body}_{:08x}", crc32fast::hash(body.as_bytes()));
        self.database.execute(&format!(
            "INSERT INTO api_keys (team_id, id, name, prefix, secret_hash, permission, scopes, created_at)
             VALUES ('{}', '{id:032x}', 'test', 'tlk_test', sha256('{key}'), '{permission}',
                     '{{{scopes}}}', now())",
            self.caller.id
        ));
        Caller { key, ..self.caller.clone() }
    }
}

impl Deref for Team<'_> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

/// The e-mail of a team's ADMIN.
pub(super) fn email_of(team: &str) -> String {
    format!("{}@works.example", team.replace(' ', "."))
}
