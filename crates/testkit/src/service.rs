//! The real binary, running.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::database::Database;

/// A command of the binary, with nothing of the test's own environment that would configure it.
pub fn command(binary: &str) -> Command {
    let mut command = Command::new(binary);
    for name in ["DATABASE_URL", "DATABASE_OWNER_URL", "DATA_DIR", "HTTP_ADDR"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// `throughline serve`, on a port of its own; killed when dropped.
pub struct Service {
    child: Child,
    address: String,
    lines: Vec<String>,
}

impl Service {
    /// Serves a test's database.
    ///
    /// # Panics
    /// When it does not listen within a minute.
    pub fn start(binary: &str, database: &Database, data_dir: &Path) -> Self {
        let mut command = command(binary);
        command
            .arg("serve")
            .env("DATABASE_URL", database.service_url())
            .env("DATABASE_OWNER_URL", database.owner_url())
            .env("DATA_DIR", data_dir);
        Self::spawn(command)
    }

    /// Runs a `serve` command as it is given, on a port of its own.
    ///
    /// # Panics
    /// When it does not listen within a minute.
    pub fn spawn(mut command: Command) -> Self {
        command.env("HTTP_ADDR", "127.0.0.1:0").stdout(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let output = child.stdout.take().expect("its output is piped");
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let mut service = Self { child, address: String::new(), lines: Vec::new() };
        while service.address.is_empty() {
            let line =
                lines.recv_timeout(Duration::from_secs(60)).expect("the service listens within a minute");
            if let Some(address) = line.strip_prefix("Throughline listens on ") {
                service.address = address.to_owned();
            }
            service.lines.push(line);
        }
        while let Ok(line) = lines.recv_timeout(Duration::from_millis(100)) {
            service.lines.push(line);
        }
        service
    }

    /// `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it printed at its start.
    pub fn printed(&self) -> &[String] {
        &self.lines
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would: SIGKILL.
    ///
    /// # Panics
    /// When it can't be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it ends");
    }

    /// Asks it to end as a supervisor would, SIGTERM, and waits.
    ///
    /// # Panics
    /// When it can't be asked.
    pub fn terminate(mut self) -> ExitStatus {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(asked.success(), "the service takes SIGTERM");
        self.child.wait().expect("it ends")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // it may have ended already, which is as good
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
