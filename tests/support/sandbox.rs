//! `throughline wfirma-sandbox`, running.

use serde_json::Value;
use testkit::Service;

use super::{client, throughline};

/// A wFirma of a test's own.
pub(crate) struct Sandbox {
    url: String,
    /// Killed when dropped; `None` if it runs as long as the tests do.
    service: Option<Service>,
}

impl Sandbox {
    pub(crate) fn start() -> Self {
        let mut command = throughline(&["wfirma-sandbox"]);
        // connections that break off are what its faults are for
        command.env("RUST_LOG", "error,actix_http=off");
        let service = Service::announced("The wFirma sandbox listens on ", command);
        Self { url: service.address().to_owned(), service: Some(service) }
    }

    /// Lets it run as long as the tests do.
    pub(crate) fn for_the_process(mut self) -> Self {
        self.service.take().map(Service::for_the_process);
        self
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What was made, and how it was called.
    pub(crate) fn ledger(&self) -> Value {
        let answer = client().get(format!("{}/_sandbox/ledger", self.url())).send().unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().unwrap()
    }

    /// Asks for a fault, such as `{"fault": "hang", "calls": 1}`.
    pub(crate) fn fault(&self, fault: &Value) {
        let answer = client().post(format!("{}/_sandbox/faults", self.url())).json(fault).send().unwrap();
        assert_eq!(answer.status(), 201, "{fault}");
    }

    /// Clears every fault; calls that hang are dropped.
    pub(crate) fn clear(&self) {
        let answer = client().delete(format!("{}/_sandbox/faults", self.url())).send().unwrap();
        assert_eq!(answer.status(), 204);
    }

    /// The process itself.
    pub(crate) fn into_service(self) -> Service {
        self.service.unwrap()
    }
}
