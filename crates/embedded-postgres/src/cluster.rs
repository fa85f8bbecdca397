use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::account::{Account, owner};
use crate::connection::{PORT, SUPERUSER};
use crate::error::Context;
use crate::installation::{find, find_major};
use crate::process::{command, concat, poll, runs_cluster};
use crate::{Durability, Error, Installation, Result, Settings, files, log};

const FAST_STOP: Duration = Duration::from_secs(30);
const IMMEDIATE_STOP: Duration = Duration::from_secs(10);

/// The first version with the builtin locale provider, which does not depend on the system.
const BUILTIN_LOCALES: u32 = 17;

/// A database cluster and the folder of its socket.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// The folder of the cluster and of incomplete ones.
    home: PathBuf,
    path: PathBuf,
    pub(crate) socket_dir: PathBuf,
    account: Account,
    server_lock: PathBuf,
}

/// A lock held by the postmaster and everything it forks, through their standard input.
///
/// The kernel releases it with the last of them, so that neither zombies nor recycled process ids can be mistaken for a
/// running server.
#[derive(Debug)]
pub(crate) struct ServerLock(File);

impl Cluster {
    pub(crate) fn new(home: PathBuf, socket_dir: PathBuf, account: Account, server_lock: PathBuf) -> Self {
        let path = home.join("cluster");
        Self { home, path, socket_dir, account, server_lock }
    }

    /// The major version of the cluster, `None` if there is no cluster yet.
    pub(crate) fn major(&self) -> Result<Option<u32>> {
        if !self.path.exists() {
            return Ok(None);
        }
        let file = self.path.join("PG_VERSION");
        let text = fs::read_to_string(&file).context("read", &file)?;
        let invalid = |_| std::io::Error::from(std::io::ErrorKind::InvalidData);
        text.trim().parse().map(Some).map_err(invalid).context("understand", &file)
    }

    /// Finds the programs of the cluster's major version; for a new cluster the first that exist.
    pub(crate) fn find_programs(&self, settings: &Settings) -> Result<Installation> {
        let (explicit, extra) = (settings.pg_bin.as_deref(), &settings.extra_candidates);
        let Some(major) = self.major()? else {
            return find(explicit, extra);
        };
        let missing = || Error::MajorMissing { cluster: self.path.clone(), major };
        find_major(explicit, extra, major)?.ok_or_else(missing)
    }

    /// Fails if the user that runs the server cannot access the programs.
    pub(crate) fn check_program_access(&self, installation: &Installation) -> Result<()> {
        let bin_dir = installation.bin_dir();
        let real = fs::canonicalize(bin_dir).context("find", bin_dir)?;
        self.account.check_access(&real)
    }

    /// Whether the postmaster accepts connections.
    pub(crate) fn is_ready(&self) -> bool {
        let line = postmaster_line(&self.path, 8);
        line.is_some_and(|status| status == "ready") && UnixStream::connect(self.socket()).is_ok()
    }

    /// Waits until the server is ready (`None`) or none of its processes runs (its lock).
    pub(crate) fn wait_until_ready_or_stopped(&self, timeout: Duration) -> Result<Option<ServerLock>> {
        let result = poll(Instant::now() + timeout, || {
            if self.is_ready() {
                return Ok(Some(None));
            }
            Ok(self.try_server_lock()?.map(Some))
        })?;
        result.ok_or_else(|| Error::OrphanedProcesses {
            cluster: self.path.clone(),
            seconds: timeout.as_secs(),
            title: self.process_title(),
        })
    }

    /// Creates the cluster if there is none: in a temporary folder that is then renamed.
    pub(crate) fn create_if_missing(
        &self,
        installation: &Installation,
        durability: Durability,
        lock: &ServerLock,
    ) -> Result<()> {
        self.remove_incomplete_clusters()?;
        if self.path.exists() {
            return self.check_owner();
        }
        let new = self.home.join(format!("cluster.new-{}", std::process::id()));
        files::private_folder(&new, &self.account)?;
        self.initdb(installation, &new, durability, lock)?;
        fs::rename(&new, &self.path).context("rename", &new)?;
        files::sync_folder(&self.home)
    }

    /// Starts the postmaster and waits until it is ready.
    pub(crate) fn launch(
        &self,
        installation: &Installation,
        settings: &Settings,
        log: &Path,
        lock: ServerLock,
    ) -> Result<Child> {
        Self::check_stopped(&self.path)?;
        self.remove_stale_files()?;
        files::private_folder(&self.socket_dir, &self.account)?;
        log::rotate(log)?;
        let before = log::length(log);
        let mut child = self.spawn(installation, settings, log, lock)?;
        let timeout = settings.start_timeout;
        let ready = poll(Instant::now() + timeout, || {
            if let Some(status) = child.try_wait().context("wait for the server of", &self.path)? {
                let last_lines = log::last_lines(log, before);
                return Err(Error::Exited { log: log.to_owned(), status, last_lines });
            }
            Ok(self.is_ready().then_some(()))
        })?;
        if ready.is_some() {
            return Ok(child);
        }
        // An interrupted recovery begins anew each time: let it go on, but reap it.
        std::thread::spawn(move || child.wait());
        let last_lines = log::last_lines(log, before);
        Err(Error::NotReady { log: log.to_owned(), seconds: timeout.as_secs(), last_lines })
    }

    /// Stops the server, if it runs, even if it has connections.
    pub(crate) fn stop(&self) -> Result<()> {
        let stopped =
            self.signal(Signal::SIGINT, FAST_STOP)? || self.signal(Signal::SIGQUIT, IMMEDIATE_STOP)?;
        if !stopped {
            return Err(Error::WillNotStop { cluster: self.path.clone(), title: self.process_title() });
        }
        // One in /tmp would remain; one with files of a crash is reused.
        let _ = fs::remove_dir(&self.socket_dir);
        Ok(())
    }

    /// Fails if a process that was not started from here runs the cluster.
    pub(crate) fn check_stopped(cluster: &Path) -> Result<()> {
        match postmaster(cluster) {
            Some(pid) => Err(Error::StartedElsewhere { cluster: cluster.to_owned(), pid }),
            None => Ok(()),
        }
    }

    fn signal(&self, signal: Signal, timeout: Duration) -> Result<bool> {
        if let Some(pid) = postmaster(&self.path) {
            // It may have ended just now, which is fine.
            let _ = kill(Pid::from_raw(pid), signal);
        }
        let stopped = poll(Instant::now() + timeout, || {
            let free = self.try_server_lock()?.is_some() && postmaster(&self.path).is_none();
            Ok(free.then_some(()))
        })?;
        Ok(stopped.is_some())
    }

    fn try_server_lock(&self) -> Result<Option<ServerLock>> {
        let file = files::open_lock(&self.server_lock)?;
        let locked = files::try_lock(&file, &self.server_lock)?;
        Ok(locked.then_some(ServerLock(file)))
    }

    /// Removes clusters that killed processes left incomplete.
    fn remove_incomplete_clusters(&self) -> Result<()> {
        let entries = fs::read_dir(&self.home).context("read the folder", &self.home)?;
        for entry in entries.flatten() {
            if entry.file_name().as_bytes().starts_with(b"cluster.new-") {
                fs::remove_dir_all(entry.path()).context("remove", &entry.path())?;
            }
        }
        Ok(())
    }

    fn check_owner(&self) -> Result<()> {
        let wanted = self.account.uid;
        match owner(&self.path) {
            Some(owner) if owner != wanted => {
                Err(Error::WrongOwner { path: self.path.clone(), owner, wanted })
            }
            _ => Ok(()),
        }
    }

    /// Removes files that name a process which is a zombie, or another one by now: PostgreSQL would not start with them.
    /// With the lock held and the socket dead no process uses them.
    fn remove_stale_files(&self) -> Result<()> {
        files::remove(&self.path.join("postmaster.pid"))?;
        let socket = self.socket();
        files::remove(&socket.with_extension(format!("{PORT}.lock")))?;
        files::remove(&socket)
    }

    fn initdb(
        &self,
        installation: &Installation,
        folder: &Path,
        durability: Durability,
        lock: &ServerLock,
    ) -> Result<()> {
        let program = installation.program("initdb");
        let mut command = command(&program, &self.account);
        command.arg("-D").arg(folder).args(["--username", SUPERUSER, "--encoding=UTF8"]);
        command.args(["--data-checksums", "--no-instructions"]);
        command.args(["--auth-local=trust", "--auth-host=reject"]);
        command.args(locale(installation.version().major));
        if durability == Durability::Disposable {
            command.arg("--no-sync");
        }
        command.stdin(lock.0.try_clone().context("share", &self.server_lock)?);
        let output = command.output().context("run", &program)?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::Initdb {
            bin_dir: installation.bin_dir().to_owned(),
            status: output.status,
            output: String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        })
    }

    fn spawn(
        &self,
        installation: &Installation,
        settings: &Settings,
        log: &Path,
        lock: ServerLock,
    ) -> Result<Child> {
        let program = installation.program("postgres");
        let mut command = command(&program, &self.account);
        command.arg("-D").arg(&self.path);
        self.set_parameters(&mut command, settings);
        let output = log::open(log)?;
        command.stdout(output.try_clone().context("share", log)?).stderr(output);
        command.stdin(lock.0);
        command.spawn().context("run", &program)
    }

    fn set_parameters(&self, command: &mut Command, settings: &Settings) {
        let sync = if settings.durability == Durability::Durable { "on" } else { "off" };
        set(command, "listen_addresses", "");
        set(command, "port", PORT.to_string());
        set(command, "unix_socket_directories", quoted(&self.socket_dir));
        set(command, "unix_socket_permissions", "0700");
        set(command, "cluster_name", self.process_title());
        set(command, "logging_collector", "off");
        set(command, "log_destination", "stderr");
        set(command, "fsync", sync);
        set(command, "full_page_writes", sync);
        if settings.durability == Durability::Disposable {
            set(command, "synchronous_commit", "off");
        }
        for (name, value) in &settings.parameters {
            set(command, name, value);
        }
    }

    fn socket(&self) -> PathBuf {
        self.socket_dir.join(format!(".s.PGSQL.{PORT}"))
    }

    /// The second word of the titles of this cluster's processes, after `postgres:`.
    fn process_title(&self) -> String {
        format!("embedded-{}", files::hash(&self.home))
    }
}

/// The process id of a cluster's running postmaster.
fn postmaster(cluster: &Path) -> Option<i32> {
    let pid = postmaster_line(cluster, 1)?.parse().ok()?;
    (pid > 1 && runs_cluster(pid, cluster)).then_some(pid)
}

/// A line of `postmaster.pid`, counted from 1.
fn postmaster_line(cluster: &Path, number: usize) -> Option<String> {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    text.lines().nth(number - 1).map(|line| line.trim().to_owned())
}

/// UTF-8 sorted by code point: an order that no upgrade of the system can change.
fn locale(major: u32) -> &'static [&'static str] {
    if major >= BUILTIN_LOCALES {
        &["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    } else {
        &["--locale=C.UTF-8", "--locale-provider=libc", "--lc-collate=C"]
    }
}

fn set(command: &mut Command, name: &str, value: impl AsRef<OsStr>) {
    command.arg("-c").arg(concat(&[name.as_ref(), "=".as_ref(), value.as_ref()]));
}

/// A folder quoted as an element of a list parameter.
fn quoted(folder: &Path) -> OsString {
    let mut bytes = vec![b'"'];
    for byte in folder.as_os_str().as_bytes() {
        bytes.push(*byte);
        if *byte == b'"' {
            bytes.push(b'"');
        }
    }
    bytes.push(b'"');
    OsStr::from_bytes(&bytes).to_owned()
}
