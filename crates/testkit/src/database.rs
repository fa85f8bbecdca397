//! A migrated database for one test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use adapter_postgres::migrate::migrate;
use adapter_postgres::provision::{OWNER, SERVICE, provision};
use adapter_postgres::{Db, DbSettings};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};

use crate::cluster::Cluster;
use crate::pgbouncer::PgBouncer;

/// A migrated, empty database.
pub struct Database {
    name: String,
}

const TEMPLATE: &str = "throughline_template";
static NUMBER: AtomicU32 = AtomicU32::new(1);
static COPYING: Mutex<()> = Mutex::new(());

/// An open transaction; rolled back when dropped.
pub struct OpenTransaction {
    connection: PgConnection,
}

#[derive(QueryableByName)]
struct Scalar {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

impl Database {
    /// Creates a database from a template that was migrated by an ordinary owner.
    ///
    /// # Panics
    /// When PostgreSQL fails.
    #[expect(clippy::new_without_default, reason = "making a database is no default")]
    pub fn new() -> Self {
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let cluster = Cluster::shared();
        template(cluster);
        let _one_at_a_time = COPYING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let copy = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {OWNER}");
        connect(&cluster.superuser_url("postgres")).batch_execute(&copy).expect("the template is copied");
        Self { name }
    }

    /// The URL of the role that the service logs in as.
    pub fn service_url(&self) -> String {
        Cluster::shared().url(SERVICE, &self.name)
    }

    /// The URL of the role that owns the tables.
    pub fn owner_url(&self) -> String {
        Cluster::shared().url(OWNER, &self.name)
    }

    /// The superuser's URL.
    pub fn superuser_url(&self) -> String {
        Cluster::shared().superuser_url(&self.name)
    }

    /// The URLs of the service's role and the owner's through a PgBouncer.
    pub fn urls_through(&self, bouncer: &PgBouncer) -> (String, String) {
        (bouncer.url(SERVICE, &self.name), bouncer.url(OWNER, &self.name))
    }

    /// Opens a connection pool like the service's.
    ///
    /// # Panics
    /// When no connection is accepted.
    pub fn db(&self) -> Db {
        Db::open(&DbSettings { url: self.service_url(), connections: 8 }).expect("a pool opens")
    }

    /// Runs statements as superuser, without row-level security.
    ///
    /// # Panics
    /// When a statement fails.
    pub fn execute(&self, sql: &str) {
        connect(&self.superuser_url()).batch_execute(sql).expect("the statements run");
    }

    /// Runs statements as superuser in a transaction that stays open, with its locks, until it is dropped.
    ///
    /// # Panics
    /// When a statement fails.
    pub fn hold(&self, sql: &str) -> OpenTransaction {
        let mut connection = connect(&self.superuser_url());
        connection
            .batch_execute("BEGIN")
            .and_then(|()| connection.batch_execute(sql))
            .expect("the statements run");
        OpenTransaction { connection }
    }

    /// The single value of a query as superuser, as text; empty for NULL.
    ///
    /// # Panics
    /// When the query fails or gives no row.
    pub fn scalar(&self, sql: &str) -> String {
        let query = format!("SELECT ({sql})::text AS value");
        let row: Scalar =
            sql_query(query).get_result(&mut connect(&self.superuser_url())).expect("the query runs");
        row.value.unwrap_or_default()
    }
}

impl OpenTransaction {
    /// Commits the transaction.
    ///
    /// # Panics
    /// When it can't be committed.
    pub fn commit(mut self) {
        self.connection.batch_execute("COMMIT").expect("the transaction commits");
    }
}

fn template(cluster: &Cluster) {
    static MIGRATED: OnceLock<()> = OnceLock::new();
    MIGRATED.get_or_init(|| {
        provision(|database| cluster.superuser_url(database), TEMPLATE).expect("roles and template are made");
        migrate(&cluster.url(OWNER, TEMPLATE)).expect("the migrations run as an ordinary owner");
    });
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("PostgreSQL takes a connection")
}
