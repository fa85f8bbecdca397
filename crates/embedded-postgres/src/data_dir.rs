use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::account::Account;
use crate::cluster::Cluster;
use crate::connection::PORT;
use crate::error::Context;
use crate::process::poll;
use crate::{Error, Result, Settings, files};

/// The longest path a Unix socket can have.
const LONGEST_SOCKET_PATH: usize = 107;

/// How long to wait for another process that starts or stops the server.
const START_LOCK_TIMEOUT: Duration = Duration::from_secs(180);

/// A claimed data folder.
#[derive(Debug)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// Claims the folder, making it if missing.
    pub(crate) fn claim(path: &Path) -> Result<Self> {
        let absolute = std::path::absolute(path).context("find", path)?;
        if let Some(parent) = absolute.parent() {
            fs::create_dir_all(parent).context("make the folder", parent)?;
        }
        files::make_folder(&absolute)?;
        let path = fs::canonicalize(&absolute).context("find", &absolute)?;
        files::claim(&path, &path)?;
        let log_dir = path.join("log");
        files::make_folder(&log_dir)?;
        Ok(Self(path))
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("log/postgres.log")
    }

    /// Waits until no other process starts or stops the server; the lock ends with the file.
    pub(crate) fn lock_start(&self) -> Result<StartLock> {
        let path = self.0.join("start.lock");
        let file = files::open_lock(&path)?;
        let deadline = Instant::now() + START_LOCK_TIMEOUT;
        let locked = poll(deadline, || Ok(files::try_lock(&file, &path)?.then_some(())))?;
        locked.map(|()| StartLock(file)).ok_or(Error::Busy { path })
    }

    /// Takes a shared lock that marks the server as in use; only while holding the start lock.
    pub(crate) fn lock_use(&self, _: &StartLock) -> Result<UseLock> {
        let path = self.0.join("in-use.lock");
        let file = files::open_lock(&path)?;
        file.lock_shared().context("lock", &path)?;
        Ok(UseLock { file, path })
    }

    /// Determines the cluster's user and location, and creates its folders.
    pub(crate) fn locate_cluster(&self, settings: &Settings, _: &StartLock) -> Result<Cluster> {
        let pointer = self.0.join("cluster-location");
        let run_as = settings.run_as.as_deref();
        let pointed_home = files::read_path(&pointer)?;
        let home = pointed_home.as_deref().unwrap_or(&self.0);
        let account = Account::choose(run_as, &home.join("cluster"))?;
        let home = match pointed_home {
            Some(home) => home,
            None => self.choose_home(&account, settings, &pointer)?,
        };
        if home != self.0 {
            files::claim(&home, &self.0)?;
            files::check_claim(&home, &self.0, &pointer)?;
        }
        account.check_access(&home)?;
        let socket_dir = socket_dir(&home);
        Ok(Cluster::new(home, socket_dir, account, self.0.join("server.lock")))
    }

    /// This folder; the fallback for a new cluster that its user could not access here.
    fn choose_home(&self, account: &Account, settings: &Settings, pointer: &Path) -> Result<PathBuf> {
        if self.0.join("cluster").exists() || account.inaccessible_folder(&self.0).is_none() {
            return Ok(self.0.clone());
        }
        let fallback = &settings.fallback_dir;
        files::make_folder(fallback)?;
        let fallback = fs::canonicalize(fallback).context("find", fallback)?;
        files::check_safe_for_root(&fallback)?;
        account.check_access(&fallback)?;
        let home = fallback.join(files::hash(&self.0));
        move_aside(&home)?;
        files::write_atomically(pointer, &home)?;
        tracing::info!(home = %home.display(), "user {} cannot access the data folder, so the cluster is elsewhere", account.name);
        Ok(home)
    }
}

/// The lock held while the server is started or stopped.
#[derive(Debug)]
pub(crate) struct StartLock(File);

impl Drop for StartLock {
    fn drop(&mut self) {
        // A child that is being forked may hold a copy of the file, so closing is not enough.
        let _ = self.0.unlock();
    }
}

/// The shared lock held while a handle uses the server.
#[derive(Debug)]
pub(crate) struct UseLock {
    file: File,
    path: PathBuf,
}

impl UseLock {
    /// Releases the lock; returns whether no other handle holds it.
    pub(crate) fn release(self, _: &StartLock) -> Result<bool> {
        self.file.unlock().context("unlock", &self.path)?;
        let last = files::try_lock(&self.file, &self.path)?;
        self.file.unlock().context("unlock", &self.path)?;
        Ok(last)
    }
}

/// Renames the former cluster of a data folder at the same path that was removed since.
fn move_aside(home: &Path) -> Result<()> {
    if !home.exists() {
        return Ok(());
    }
    Cluster::check_stopped(&home.join("cluster"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let aside = home.with_extension(format!("old-{}", now.as_secs()));
    tracing::warn!(aside = %aside.display(), "the data folder is new, so its former cluster is set aside");
    fs::rename(home, &aside).context("rename", home)
}

fn socket_dir(home: &Path) -> PathBuf {
    let inside = home.join("socket");
    let socket = inside.join(format!(".s.PGSQL.{PORT}"));
    let bytes = socket.as_os_str().as_bytes();
    // To libpq a comma separates two hosts, however it is encoded.
    if bytes.len() <= LONGEST_SOCKET_PATH && !bytes.contains(&b',') {
        return inside;
    }
    // Not TMPDIR: every process must use the same folder.
    Path::new("/tmp").join(format!("embedded-postgres-{}", files::hash(home)))
}
