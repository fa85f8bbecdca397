//! The running binary.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use crate::racing::eventually;

use crate::database::Database;

/// The variables of the test's environment that say where programs and files are. No other reaches the binary.
const PASSED_ON: [&str; 5] = ["HOME", "PATH", "PG_BIN", "TMPDIR", "XDG_CACHE_HOME"];

/// A command of the binary, which nothing in the test's environment configures.
pub fn command(binary: &str) -> Command {
    let mut command = Command::new(binary);
    let passed_on = PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    command.env_clear().envs(passed_on).stdin(Stdio::null());
    command
}

/// The signing key of services started here: 64 hexadecimal digits.
pub const SIGNING_KEY: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

/// The encryption key of services started here: 64 hexadecimal digits.
pub const ENCRYPTION_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The command `throughline serve` for a test's database.
pub fn serving(binary: &str, database: &Database, data_dir: &Path) -> Command {
    let mut command = command(binary);
    command
        .arg("serve")
        .env("DATABASE_URL", database.service_url())
        .env("DATABASE_OWNER_URL", database.owner_url())
        .env("DATA_DIR", data_dir)
        .env("SIGNING_KEY", SIGNING_KEY)
        .env("ENCRYPTION_KEY", ENCRYPTION_KEY)
        // no server listens there: no test ever calls the real one
        .env("WFIRMA_URL", "http://127.0.0.1:9");
    command
}

/// A running command that serves, such as `throughline serve`, on its own port; killed when dropped.
pub struct Service {
    child: Child,
    address: String,
    lines: Arc<Mutex<Vec<String>>>,
}

const LISTENS: &str = "Throughline listens on ";

impl Service {
    /// Serves a test's database.
    ///
    /// # Panics
    /// When it does not listen within half a minute, or ends instead.
    pub fn start(binary: &str, database: &Database, data_dir: &Path) -> Self {
        Self::spawn(serving(binary, database, data_dir))
    }

    /// Runs a `serve` command on its own port.
    ///
    /// # Panics
    /// When it does not listen within half a minute, or ends instead.
    pub fn spawn(command: Command) -> Self {
        Self::announced(LISTENS, command)
    }

    /// Runs a command that prints its address after `announcement`, on its own port.
    ///
    /// # Panics
    /// When it does not listen within half a minute, or ends instead.
    pub fn announced(announcement: &str, mut command: Command) -> Self {
        command.env("HTTP_ADDR", "127.0.0.1:0").stdout(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let output = child.stdout.take().expect("its output is piped");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let printed = lines.clone();
        // read to its end: a service whose output is not read would block at its next line
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                printed.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        let mut service = Self { child, address: String::new(), lines };
        service.address = eventually("the service to listen", || {
            let ended = service.child.try_wait().expect("the service can be asked");
            let printed = service.printed();
            assert!(ended.is_none(), "the service ended instead of listening: {ended:?} {printed:?}");
            printed.iter().find_map(|line| line.strip_prefix(announcement)).map(str::to_owned)
        });
        service
    }

    /// Runs it as long as the test process: for a `static`, which is never dropped.
    ///
    /// # Panics
    /// When there is no shell.
    pub fn for_the_process(self) -> &'static Self {
        let watchdog = Command::new("sh")
            .args(["-c", "cat > /dev/null; kill -KILL \"$1\"", "watchdog", &self.child.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        // its standard input closes when this process ends
        std::mem::forget(watchdog.expect("a shell"));
        Box::leak(Box::new(self))
    }

    /// `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The lines printed so far.
    pub fn printed(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it (SIGKILL).
    ///
    /// # Panics
    /// When it can't be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it ends");
    }

    /// Terminates it (SIGTERM) and waits.
    ///
    /// # Panics
    /// When it can't be signalled.
    pub fn terminate(mut self) -> ExitStatus {
        let status = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(status.success(), "the service takes SIGTERM");
        self.child.wait().expect("it ends")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // it may have ended already, which is fine
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
