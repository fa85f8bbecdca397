//! A running service, teams in it, and commands of the binary.

mod caller;
mod documents;
pub(crate) mod gepard;
mod person;
mod plant;
mod reply;
mod sandbox;
mod shop;

use std::io::Write;
use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use testkit::{Database, Service, serving};

pub(crate) use caller::{
    Caller, IMPORT, IMPORTS, UPLOAD, client, document, form, new_client, order, order_with,
};
pub(crate) use documents::documented;
pub(crate) use person::{PASSWORD, Person, log_in};
pub(crate) use plant::{COLLECTED, OPERATIONS, ORDERS, Order, Plant};
pub(crate) use reply::{Reply, is_uuid};
pub(crate) use sandbox::Sandbox;
pub(crate) use shop::{PRODUCTS, SALES, SOLD, Shop, at, example};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_throughline");

/// Where services write that have a database of their own: nothing a test would look at.
pub(crate) const NOWHERE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/data");

/// A service and its database.
pub(crate) struct Fixture {
    pub(crate) service: &'static Service,
    pub(crate) database: Database,
}

/// The service that tests share: each founds a team of its own in it.
pub(crate) fn fixture() -> &'static Fixture {
    static HOUSE: LazyLock<Fixture> = LazyLock::new(|| Fixture::new("warn,throughline=info"));
    &HOUSE
}

/// The accounting system of the shared service.
pub(crate) fn sandbox() -> &'static Sandbox {
    static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| Sandbox::start().for_the_process());
    &SANDBOX
}

/// A service for one test that would leave no room for others; it logs errors alone, as a crowd meets many warnings.
pub(crate) fn own_house() -> &'static Fixture {
    Box::leak(Box::new(Fixture::new("error")))
}

impl Fixture {
    fn new(log: &str) -> Self {
        let database = Database::new();
        // a thousand tests share its address
        let mut command = serving(BINARY, &database, Path::new(NOWHERE));
        command.env("RATE_LIMITS", "off").env("RUST_LOG", log).env("WFIRMA_URL", sandbox().url());
        let service = Service::spawn(command).for_the_process();
        Self { service, database }
    }
}

/// A team of its own in the shared service.
pub(crate) fn team() -> Team<'static> {
    let fixture = fixture();
    Team::found(&fixture.database, fixture.service)
}

/// A team, its admin key, its ADMIN's e-mail, and the database it is in.
pub(crate) struct Team<'a> {
    pub(crate) caller: Caller,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) database: &'a Database,
}

impl<'a> Team<'a> {
    /// Founds a team by the command line.
    pub(crate) fn found(database: &'a Database, service: &Service) -> Self {
        let (name, founded) = found(|command| on(command, database));
        let email = email_of(&name);
        Self { caller: Caller::new(service.address(), &founded), name, email, database }
    }

    /// The same team in a service started anew.
    pub(crate) fn moved(mut self, service: &Service) -> Self {
        self.caller.address = service.address().to_owned();
        self
    }

    /// The number in its name, which no other team of the same tests has.
    pub(crate) fn number(&self) -> &str {
        self.name.strip_prefix("Team ").unwrap()
    }

    /// How many rows of a table are the team's; of the audit trail, those that changes left.
    pub(crate) fn count(&self, table: &str) -> u32 {
        let id = &self.caller.id;
        let changes = if table == "audit_entries" { "AND action <> 'access.refused'" } else { "" };
        let count = format!("SELECT count(*) FROM {table} WHERE team_id = '{id}' {changes}");
        let count = self.database.scalar(&count);
        count.parse().unwrap()
    }

    /// What the team has: orders, imports, events, audit entries, kept answers.
    pub(crate) fn holdings(&self) -> [u32; 5] {
        ["manufacturing_orders", "order_imports", "outbox", "audit_entries", "idempotent_answers"]
            .map(|table| self.count(table))
    }

    /// Everything that is the team's, as text, but for what refusals may leave: audit entries, kept answers, and numbers
    /// that were reserved for what was then refused. When a key was last used is no change either.
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

    /// The tables of the database in which a text stands, of whichever team, in any case of letters.
    pub(crate) fn tables_holding(&self, text: &str) -> Vec<String> {
        let tables = self.database.scalar(
            "SELECT string_agg(relname, ' ') FROM pg_class
             WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
        );
        for known in ["users", "api_keys", "idempotent_answers", "audit_entries", "outbox"] {
            assert!(tables.split(' ').any(|table| table == known), "{known} is among {tables}");
        }
        // a bytea shows as hexadecimal digits
        let holds = |table: &&str| {
            let count = format!("SELECT count(*) FROM {table} t WHERE t::text ILIKE '%{text}%'");
            self.database.scalar(&count) != "0"
        };
        tables.split(' ').filter(holds).map(str::to_owned).collect()
    }

    /// One value about one of the team's orders.
    pub(crate) fn order(&self, number: &str, expression: &str) -> String {
        let id = &self.caller.id;
        self.database.scalar(&format!(
            "SELECT {expression} FROM manufacturing_orders WHERE team_id = '{id}' AND order_number = '{number}'"
        ))
    }

    /// The team's ADMIN, logged in.
    pub(crate) fn admin(&self) -> Person {
        Person::logged_in(&self.caller, &self.email, PASSWORD)
    }

    /// A further user of the team with these roles, logged in; a VENDOR belongs to a vendor made for it.
    pub(crate) fn user(&self, roles: &[&str]) -> Person {
        let admin = self.admin();
        let mut body = json!({"email": Person::new_email(), "password": PASSWORD, "roles": roles});
        if roles.contains(&"VENDOR") {
            body["vendorId"] = admin.vendor().into();
        }
        admin.post("/api/users", &body).created();
        Person::logged_in(&self.caller, body["email"].as_str().unwrap(), PASSWORD)
    }

    /// A further key of the team, composed and hashed as the service does.
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

/// Founds a team with a `bootstrap` command; gives its name and what was printed.
pub(crate) fn found(configured: impl FnOnce(Command) -> Command) -> (String, Value) {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let name = format!("Team {}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let command = configured(bootstrap(&name, &email_of(&name)));
    let ran = run_with(command, &format!("{PASSWORD}\n"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    (name, serde_json::from_str(&ran.out).unwrap())
}

/// The e-mail of a team's ADMIN.
fn email_of(team: &str) -> String {
    format!("{}@works.example", team.replace(' ', "."))
}

/// `throughline bootstrap`.
pub(crate) fn bootstrap(team: &str, email: &str) -> Command {
    throughline(&["bootstrap", "--team", team, "--email", email, "--password-stdin"])
}

/// A command of the binary.
pub(crate) fn throughline(arguments: &[&str]) -> Command {
    let mut command = testkit::command(BINARY);
    command.args(arguments);
    command
}

/// Points a command to a test's database.
pub(crate) fn on(mut command: Command, database: &Database) -> Command {
    command.env("DATABASE_URL", database.service_url()).env("DATABASE_OWNER_URL", database.owner_url());
    command.env("DATA_DIR", NOWHERE);
    command
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command to its end.
pub(crate) fn run(command: Command) -> Ran {
    run_with(command, "")
}

/// Runs a command to its end with a text on its standard input.
pub(crate) fn run_with(mut command: Command, input: &str) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    // a command that refuses its arguments may have ended before it reads
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
