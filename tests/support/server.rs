//! The servers under test.

use std::path::Path;
use std::sync::LazyLock;

use testkit::{Database, Service, serving};

use super::{BINARY, DATA_DIR, shared_sandbox};

/// A running server and its database.
pub(crate) struct Fixture {
    pub(crate) service: &'static Service,
    pub(crate) database: Database,
}

/// Returns the server that tests share; each test creates a team of its own in it.
pub(crate) fn shared_server() -> &'static Fixture {
    static SERVER: LazyLock<Fixture> = LazyLock::new(|| Fixture::start("warn,throughline=info"));
    &SERVER
}

/// Starts a server for a test whose load would slow down or starve the others. It logs errors only: overload causes
/// many warnings.
pub(crate) fn dedicated_server() -> &'static Fixture {
    Box::leak(Box::new(Fixture::start("error")))
}

impl Fixture {
    fn start(log: &str) -> Self {
        let database = Database::new();
        // all tests call from one address
        let mut command = serving(BINARY, &database, Path::new(DATA_DIR));
        command.env("RATE_LIMITS", "off").env("RUST_LOG", log).env("WFIRMA_URL", shared_sandbox().url());
        let service = Service::spawn(command).for_the_process();
        Self { service, database }
    }
}
