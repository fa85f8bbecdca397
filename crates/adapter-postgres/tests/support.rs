//! What the tests stand on: databases, teams, and imports made of values.

mod buying_in;
mod floor;
mod invoices;
mod shop;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use adapter_postgres::audit::{PgAccessLog, PgChains, PgSealer};
use adapter_postgres::identity::{PgSessions, PgTeams};
use adapter_postgres::order_import::{PgImportHistory, PgManufacturingOrders};
use adapter_postgres::procurement::PgVendors;
use adapter_postgres::production_ops::{PgDepartments, PgWorkCentres};
use adapter_postgres::{Db, DbSettings};
use audit::AccessRecord;
use audit::ports::{AccessLog, Chains, Sealer};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Numeric, SmallInt, Text, Timestamptz};
use diesel::{Connection, PgConnection, QueryableByName, sql_query};
use identity::contract::foundation;
use identity::ports::{Refreshed, Sessions, Teams};
use identity::session::{NewRefreshToken, NewSession, RefreshTokenText, SessionId};
use kernel::access::{Actor, Identity};
use kernel::clock::{IdSource, SystemIds};
use kernel::email::Email;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, UserId};
use kernel::manufacturing::{OrderId, OrderNumber, Priority, Sku};
use kernel::master_data::{Record, Register};
use kernel::quantity::Quantity;
use kernel::write::{Claim, ClaimKey, Content, StoredResponse, WriteContext, Written};
use order_import::events::RECORD;
use order_import::import::report::{ImportReport, OrderChange, RecordedRow};
use order_import::import::values::{
    Change, Description, ImportId, ImportedOrder, OrderImage, RoutingRef, WorkCentreNumber,
};
use order_import::import::{ImportOptions, ImportRow, PreparedImport, RowContent, Source};
use order_import::ports::{ImportHistory, ManufacturingOrders};
use procurement::ports::Vendors;
use procurement::{Address, NewVendor, PaymentTerm, Vendor, VendorCode, VendorName};
use production_ops::Name;
use production_ops::work_centre::NewWorkCentre;
use rust_decimal::Decimal;
use testkit::Database;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

pub(crate) use self::buying_in::short;
pub(crate) use self::floor::{posting, series};
pub(crate) use self::invoices::{connections, invoice_id, requested};
pub(crate) use self::shop::{LOCALE, bought_in, customer, fate, sale, to};

/// The runtime of every test: several threads, so that what races really does.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build();
        runtime.expect("a runtime starts")
    })
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    runtime().block_on(future)
}

/// A migrated database and a pool of connections to it, as the service has them.
pub(crate) struct Store {
    pub(crate) database: Arc<Database>,
    pub(crate) db: Db,
}

impl Store {
    /// A database that no other test sees.
    pub(crate) fn own() -> Self {
        let database = Arc::new(Database::new());
        Self { db: database.db(), database }
    }

    /// The database of all tests that stay within teams of their own, and a pool of its own.
    pub(crate) fn shared() -> Self {
        static SHARED: OnceLock<Arc<Database>> = OnceLock::new();
        let database = SHARED.get_or_init(|| Arc::new(Database::new())).clone();
        Self { db: database.db(), database }
    }

    /// The same with a connection for each of a crowd, so that they race in PostgreSQL and not for the pool.
    pub(crate) fn crowded(self, connections: u32) -> Self {
        let settings = DbSettings { url: self.database.service_url(), connections };
        Self { db: Db::open(&settings).expect("a pool opens"), database: self.database }
    }

    /// A new team with nothing in it.
    pub(crate) fn team(&self) -> TeamId {
        let name = SystemIds.uuid();
        let foundation = foundation(&format!("Team {name}"), &format!("{name}@team.example"), &SystemIds);
        let team = foundation.team.id;
        block_on(PgTeams::new(self.db.clone()).create(context(team), foundation)).expect("a team is founded");
        team
    }

    /// A new team with a department and the work centres 1 and 2.
    pub(crate) fn plant(&self) -> TeamId {
        let team = self.team();
        let department = self.registered(&PgDepartments::new(self.db.clone()), team, name("Milling"));
        for number in ["Mill 1", "Mill 2"] {
            let new = NewWorkCentre { number: None, name: name(number), department: department.id };
            self.registered(&PgWorkCentres::new(self.db.clone()), team, new);
        }
        team
    }

    /// A new record of a team's master data.
    pub(crate) fn registered<R: Record>(&self, register: &dyn Register<R>, team: TeamId, new: R::New) -> R {
        done(block_on(register.create(context(team), Id::new(SystemIds.uuid()), new)))
    }

    /// A new user of a team, an OPERATOR.
    pub(crate) fn user(&self, team: TeamId) -> UserId {
        let id = SystemIds.uuid();
        self.database.execute(&format!(
            "INSERT INTO users (team_id, id, email, email_key, password_hash, roles, created_at, updated_at)
             VALUES ('{team}', '{id}', '{id}@team.example', '{id}@team.example', '$argon2id$v=19$', '{{OPERATOR}}', now(), now())"
        ));
        Id::new(id)
    }

    /// Seals until nothing of the teams waits: a transaction elsewhere in the cluster may hold it up for a moment.
    pub(crate) fn seal(&self, teams: impl AsRef<[TeamId]>) {
        let (sealer, chains) = (PgSealer::new(self.db.clone()), PgChains::new(self.db.clone()));
        testkit::eventually("everything to be sealed", || {
            block_on(sealer.seal()).expect("sealing works");
            let waiting = |team: &TeamId| block_on(chains.unsealed(*team)).expect("it is counted").waiting;
            (teams.as_ref().iter().map(waiting).sum::<u64>() == 0).then_some(())
        });
    }

    /// Puts a record of the team into the access log.
    pub(crate) fn access(&self, team: TeamId) {
        let log = PgAccessLog::new(self.db.clone());
        block_on(log.record(Arc::new(vec![accessed(team, at())]))).expect("a record is kept");
    }

    /// A new vendor of a team.
    pub(crate) fn vendor(&self, team: TeamId, code: &str) -> Vendor {
        let vendor = vendor(code, "Green Farms");
        let vendors = PgVendors::new(self.db.clone());
        block_on(vendors.create(context(team), vendor.clone())).expect("a vendor is created");
        vendor
    }

    /// A session of the first user of a team, with its refresh token.
    pub(crate) fn session(&self, team: TeamId) -> SessionId {
        self.session_begun(team, at()).0
    }

    /// The same begun at a moment, and the token as its owner holds it.
    pub(crate) fn session_begun(&self, team: TeamId, at: DateTime<Utc>) -> (SessionId, RefreshTokenText) {
        let user = format!("SELECT id FROM users WHERE team_id = '{team}' ORDER BY created_at, id LIMIT 1");
        let user = Id::new(self.database.scalar(&user).parse().expect("an id"));
        let session = NewSession { id: Id::new(SystemIds.uuid()), user, address: "192.0.2.7".parse().ok() };
        let (id, text) = (session.id, refresh_token());
        let sessions = PgSessions::new(self.db.clone());
        let begun = sessions.begin(context_at(team, at), session, NewRefreshToken::of(&text, at));
        done(block_on(begun));
        (id, text)
    }

    /// Presents a refresh token at a moment; gives what that came to, and the next token.
    pub(crate) fn refresh(
        &self,
        team: TeamId,
        presented: &RefreshTokenText,
        at: DateTime<Utc>,
    ) -> (Refreshed, RefreshTokenText) {
        let next = refresh_token();
        let sessions = PgSessions::new(self.db.clone());
        let successor = NewRefreshToken::of(&next, at);
        (done(block_on(sessions.refresh(context_at(team, at), presented.clone(), successor))), next)
    }

    /// Imports for a team without a claim; it must be done.
    pub(crate) fn import(&self, team: TeamId, import: PreparedImport) -> ImportReport {
        done(self.try_import(context(team), import))
    }

    pub(crate) fn try_import(
        &self,
        context: WriteContext<ImportReport>,
        import: PreparedImport,
    ) -> Result<Written<ImportReport>, StoreError> {
        block_on(PgManufacturingOrders::new(self.db.clone()).import(context, import))
    }

    /// The rows that history keeps of an import; none if it keeps no such import.
    pub(crate) fn recorded(&self, team: TeamId, id: ImportId) -> Option<Vec<RecordedRow>> {
        let record = block_on(PgImportHistory::new(self.db.clone()).find(team, id)).expect("history is read");
        record.map(|record| record.rows.collect::<Result<_, _>>().expect("every row unfolds"))
    }

    /// What an import did to orders, out of history, with the number of the row that did it.
    pub(crate) fn changes(&self, team: TeamId, id: ImportId) -> Vec<(u32, OrderChange)> {
        let rows = self.recorded(team, id).expect("the import is in history");
        rows.into_iter().filter_map(|row| Some((row.result.row, row.change?))).collect()
    }

    pub(crate) fn superuser(&self) -> PgConnection {
        connect(&self.database.superuser_url())
    }

    /// The columns of a table that are put in; others PostgreSQL derives.
    pub(crate) fn columns(&self, table: &str) -> String {
        self.database.scalar(&format!(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
             WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        ))
    }

    /// A count or another whole number, read as superuser.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.database.scalar(sql).parse().expect("a whole number")
    }

    /// The orders of a team as they are stored.
    pub(crate) fn orders(&self, team: TeamId) -> BTreeMap<OrderNumber, StoredOrder> {
        let query = sql_query("SELECT * FROM manufacturing_orders WHERE team_id = $1");
        let rows: Vec<OrderRow> = query
            .bind::<diesel::sql_types::Uuid, _>(team.uuid())
            .load(&mut self.superuser())
            .expect("orders are read");
        rows.into_iter().map(OrderRow::stored).collect()
    }

    /// Ends the pool and waits for all sessions to end, so that they report their statistics; gives the database.
    pub(crate) fn close(self) -> Arc<Database> {
        let Self { database, db } = self;
        drop(db);
        testkit::eventually("the database's sessions to end", || {
            let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                            AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
            (database.scalar(sessions) == "0").then_some(())
        });
        database
    }
}

/// An order as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredOrder {
    pub(crate) id: OrderId,
    pub(crate) image: OrderImage,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    order_number: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Text)]
    sku: String,
    #[diesel(sql_type = Text)]
    description: String,
    #[diesel(sql_type = Numeric)]
    quantity: Decimal,
    #[diesel(sql_type = SmallInt)]
    priority: i16,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Integer>)]
    work_centre_number: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    scheduled_end: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
    routing_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Integer>)]
    routing_version: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    notes: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
}

impl OrderRow {
    fn stored(self) -> (OrderNumber, StoredOrder) {
        let priority = u8::try_from(self.priority).expect("a priority");
        let image = OrderImage {
            version: self.version,
            sku: Sku::try_new(&self.sku).expect("a SKU"),
            description: self.description.into(),
            quantity: Quantity::try_new(self.quantity).expect("a quantity"),
            priority: Priority::try_new(priority).expect("a priority"),
            status: self.status.parse().expect("a status"),
            work_centre: self.work_centre_number.map(centre),
            scheduled_end: self.scheduled_end,
            routing: self.routing_id.zip(self.routing_version).map(|(id, version)| RoutingRef {
                id: Id::new(id),
                version: version.try_into().expect("a version"),
            }),
            notes: self.notes.map(Into::into),
        };
        let (created_at, updated_at) = (self.created_at, self.updated_at);
        let stored = StoredOrder { id: Id::new(self.id), image, created_at, updated_at };
        (number(&self.order_number), stored)
    }
}

pub(crate) fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("PostgreSQL takes a connection")
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What a query with one column of text, named `line`, gives.
pub(crate) fn lines(connection: &mut PgConnection, query: &str) -> Vec<String> {
    let lines: Vec<Line> = sql_query(query).load(connection).expect("the query runs");
    lines.into_iter().map(|line| line.line).collect()
}

/// Waits until a session of the service waits for a lock.
pub(crate) fn until_blocked(database: &Database) {
    testkit::eventually("the service to wait for a lock", || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                       AND application_name = 'throughline' AND wait_event_type = 'Lock'";
        (database.scalar(waiting) != "0").then_some(())
    });
}

/// The moment of every change that needs no other.
pub(crate) fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::microseconds(1)
}

/// So many minutes after that.
pub(crate) fn minute(minutes: i64) -> DateTime<Utc> {
    at() + TimeDelta::minutes(minutes)
}

/// A call of the team's key.
pub(crate) fn accessed(team: TeamId, at: DateTime<Utc>) -> AccessRecord {
    AccessRecord {
        team,
        id: SystemIds.uuid(),
        at,
        actor: "api_key:1".into(),
        method: "GET".into(),
        route: "/things".into(),
        path: "/things".into(),
        status: 200,
        request_id: "request-1".into(),
        address: None,
        microseconds: 1,
    }
}

pub(crate) fn context<O>(team: TeamId) -> WriteContext<O> {
    let actor = Actor { team, identity: Identity::System { part: "tests" } };
    WriteContext::unclaimed(&actor, "request-1", at())
}

/// A change at a moment of its own.
pub(crate) fn context_at<O>(team: TeamId, at: DateTime<Utc>) -> WriteContext<O> {
    WriteContext { at, ..context(team) }
}

/// A change that an idempotency key covers, answered with what `render` makes of it.
pub(crate) fn claimed<O>(
    team: TeamId,
    key: &str,
    fingerprint: u8,
    render: impl Fn(&O) -> StoredResponse + Send + Sync + 'static,
) -> WriteContext<O> {
    let key = ClaimKey {
        method: "POST".into(),
        path: "/api/orders/import".into(),
        key: key.into(),
        fingerprint: [fingerprint; 32],
    };
    context(team).claimed(Some(Claim { key, render: Box::new(move |outcome: &O| Some(render(outcome))) }))
}

/// An import's answer as HTTP keeps it.
pub(crate) fn rendered(report: &ImportReport) -> StoredResponse {
    StoredResponse { status: 200, content: Content::Record { kind: RECORD.into(), id: report.id.uuid() } }
}

pub(crate) fn done<O: std::fmt::Debug, E: std::fmt::Debug>(result: Result<Written<O>, E>) -> O {
    match result {
        Ok(Written::Done(outcome)) => outcome,
        other => panic!("the change is done: {other:?}"),
    }
}

/// A refresh token as its owner holds it.
pub(crate) fn refresh_token() -> RefreshTokenText {
    RefreshTokenText::compose(Id::new(SystemIds.uuid()), &SystemIds.secret())
}

/// A vendor with all it may have, not yet stored.
pub(crate) fn vendor(code: &str, name: &str) -> Vendor {
    let new = NewVendor {
        code: VendorCode::try_new(code).expect("a code"),
        name: VendorName::try_new(name).expect("a name"),
        email: Some(Email::try_new("sales@vendor.example").expect("an address")),
        address: Some(Address::try_new("1 Farm Lane").expect("an address")),
        payment_term: PaymentTerm::default(),
    };
    Vendor::create(Id::new(SystemIds.uuid()), new, at())
}

pub(crate) fn name(text: &str) -> Name {
    Name::try_new(text).expect("a name")
}

pub(crate) fn number(text: &str) -> OrderNumber {
    OrderNumber::try_new(text).expect("an order number")
}

pub(crate) fn centre(number: i32) -> WorkCentreNumber {
    WorkCentreNumber::try_new(number.into()).expect("a work centre's number")
}

pub(crate) fn quantity(text: &str) -> Quantity {
    Quantity::try_new(text.parse().expect("a decimal")).expect("a quantity")
}

/// A row that says only what it must: ten of `STK1`.
pub(crate) fn order(text: &str) -> ImportedOrder {
    ImportedOrder {
        id: Id::new(SystemIds.uuid()),
        number: number(text),
        sku: Sku::try_new("STK1").expect("a SKU"),
        description: Description::try_new("Widget A").expect("a description"),
        quantity: quantity("10"),
        priority: None,
        status: None,
        work_centre: Change::Keep,
        due: Change::Keep,
        routing: Change::Keep,
        notes: Change::Keep,
    }
}

/// The same with another quantity.
pub(crate) fn some_of(text: &str, amount: u32) -> ImportedOrder {
    ImportedOrder { quantity: quantity(&amount.to_string()), ..order(text) }
}

/// An import of good rows that updates what exists, row by row.
pub(crate) fn prepared(orders: impl IntoIterator<Item = ImportedOrder>) -> PreparedImport {
    let rows = orders.into_iter().map(|order| row(RowContent::Valid(order))).collect();
    PreparedImport {
        id: Id::new(SystemIds.uuid()),
        options: ImportOptions::default(),
        source: Source { separator: None, columns: Vec::new(), ignored_columns: Vec::new() },
        rows,
    }
}

pub(crate) fn row(content: RowContent) -> ImportRow {
    ImportRow { line: None, content, raw: None }
}
