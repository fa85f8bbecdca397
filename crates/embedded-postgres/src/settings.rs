use std::path::PathBuf;
use std::time::Duration;

use crate::{Error, Result};

const RESERVED: [&str; 12] = [
    "cluster_name",
    "data_directory",
    "fsync",
    "full_page_writes",
    "hba_file",
    "listen_addresses",
    "log_destination",
    "logging_collector",
    "port",
    "unix_socket_directories",
    "unix_socket_group",
    "unix_socket_permissions",
];

/// The data that a crash of the machine may lose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// No committed data: `fsync` and `full_page_writes` are on.
    #[default]
    Durable,
    /// All data: nothing is synced to disk. For test clusters only.
    Disposable,
}

/// The settings of a server. Attaching to a running server uses the settings it was started with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The folder of the cluster, its log and its socket; created if missing, else it must be ours or empty.
    pub data_dir: PathBuf,
    /// The folder of the cluster when root runs the service and the server's user cannot access
    /// `data_dir`; `/var/lib/throughline` unless set.
    pub fallback_dir: PathBuf,
    /// The folder of the PostgreSQL programs; the only one looked at if set.
    pub pg_bin: Option<PathBuf>,
    /// Folders of PostgreSQL programs to try after all others.
    pub extra_candidates: Vec<PathBuf>,
    /// The user that runs the server, if root starts it. If not set: the owner of the cluster, for
    /// a new cluster `postgres`, without such a user `nobody`.
    pub run_as: Option<String>,
    /// The data that a crash of the machine may lose.
    pub durability: Durability,
    /// Configuration parameters for the server, as for `postgres -c`.
    pub parameters: Vec<(String, String)>,
    /// How long to wait for the server, crash recovery included; two minutes unless set.
    pub start_timeout: Duration,
}

impl Settings {
    /// Creates durable settings for a server in `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            fallback_dir: PathBuf::from("/var/lib/throughline"),
            pg_bin: None,
            extra_candidates: Vec::new(),
            run_as: None,
            durability: Durability::default(),
            parameters: Vec::new(),
            start_timeout: Duration::from_secs(120),
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let reserved = |name: &str| RESERVED.iter().any(|r| r.eq_ignore_ascii_case(name));
        match self.parameters.iter().find(|(name, _)| reserved(name)) {
            Some((name, _)) => Err(Error::ReservedParameter { name: name.clone() }),
            None => Ok(()),
        }
    }
}
