//! An order system that creates invoices in a wFirma sandbox.

use std::path::Path;
use std::process::Command;

use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};
use testkit::{Database, Service, serving};

use super::{
    BINARY, Caller, DATA_DIR, Person, Reply, Requests, Sandbox, Team, shared_sandbox, shared_server,
};

/// Processes a batch of invoices.
pub(crate) const PROCESS: &str = "/api/gepard/order/process";
/// The accounting connection of a team.
pub(crate) const CONNECTION: &str = "/api/accounting/connection";
/// The exchanges with wFirma.
pub(crate) const EXCHANGES: &str = "/api/accounting/exchanges";

/// Contractors of the sandbox: accepted, unknown, and without an address.
pub(crate) const KNOWN_CONTRACTOR: &str = "152158328";
pub(crate) const UNKNOWN_CONTRACTOR: &str = "12345";
pub(crate) const INCOMPLETE_CONTRACTOR: &str = "99999";

/// A database and a sandbox for servers of a test's own.
pub(crate) struct AccountingFixture {
    pub(crate) database: Database,
    pub(crate) sandbox: Sandbox,
}

impl AccountingFixture {
    pub(crate) fn new() -> Self {
        Self { database: Database::new(), sandbox: Sandbox::start() }
    }

    /// Returns a `serve` command.
    pub(crate) fn serving(&self) -> Command {
        let mut command = serving(BINARY, &self.database, Path::new(DATA_DIR));
        command.env("WFIRMA_URL", self.sandbox.url()).env("RATE_LIMITS", "off");
        command
    }

    /// Starts a server. It logs errors only, since these tests inject faults.
    pub(crate) fn service(&self) -> Service {
        self.service_with_visibility("10m")
    }

    /// Starts a server that expects wFirma to find a created invoice within this time.
    pub(crate) fn service_with_visibility(&self, visibility: &str) -> Service {
        let mut command = self.serving();
        command.env("WFIRMA_VISIBILITY", visibility).env("RUST_LOG", "error");
        Service::spawn(command)
    }

    /// Creates a team that is connected to a company.
    pub(crate) fn gepard<'a>(&'a self, service: &Service, company: &str) -> Gepard<'a> {
        Gepard::of(Team::create(&self.database, service), &self.sandbox, company)
    }
}

/// A team connected to a company, and the key of its order system, with only the scope it needs.
pub(crate) struct Gepard<'a> {
    pub(crate) team: Team<'a>,
    pub(crate) admin: Person,
    pub(crate) system: Caller,
    pub(crate) company: String,
    pub(crate) sandbox: &'a Sandbox,
}

impl Gepard<'static> {
    /// Creates a team in the shared server, connected to a company of its own.
    pub(crate) fn new() -> Self {
        let server = shared_server();
        let team = Team::create(&server.database, server.service);
        let company = team.number().to_owned();
        Self::of(team, shared_sandbox(), &company)
    }
}

impl<'a> Gepard<'a> {
    fn of(team: Team<'a>, sandbox: &'a Sandbox, company: &str) -> Self {
        let (admin, system) = (team.admin(), team.key("read-only", "invoices:create"));
        admin.put(CONNECTION, &connection(company)).ok();
        Self { team, admin, system, company: company.to_owned(), sandbox }
    }

    /// The same team, calling another server on the same database.
    pub(crate) fn at(mut self, service: &Service) -> Self {
        self.team = self.team.at(service);
        self.admin = self.admin.at(service.address());
        self.system.address = service.address().to_owned();
        self
    }

    /// Returns a request with a batch of invoices.
    pub(crate) fn batch_request(&self, invoices: &[Value]) -> RequestBuilder {
        self.system.request(Method::POST, PROCESS).json(&json!({"invoices": invoices}))
    }

    /// Processes a batch of invoices.
    pub(crate) fn process(&self, invoices: &[Value]) -> Reply {
        Reply::to(self.batch_request(invoices))
    }

    /// Shows the state and history of an invoice.
    pub(crate) fn history(&self, invoice: &Value) -> Reply {
        self.system.get(&format!("/api/gepard/invoices/{}", id(invoice)))
    }

    /// The entries of the company in the sandbox's ledger.
    pub(crate) fn ledger_entries(&self) -> Vec<Value> {
        self.ledger_entries_of(&self.company)
    }

    fn ledger_entries_of(&self, company: &str) -> Vec<Value> {
        let entries = self.sandbox.ledger()["invoices"].take();
        let own = |entry: &&Value| entry["companyId"] == *company;
        entries.as_array().unwrap().iter().filter(own).cloned().collect()
    }

    /// The ids of the company's invoices in the sandbox's ledger, sorted; a duplicate shows twice.
    pub(crate) fn created_invoices(&self) -> Vec<String> {
        self.created_invoices_of(&self.company)
    }

    /// The same for another company.
    pub(crate) fn created_invoices_of(&self, company: &str) -> Vec<String> {
        let text = |entry: &Value| entry["externalId"].as_str().unwrap().to_owned();
        let mut ids: Vec<_> = self.ledger_entries_of(company).iter().map(text).collect();
        ids.sort();
        ids
    }
}

/// The body that sets a connection to a company, with keys derived from its name.
pub(crate) fn connection(company: &str) -> Value {
    json!({
        "companyId": company, "accessKey": format!("access-key-of-{company}"),
        "secretKey": format!("secret-key-of-{company}"), "appKey": format!("app-key-of-{company}"),
    })
}

/// An invoice with this number in its id, of three bags of coffee.
pub(crate) fn invoice(number: u32) -> Value {
    invoice_for(number, KNOWN_CONTRACTOR)
}

/// The same for another contractor.
pub(crate) fn invoice_for(number: u32, contractor: &str) -> Value {
    json!({
        "invoice_id": format!("550e8400-e29b-41d4-a716-{number:012x}"), "client_id": contractor,
        "items": [{
            "name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
            "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": 23,
        }],
    })
}

/// The id of an invoice.
pub(crate) fn id(invoice: &Value) -> &str {
    invoice["invoice_id"].as_str().unwrap()
}

/// The status of each result of a batch; of failed ones, the error code.
#[track_caller]
pub(crate) fn statuses(reply: &Reply) -> Vec<String> {
    let body = reply.json();
    let results = body["invoiceResults"].as_array().unwrap_or_else(|| panic!("{reply:?}"));
    let counts = ["successfulInvoices", "existingInvoices", "failedInvoices"];
    let sum: u64 = counts.iter().map(|name| body[name].as_u64().unwrap()).sum();
    assert_eq!((sum, &body["totalInvoices"]), (results.len() as u64, &json!(results.len())), "{reply:?}");
    let status = |result: &Value| {
        let failed = result["status"] == "Failed";
        result[if failed { "errorCode" } else { "status" }].as_str().unwrap().to_owned()
    };
    results.iter().map(status).collect()
}
