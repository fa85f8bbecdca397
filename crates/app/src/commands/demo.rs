//! The demo team: created once, with example data; its key is stored in the data folder and printed at every start.

mod floor;
mod purchasing;
mod sandbox;
mod shop;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use adapter_postgres::Db;
use adapter_postgres::identity::PgUsers;
use identity::api_key::KeyName;
use identity::ports::Users;
use identity::user::Membership;
use identity::{BootstrapRequest, Bootstrapped, Email, Password, PasswordHash, TeamName, User};
use kernel::access::{Actor, Identity, Role};
use kernel::error::Classified;
use kernel::id::{UserId, VendorId};
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;
use order_import::files::{CsvOptions, CsvSource};
use order_import::import::ImportOptions;
use procurement::{NewVendor, PaymentTerm, VendorCode, VendorName};
use production_ops::{Name, NewWorkCentre, WorkCentreNumber};
use serde::{Deserialize, Serialize};

use self::floor::Floor;
use self::purchasing::Purchasing;
pub(super) use self::sandbox::DemoSandbox;
use self::shop::Shop;
use super::CommandError;
use crate::wiring::{self, Backends};

/// Real orders of the AdventureWorks sample database (MIT licence); `tests/data/adventureworks/README.md`.
const ORDERS: &str = include_str!("../../../../tests/data/adventureworks/manufacturing-orders.csv");
const WORK_CENTRES: &str = include_str!("../../../../tests/data/adventureworks/work-centres.csv");

const TEAM: &str = "Demo Works";
const EMAIL: &str = "admin@demo.example";

/// The demo's other users, one of each role.
const OTHERS: [(&str, Role); 4] = [
    ("accounts@demo.example", Role::Accounts),
    ("ops@demo.example", Role::Ops),
    ("operator@demo.example", Role::Operator),
    ("vendor@demo.example", Role::Vendor),
];

/// What the demo's user needs to know, kept in `$DATA_DIR/demo.json`, readable by its owner alone.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Demo {
    team_id: String,
    email: String,
    password: String,
    api_key: String,
    /// Where its accounting system is, if that is of this process.
    #[serde(skip)]
    sandbox: Option<String>,
}

impl Demo {
    /// The demo team, and its accounting system beside it.
    pub(super) async fn prepare(
        backends: &Backends,
        data_dir: &Path,
        sandbox: Option<DemoSandbox>,
    ) -> Result<Self, CommandError> {
        let url = sandbox.as_ref().map(|sandbox| sandbox.url().to_string());
        let mut demo = Self::made(&backends.db, data_dir).await?;
        if let Some(sandbox) = sandbox {
            let team =
                demo.team_id.parse().map_err(|_| CommandError::Message("demo.json names no team".into()))?;
            sandbox.serve(&backends.accounting, team).await?;
        }
        demo.sandbox = url;
        Ok(demo)
    }

    /// The demo team, made now if it was not made before.
    async fn made(db: &Db, data_dir: &Path) -> Result<Self, CommandError> {
        let file = data_dir.join("demo.json");
        if let Ok(text) = std::fs::read_to_string(&file) {
            return serde_json::from_str(&text).map_err(|error| {
                CommandError::Message(format!("{} can't be read: {error}; remove it", file.display()))
            });
        }
        let (demo, made) = Self::make(db).await?;
        // kept before the orders go in: a start that is broken off must not lose the only copy of the key
        demo.write_file(&file).map_err(|error| {
            CommandError::Message(format!("{} can't be written: {error}", file.display()))
        })?;
        fill(db, &made, &demo.password).await?;
        Ok(demo)
    }

    async fn make(db: &Db) -> Result<(Self, Bootstrapped), CommandError> {
        let secret = wiring::ids().secret();
        let password = hex::encode(secret.get(..8).unwrap_or_default());
        let request = BootstrapRequest {
            team: TeamName::try_new(TEAM).map_err(|error| CommandError::of(&error))?,
            time_zone: TimeZone::UTC,
            email: Email::try_new(EMAIL).map_err(|error| CommandError::of(&error))?,
            password: Password::try_new(&password).map_err(|error| CommandError::of(&error))?,
            key_name: KeyName::try_new("bootstrap").map_err(|error| CommandError::of(&error))?,
        };
        let made =
            wiring::bootstrap(db).run(request).await.map_err(|error| failed("the demo team", &error))?;
        let demo = Self {
            team_id: made.team.to_string(),
            email: EMAIL.into(),
            password,
            api_key: made.api_key.as_str().to_owned(),
            sandbox: None,
        };
        Ok((demo, made))
    }

    fn write_file(&self, file: &Path) -> io::Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())
    }

    /// Prints the credentials and the first commands to try.
    pub(super) fn print_usage(&self, address: &str) {
        println!("Demo team    {TEAM}  {}", self.team_id);
        println!("Demo user    {}  password {}", self.email, self.password);
        let others: Vec<_> =
            OTHERS.iter().map(|(email, role)| format!("{email} ({})", role.as_str())).collect();
        println!("             with the same password: {}", others.join(", "));
        println!("API key      {}", self.api_key);
        println!("Documents    {address}/docs/");
        if let Some(sandbox) = &self.sandbox {
            println!("wFirma       {sandbox}  a sandbox; what was made there: {sandbox}_sandbox/ledger");
        }
        println!("Try          curl -H 'x-api-key: {}' {address}/api/orders/imports", self.api_key);
    }
}

/// A vendor of the demo.
async fn vendor(
    db: &Db,
    actor: &Actor,
    code: &str,
    name: &str,
    email: &str,
) -> Result<VendorId, CommandError> {
    let new = NewVendor {
        code: VendorCode::try_new(code).map_err(|error| CommandError::of(&error))?,
        name: VendorName::try_new(name).map_err(|error| CommandError::of(&error))?,
        email: Some(Email::try_new(email).map_err(|error| CommandError::of(&error))?),
        address: None,
        payment_term: PaymentTerm::default(),
    };
    let context = WriteContext::unclaimed(actor, "demo", wiring::clock().now());
    Ok(done("vendors", wiring::procurement(db).vendors.create(context, new).await)?.id)
}

/// A user of each role, of the vendor too. Gives the one who works on the shop floor.
async fn people(db: &Db, actor: &Actor, vendor: VendorId, password: &str) -> Result<UserId, CommandError> {
    let now = wiring::clock().now();
    let mut operator = wiring::ids().id();
    let password = Password::try_new(password).map_err(|error| CommandError::of(&error))?;
    let password = PasswordHash::of(&password).map_err(|error| CommandError::of(&error))?;
    for (email, role) in OTHERS {
        let vendor = (role == Role::Vendor).then_some(vendor);
        let membership =
            Membership::try_new([role].into(), vendor).map_err(|error| CommandError::of(&error))?;
        let email = Email::try_new(email).map_err(|error| CommandError::of(&error))?;
        let user = User::create(wiring::ids().id(), email, membership, now);
        if role == Role::Operator {
            operator = user.id;
        }
        let context = WriteContext::unclaimed(actor, "demo", now);
        let created = PgUsers::new(db.clone()).create(context, user, password.clone()).await;
        created.map_err(|error| CommandError::of(&error))?;
    }
    Ok(operator)
}

async fn fill(db: &Db, made: &Bootstrapped, password: &str) -> Result<(), CommandError> {
    let actor = Actor { team: made.team, identity: Identity::System { part: "demo" } };
    let farms = vendor(db, &actor, "VEN001", "Demo Farms", "sales@farms.demo.example").await?;
    let dairy = vendor(db, &actor, "VEN002", "Demo Dairy", "sales@dairy.demo.example").await?;
    let operator = people(db, &actor, farms, password).await?;
    let now = wiring::clock().now();
    let plant = wiring::plant(db);
    let name = Name::try_new("Production").map_err(|error| CommandError::of(&error))?;
    let department = plant.departments.create(WriteContext::unclaimed(&actor, "demo", now), name).await;
    let department = match department.map_err(|error| failed("the demo's department", &error))? {
        Written::Done(department) => department.id,
        Written::Replayed(_) => return Ok(()),
    };
    for line in WORK_CENTRES.lines().skip(1) {
        let (number, name) = line.split_once(',').unwrap_or((line, line));
        let number = number.parse().ok().map(WorkCentreNumber::try_new).transpose();
        let new = NewWorkCentre {
            number: number.map_err(|error| CommandError::of(&error))?,
            name: Name::try_new(name).map_err(|error| CommandError::of(&error))?,
            department,
        };
        let created = plant.work_centres.create(WriteContext::unclaimed(&actor, "demo", now), new).await;
        created.map_err(|error| failed("the demo's work centres", &error))?;
    }
    let floor = Floor { plant: &plant, actor: &actor, operator, department };
    floor.fill().await?;
    let (sales, actor) = (&wiring::sales(db), &actor);
    Shop { sales, actor }.fill().await?;
    let (procurement, receiving) = (&wiring::procurement(db), &wiring::receiving(db));
    Purchasing { sales, procurement, receiving, actor, vendors: [farms, dairy] }.fill().await?;
    let mut orders = CsvSource::open(ORDERS.as_bytes(), CsvOptions::default())
        .map_err(|error| CommandError::of(&error))?;
    let options = ImportOptions { file_name: Some("manufacturing-orders.csv".into()), ..Default::default() };
    let context = WriteContext::unclaimed(actor, "demo", now);
    let imported = wiring::import_orders(db).run(context, &mut orders, options).await;
    imported.map(drop).map_err(|error| failed("the demo's orders", &error))
}

/// What was made; nothing is replayed, for the demo sends no idempotency key.
fn done<O, E: Classified>(what: &str, written: Result<Written<O>, E>) -> Result<O, CommandError> {
    match written.map_err(|error| failed(&format!("the demo's {what}"), &error))? {
        Written::Done(made) => Ok(made),
        Written::Replayed(_) => Err(CommandError::Message(format!("the demo's {what} were made before"))),
    }
}

fn failed(what: &str, error: &dyn Classified) -> CommandError {
    CommandError::Message(format!("{what} can't be made: {error}"))
}
