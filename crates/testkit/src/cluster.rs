//! One PostgreSQL for a test process.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use embedded_postgres::{Durability, Server, Settings};

/// A PostgreSQL server that runs as long as the test process.
pub struct Cluster {
    server: Server,
    /// Notices the end of this process by its closed standard input, then stops the server and removes the folder.
    _watchdog: Child,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

const WATCHDOG: &str = r#"
    cat > /dev/null
    pid=$(head -n 1 "$1/pg/cluster/postmaster.pid" 2> /dev/null) && kill -QUIT "$pid" 2> /dev/null
    while [ -n "$pid" ] && kill -0 "$pid" 2> /dev/null; do sleep 0.05; done
    rm -rf "$1"
"#;

impl Cluster {
    /// The process's PostgreSQL server, started at the first call.
    ///
    /// # Panics
    /// When PostgreSQL can't be found or started: tests never skip.
    pub fn shared() -> &'static Self {
        CLUSTER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let folder = folder();
        let mut settings = Settings::new(folder.join("pg"));
        settings.durability = Durability::Disposable;
        settings.pg_bin = std::env::var_os("PG_BIN").map(PathBuf::from);
        let parameters = [("max_connections", "400"), ("shared_buffers", "128MB"), ("max_wal_size", "2GB")];
        settings.parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let server = Server::start(settings).expect("PostgreSQL starts; `make setup` installs it");
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self { server, _watchdog: watchdog.expect("a shell") }
    }

    /// The superuser's URL of a database.
    pub fn superuser_url(&self, database: &str) -> String {
        self.server.superuser_url(database)
    }

    /// A role's URL of a database.
    pub fn url(&self, role: &str, database: &str) -> String {
        self.server.url(role, database)
    }

    /// The folder of PostgreSQL's sockets.
    pub fn socket_dir(&self) -> &Path {
        self.server.socket_dir()
    }

    /// The folder of PostgreSQL's programs.
    pub fn programs(&self) -> PathBuf {
        self.server.installation().bin_dir().to_owned()
    }
}

/// A folder that PostgreSQL's user can access too.
fn folder() -> PathBuf {
    let folder =
        tempfile::Builder::new().prefix("throughline-test-").tempdir().expect("a temporary folder").keep();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
    folder
}
