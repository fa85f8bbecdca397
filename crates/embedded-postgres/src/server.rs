use std::path::Path;

use crate::cluster::Cluster;
use crate::keeper::Keeper;
use crate::layout::{DataDir, InUse};
use crate::{Installation, Result, Settings, Version, url};

/// The port, which only serves to name the socket.
pub const PORT: u16 = 5432;

/// The name of the superuser.
pub const SUPERUSER: &str = "postgres";

/// A running server, and the promise that it runs on while this value lives.
///
/// Any number of them, in one process or many, share one server; the last to go stops it. Starting
/// and stopping block the thread, so async code does both on a thread for blocking work.
#[derive(Debug)]
pub struct Server {
    data_dir: DataDir,
    cluster: Cluster,
    installation: Installation,
    in_use: Option<InUse>,
    keeper: Option<Keeper>,
}

impl Server {
    /// Attaches to the server of the data folder, or starts it; makes the cluster if there is none.
    ///
    /// # Errors
    ///
    /// Any [`Error`](crate::Error): nothing fit to run it, a folder that is not ours or not
    /// reachable, a server that does not get ready in time.
    pub fn start(settings: Settings) -> Result<Self> {
        settings.check()?;
        let data_dir = DataDir::claim(&settings.data_dir)?;
        let start = data_dir.lock_start()?;
        let cluster = data_dir.place_cluster(&settings, &start)?;
        let installation = cluster.find_programs(&settings)?;
        let in_use = data_dir.use_server(&start)?;
        let child = match cluster.settle(settings.start_timeout)? {
            None => None,
            Some(lock) => {
                cluster.check_program_reach(&installation)?;
                cluster.create_if_missing(&installation, settings.durability, &lock)?;
                Some(cluster.launch(&installation, &settings, &data_dir.log(), lock)?)
            }
        };
        tracing::info!(started = child.is_some(), version = %installation.version(), "server is ready");
        let keeper = Some(Keeper::start(child, data_dir.log())?);
        Ok(Self { data_dir, cluster, installation, in_use: Some(in_use), keeper })
    }

    /// The folder of the server's socket.
    pub fn socket_dir(&self) -> &Path {
        &self.cluster.socket_dir
    }

    /// The port that names the socket, always [`PORT`].
    pub fn port(&self) -> u16 {
        PORT
    }

    /// The version of the programs. A server attached to may still run an older minor version.
    pub fn version(&self) -> Version {
        self.installation.version()
    }

    /// The programs that fit the server, such as `psql` and `pg_dump`.
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// A libpq URI for the superuser.
    pub fn superuser_url(&self, database: &str) -> String {
        self.url(SUPERUSER, database)
    }

    /// A libpq URI for a user, `postgres://user@/database?host=%2Fsocket%2Ffolder`.
    pub fn url(&self, user: &str, database: &str) -> String {
        url::url(user, database, self.socket_dir())
    }

    /// Ends this use of the server, and stops it if that was the last; dropping does the same.
    ///
    /// # Errors
    ///
    /// [`Busy`](crate::Error::Busy) or [`Io`](crate::Error::Io) if the locks cannot be had,
    /// [`WillNotStop`](crate::Error::WillNotStop) if the server outlives SIGINT and SIGQUIT.
    pub fn stop(mut self) -> Result<()> {
        self.release()
    }

    fn release(&mut self) -> Result<()> {
        let (Some(in_use), Some(keeper)) = (self.in_use.take(), self.keeper.take()) else {
            return Ok(());
        };
        let reaper = keeper.release();
        let start = self.data_dir.lock_start()?;
        if in_use.release(&start)? {
            self.cluster.stop()?;
            // The postmaster is dead, so this takes no time.
            let _ = reaper.join();
            tracing::info!("server is stopped");
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.release() {
            tracing::error!(%error, "the server was not stopped");
        }
    }
}
