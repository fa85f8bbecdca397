use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::Version;

/// An error of this crate; every message says what is wrong, where, and how to fix it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An operation of the operating system failed.
    #[error("cannot {action} {}: check that it exists and that this user may do so", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    /// No PostgreSQL was found.
    #[error(
        "no PostgreSQL 15 or newer found: run `apt-get install postgresql`, \
         or set PG_BIN to the folder that holds initdb and postgres"
    )]
    NotFound,
    /// The folder named by the caller does not hold PostgreSQL.
    #[error("no initdb and postgres in {}: set PG_BIN to the folder that holds both", bin_dir.display())]
    NotInFolder { bin_dir: PathBuf },
    /// A program is not executable, often after unpacking an archive.
    #[error("{} is not executable: run `chmod +x {}/*`", program.display(), parent(program))]
    NotExecutable { program: PathBuf },
    /// `postgres --version` failed or printed something else.
    #[error("{} --version prints no version: set PG_BIN to a working PostgreSQL", program.display())]
    NoVersion { program: PathBuf },
    /// PostgreSQL is older than 15.
    #[error("PostgreSQL {found} in {} is too old: install 15 or newer, or set PG_BIN to one", bin_dir.display())]
    TooOld { bin_dir: PathBuf, found: Version },
    /// The cluster needs a major version that is not installed.
    #[error(
        "the cluster {} needs PostgreSQL {major}: install it, or set PG_BIN to it \
         (another major version can only take over a dump)",
        cluster.display()
    )]
    MajorMissing { cluster: PathBuf, major: u32 },
    /// The data folder holds files that are not ours.
    #[error("{} is not empty and was not made by embedded-postgres: choose another folder", dir.display())]
    ForeignFolder { dir: PathBuf },
    /// A file or folder has the wrong owner.
    #[error(
        "{} belongs to user id {owner}, not {wanted}: run as its owner, \
         or run `chown -R {wanted} {}`",
        path.display(), path.display()
    )]
    WrongOwner { path: PathBuf, owner: u32, wanted: u32 },
    /// A private folder is a link, no folder, or open to other users.
    #[error("{} is not a private folder of user id {wanted} with mode 0700: remove it", path.display())]
    NotPrivate { path: PathBuf, wanted: u32 },
    /// The user that runs the server cannot enter a folder on the path.
    #[error(
        "user {user} cannot enter {}, which leads to {}: run `chmod o+x {}`",
        folder.display(), path.display(), folder.display()
    )]
    Unreachable { folder: PathBuf, path: PathBuf, user: String },
    /// The cluster's location belongs to another data folder.
    #[error(
        "{} points to a cluster of another data folder: remove it if this folder is a copy; \
         if the folder was moved, write its new path into {}",
        pointer.display(), marker.display()
    )]
    ForeignPointer { pointer: PathBuf, marker: PathBuf },
    /// There is no such user.
    #[error("no user {name}: create it, or set run_as to one that exists")]
    UnknownUser { name: String },
    /// The server cannot be run as this user.
    #[error(
        "the server cannot run as {name}: PostgreSQL refuses root, and only root may choose another user"
    )]
    UnusableUser { name: String },
    /// The parameter is reserved for this crate.
    #[error("the parameter {name} is not for callers to set: remove it")]
    ReservedParameter { name: String },
    /// Another process holds the start lock for too long.
    #[error("{} is held by another process that starts or stops the server: try again when it is done", path.display())]
    Busy { path: PathBuf },
    /// `initdb` failed.
    #[error("initdb in {} ended with {status}: see the field output", bin_dir.display())]
    Initdb { bin_dir: PathBuf, status: ExitStatus, output: String },
    /// The server exited while starting.
    #[error("the server ended with {status} instead of starting: see {}", log.display())]
    Exited { log: PathBuf, status: ExitStatus, last_lines: String },
    /// The server is not ready in time; it goes on starting, and the next start attaches to it.
    #[error("the server is not ready after {seconds} s, perhaps it still recovers: see {}, then start again", log.display())]
    NotReady { log: PathBuf, seconds: u64, last_lines: String },
    /// The postmaster is gone, but its processes still run.
    #[error(
        "the cluster {} is neither ready nor stopped after {seconds} s: \
         end the processes called `postgres: {title}`",
        cluster.display()
    )]
    OrphanedProcesses { cluster: PathBuf, seconds: u64, title: String },
    /// A process that was not started from here runs the cluster.
    #[error("process {pid} runs the cluster {} but was not started from here: stop it", cluster.display())]
    StartedElsewhere { cluster: PathBuf, pid: i32 },
    /// The server did not stop on SIGINT and SIGQUIT.
    #[error("the server of {} does not stop: end the processes called `postgres: {title}`", cluster.display())]
    WillNotStop { cluster: PathBuf, title: String },
}

fn parent(path: &Path) -> std::path::Display<'_> {
    path.parent().unwrap_or(path).display()
}

/// Adds the action and the path to an I/O error.
pub(crate) trait Context<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Io { action, path: path.to_owned(), source })
    }
}
