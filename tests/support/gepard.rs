//! An order system whose invoices are made in a sandbox.

use std::path::Path;
use std::process::Command;

use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};
use testkit::{Database, Service, serving};

use super::{BINARY, Caller, NOWHERE, Person, Reply, Sandbox, Team, fixture, sandbox};

/// Has invoices made.
pub(crate) const PROCESS: &str = "/api/gepard/order/process";
/// The accounting connection of a team.
pub(crate) const CONNECTION: &str = "/api/accounting/connection";
/// What was asked of wFirma.
pub(crate) const EXCHANGES: &str = "/api/accounting/exchanges";

/// The contractors of the sandbox.
pub(crate) const GOOD: &str = "152158328";
pub(crate) const UNKNOWN: &str = "12345";
pub(crate) const INCOMPLETE: &str = "99999";

/// A database and a sandbox, over which services are started.
pub(crate) struct Office {
    pub(crate) database: Database,
    pub(crate) sandbox: Sandbox,
}

impl Office {
    pub(crate) fn new() -> Self {
        Self { database: Database::new(), sandbox: Sandbox::start() }
    }

    /// `serve`, to be configured further.
    pub(crate) fn serving(&self) -> Command {
        let mut command = serving(BINARY, &self.database, Path::new(NOWHERE));
        command.env("WFIRMA_URL", self.sandbox.url()).env("RATE_LIMITS", "off");
        command
    }

    /// A service; it logs errors alone, as faults are what these tests are about.
    pub(crate) fn service(&self) -> Service {
        self.service_that_finds_within("10m")
    }

    /// The same, where wFirma takes so long to find what was made.
    pub(crate) fn service_that_finds_within(&self, visibility: &str) -> Service {
        let mut command = self.serving();
        command.env("WFIRMA_VISIBILITY", visibility).env("RUST_LOG", "error");
        Service::spawn(command)
    }

    /// A team of its own, connected to a company.
    pub(crate) fn gepard<'a>(&'a self, service: &Service, company: &str) -> Gepard<'a> {
        Gepard::of(Team::found(&self.database, service), &self.sandbox, company)
    }
}

/// An order system's key with the one scope it needs, in a team that is connected to a company.
pub(crate) struct Gepard<'a> {
    pub(crate) team: Team<'a>,
    pub(crate) admin: Person,
    pub(crate) system: Caller,
    pub(crate) company: String,
    pub(crate) sandbox: &'a Sandbox,
}

impl Gepard<'static> {
    /// In the shared service, connected to a company that nobody else is connected to.
    pub(crate) fn new() -> Self {
        let fixture = fixture();
        let team = Team::found(&fixture.database, fixture.service);
        let company = team.number().to_owned();
        Self::of(team, sandbox(), &company)
    }
}

impl<'a> Gepard<'a> {
    fn of(team: Team<'a>, sandbox: &'a Sandbox, company: &str) -> Self {
        let (admin, system) = (team.admin(), team.key("read-only", "invoices:create"));
        admin.put(CONNECTION, &connection(company)).ok();
        Self { team, admin, system, company: company.to_owned(), sandbox }
    }

    /// The same in a service started anew.
    pub(crate) fn moved(mut self, service: &Service) -> Self {
        self.team = self.team.moved(service);
        self.admin = self.admin.at(service.address());
        self.system.address = service.address().to_owned();
        self
    }

    /// A request to have invoices made.
    pub(crate) fn asking(&self, invoices: &[Value]) -> RequestBuilder {
        self.system.request(Method::POST, PROCESS).json(&json!({"invoices": invoices}))
    }

    /// Has invoices made.
    pub(crate) fn process(&self, invoices: &[Value]) -> Reply {
        Reply::to(self.asking(invoices))
    }

    /// What became of an invoice, with its history.
    pub(crate) fn story(&self, invoice: &Value) -> Reply {
        self.system.get(&format!("/api/gepard/invoices/{}", id(invoice)))
    }

    /// What was made in the company's books.
    pub(crate) fn books(&self) -> Vec<Value> {
        self.books_of(&self.company)
    }

    fn books_of(&self, company: &str) -> Vec<Value> {
        let made = self.sandbox.ledger()["invoices"].take();
        let own = |entry: &&Value| entry["companyId"] == *company;
        made.as_array().unwrap().iter().filter(own).cloned().collect()
    }

    /// The ids of the invoices in the company's books, in order; one that stands there twice is there twice.
    pub(crate) fn made(&self) -> Vec<String> {
        self.made_in(&self.company)
    }

    /// The same of another company.
    pub(crate) fn made_in(&self, company: &str) -> Vec<String> {
        let text = |entry: &Value| entry["externalId"].as_str().unwrap().to_owned();
        let mut made: Vec<_> = self.books_of(company).iter().map(text).collect();
        made.sort();
        made
    }
}

/// What sets a connection to a company, with keys of its own.
pub(crate) fn connection(company: &str) -> Value {
    json!({
        "companyId": company, "accessKey": format!("access-key-of-{company}"),
        "secretKey": format!("secret-key-of-{company}"), "appKey": format!("app-key-of-{company}"),
    })
}

/// The invoice of a number: three bags of coffee.
pub(crate) fn invoice(number: u32) -> Value {
    invoice_for(number, GOOD)
}

/// The same for a contractor.
pub(crate) fn invoice_for(number: u32, contractor: &str) -> Value {
    json!({
        "invoice_id": format!("550e8400-e29b-41d4-a716-{number:012x}"), "client_id": contractor,
        "items": [{
            "name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
            "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": 23,
        }],
    })
}

/// An invoice's id.
pub(crate) fn id(invoice: &Value) -> &str {
    invoice["invoice_id"].as_str().unwrap()
}

/// The word of each result of a batch, or its code if it failed.
#[track_caller]
pub(crate) fn words(reply: &Reply) -> Vec<String> {
    let body = reply.json();
    let results = body["invoiceResults"].as_array().unwrap_or_else(|| panic!("{reply:?}"));
    let counts = ["successfulInvoices", "existingInvoices", "failedInvoices"];
    let sum: u64 = counts.iter().map(|name| body[name].as_u64().unwrap()).sum();
    assert_eq!((sum, &body["totalInvoices"]), (results.len() as u64, &json!(results.len())), "{reply:?}");
    let word = |result: &Value| {
        let failed = result["status"] == "Failed";
        result[if failed { "errorCode" } else { "status" }].as_str().unwrap().to_owned()
    };
    results.iter().map(word).collect()
}
