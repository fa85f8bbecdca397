//! A running `throughline wfirma-sandbox`.

use std::sync::LazyLock;

use serde_json::Value;
use testkit::Service;

use super::{client, throughline};

/// Returns the sandbox that the shared server and dedicated servers use.
pub(crate) fn shared_sandbox() -> &'static Sandbox {
    static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| Sandbox::start().for_the_process());
    &SANDBOX
}

/// A simulated wFirma.
pub(crate) struct Sandbox {
    url: String,
    /// Killed when dropped; `None` if it runs until the tests end.
    service: Option<Service>,
}

impl Sandbox {
    pub(crate) fn start() -> Self {
        let mut command = throughline(&["wfirma-sandbox"]);
        // its faults break connections on purpose
        command.env("RUST_LOG", "error,actix_http=off");
        let service = Service::announced("The wFirma sandbox listens on ", command);
        Self { url: service.address().to_owned(), service: Some(service) }
    }

    /// Lets it run until the tests end.
    pub(crate) fn for_the_process(mut self) -> Self {
        self.service.take().map(Service::for_the_process);
        self
    }

    /// Its address: `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns its ledger: the created invoices and the number of calls.
    pub(crate) fn ledger(&self) -> Value {
        let answer = client().get(format!("{}/_sandbox/ledger", self.url())).send().unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().unwrap()
    }

    /// Injects a fault, such as `{"fault": "hang", "calls": 1}`.
    pub(crate) fn fault(&self, fault: &Value) {
        let answer = client().post(format!("{}/_sandbox/faults", self.url())).json(fault).send().unwrap();
        assert_eq!(answer.status(), 201, "{fault}");
    }

    /// Clears all faults; hanging calls are dropped.
    pub(crate) fn clear(&self) {
        let answer = client().delete(format!("{}/_sandbox/faults", self.url())).send().unwrap();
        assert_eq!(answer.status(), 204);
    }

    /// Returns the process.
    pub(crate) fn into_service(self) -> Service {
        self.service.unwrap()
    }
}
