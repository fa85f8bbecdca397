//! A Redis for a test.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::racing::eventually;

/// A Redis without persistence, on a socket in its own folder; killed when dropped.
pub struct Redis {
    folder: TempDir,
    child: Mutex<Option<Child>>,
}

impl Redis {
    /// Starts `$REDIS_SERVER`, or the `redis-server` on the path.
    ///
    /// # Panics
    /// When there is none, or it does not respond within half a minute: tests never skip.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("throughline-redis-").tempdir();
        let redis = Self { folder: folder.expect("a temporary folder"), child: Mutex::new(None) };
        redis.start_again();
        redis
    }

    /// Starts it after [`Self::kill`], on the same socket and empty.
    ///
    /// # Panics
    /// When it does not answer within half a minute.
    pub fn start_again(&self) {
        let program = std::env::var_os("REDIS_SERVER").unwrap_or_else(|| "redis-server".into());
        let child = Command::new(program)
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        *self.child() = Some(child.expect("redis-server runs: `make test` installs it"));
        eventually("Redis to answer", || (self.try_command("PING")? == "+PONG").then_some(()));
    }

    /// Kills it (SIGKILL).
    ///
    /// # Panics
    /// When it can't be killed.
    pub fn kill(&self) {
        if let Some(mut child) = self.child().take() {
            child.kill().expect("Redis is killed");
            child.wait().expect("Redis ends");
        }
    }

    /// Stops it (SIGSTOP): it accepts connections and does not respond.
    ///
    /// # Panics
    /// When it can't be signalled.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Resumes it after [`Self::pause`].
    ///
    /// # Panics
    /// When it can't be signalled.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    /// The first line of its raw response to a command: `:1`, `+OK`, `$1`.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn command(&self, command: &str) -> String {
        self.try_command(command).expect("Redis answers")
    }

    /// Its URL, for `REDIS_URL`.
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Runs it as long as the test process: for a `static`, which is never dropped.
    ///
    /// # Panics
    /// When there is no shell.
    pub fn for_the_process(self) -> &'static Self {
        let watchdog = Command::new("sh")
            .args(["-c", "cat > /dev/null; kill -KILL \"$1\"; rm -rf \"$2\"", "watchdog", &self.pid()])
            .arg(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        // its standard input closes when this process ends
        std::mem::forget(watchdog.expect("a shell"));
        Box::leak(Box::new(self))
    }

    fn try_command(&self, command: &str) -> Option<String> {
        let mut stream = UnixStream::connect(self.socket()).ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).ok()?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.pid()]).status().expect("kill runs");
        assert!(status.success(), "Redis takes {signal}");
    }

    fn pid(&self) -> String {
        self.child().as_ref().expect("Redis runs").id().to_string()
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut child) = self.child().take() {
            // it may have ended already, which is fine
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
