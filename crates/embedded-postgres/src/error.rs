use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::Version;

/// What can go wrong; every message says what, where and how to mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something.
    #[error("cannot {action} {}: check that it exists and that this user may do so", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },

    /// There is no PostgreSQL on this machine, or not where it was looked for.
    #[error(
        "no PostgreSQL 15 or newer found: run `apt-get install postgresql`, \
         or set PG_BIN to the folder that holds initdb and postgres"
    )]
    NotFound,

    /// The folder named by the caller does not hold PostgreSQL.
    #[error("no initdb and postgres in {}: set PG_BIN to the folder that holds both", bin_dir.display())]
    NotInFolder {
        /// The folder named by the caller.
        bin_dir: PathBuf,
    },

    /// A program lost its executable bit, often by unpacking an archive.
    #[error("{} is not executable: run `chmod +x {}/*`", program.display(), parent(program))]
    NotExecutable {
        /// The program.
        program: PathBuf,
    },

    /// `postgres --version` failed or printed something else.
    #[error("{} --version prints no version: set PG_BIN to a working PostgreSQL", program.display())]
    NoVersion {
        /// The program asked.
        program: PathBuf,
    },

    /// PostgreSQL is there, but older than 15.
    #[error("PostgreSQL {found} in {} is too old: install 15 or newer, or set PG_BIN to one", bin_dir.display())]
    TooOld {
        /// Where it is.
        bin_dir: PathBuf,
        /// Its version.
        found: Version,
    },

    /// The cluster was made by a major version that is not installed.
    #[error(
        "the cluster {} needs PostgreSQL {major}: install it, or set PG_BIN to it \
         (another major version can only take over a dump)",
        cluster.display()
    )]
    MajorMissing {
        /// The cluster.
        cluster: PathBuf,
        /// The major version that made it.
        major: u32,
    },

    /// The data folder holds files that are not ours.
    #[error("{} is not empty and was not made by embedded-postgres: choose another folder", dir.display())]
    ForeignFolder {
        /// The folder, left untouched.
        dir: PathBuf,
    },

    /// A file or folder belongs to another user than it must.
    #[error(
        "{} belongs to user id {owner}, not {wanted}: run as its owner, \
         or run `chown -R {wanted} {}`",
        path.display(), path.display()
    )]
    WrongOwner {
        /// The file or folder.
        path: PathBuf,
        /// The user id that owns it.
        owner: u32,
        /// The user id that should.
        wanted: u32,
    },

    /// A private folder is a link, no folder, or open to other users.
    #[error("{} is not a private folder of user id {wanted} with mode 0700: remove it", path.display())]
    NotPrivate {
        /// The folder.
        path: PathBuf,
        /// The user id that should own it.
        wanted: u32,
    },

    /// The user that runs the server cannot pass a folder on the way.
    #[error(
        "user {user} cannot enter {}, which leads to {}: run `chmod o+x {}`",
        folder.display(), path.display(), folder.display()
    )]
    Unreachable {
        /// The folder that is closed.
        folder: PathBuf,
        /// What lies behind it.
        path: PathBuf,
        /// The user.
        user: String,
    },

    /// The cluster is kept elsewhere, for another data folder.
    #[error(
        "{} points to a cluster of another data folder: remove it if this folder is a copy; \
         if the folder was moved, write its new path into {}",
        pointer.display(), marker.display()
    )]
    ForeignPointer {
        /// The file in the data folder that says where the cluster is.
        pointer: PathBuf,
        /// The file beside the cluster that says whose it is.
        marker: PathBuf,
    },

    /// There is no such user.
    #[error("no user {name}: create it, or set run_as to one that exists")]
    UnknownUser {
        /// The name.
        name: String,
    },

    /// The server cannot be run as this user.
    #[error(
        "the server cannot run as {name}: PostgreSQL refuses root, and only root may choose another user"
    )]
    UnusableUser {
        /// The name.
        name: String,
    },

    /// The parameter is decided by this crate.
    #[error("the parameter {name} is not for callers to set: remove it")]
    ReservedParameter {
        /// The name.
        name: String,
    },

    /// Another process has been starting or stopping the server for too long.
    #[error("{} is held by another process that starts or stops the server: try again when it is done", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
    },

    /// `initdb` failed.
    #[error("initdb in {} ended with {status}: see the field output", bin_dir.display())]
    Initdb {
        /// The folder of the programs.
        bin_dir: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// What it printed.
        output: String,
    },

    /// The server ended instead of getting ready.
    #[error("the server ended with {status} instead of starting: see {}", log.display())]
    Ended {
        /// The log file.
        log: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of the log.
        last_lines: String,
    },

    /// The server is not ready in time; it is left to go on, and the next start attaches to it.
    #[error("the server is not ready after {seconds} s, perhaps it still recovers: see {}, then start again", log.display())]
    NotReady {
        /// The log file.
        log: PathBuf,
        /// How long it was waited for.
        seconds: u64,
        /// The last lines of the log.
        last_lines: String,
    },

    /// The postmaster is gone, but processes of it still run.
    #[error(
        "the cluster {} is neither ready nor stopped after {seconds} s: \
         end the processes called `postgres: {title}`",
        cluster.display()
    )]
    Leftovers {
        /// The cluster.
        cluster: PathBuf,
        /// How long it was waited for.
        seconds: u64,
        /// The second word of the titles of its processes.
        title: String,
    },

    /// Somebody runs the cluster by other means.
    #[error("process {pid} runs the cluster {} but was not started from here: stop it", cluster.display())]
    StartedElsewhere {
        /// The cluster.
        cluster: PathBuf,
        /// The process.
        pid: i32,
    },

    /// The server goes on after SIGINT and SIGQUIT.
    #[error("the server of {} does not stop: end the processes called `postgres: {title}`", cluster.display())]
    WillNotStop {
        /// The cluster.
        cluster: PathBuf,
        /// The second word of the titles of its processes.
        title: String,
    },
}

fn parent(path: &Path) -> std::path::Display<'_> {
    path.parent().unwrap_or(path).display()
}

/// Adds to an I/O error what was tried and where.
pub(crate) trait Context<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Io { action, path: path.to_owned(), source })
    }
}
