use std::path::Path;

use crate::cluster::Cluster;
use crate::connection::{PORT, SUPERUSER, url};
use crate::data_dir::{DataDir, UseLock};
use crate::monitor::Monitor;
use crate::{Installation, Result, Settings, Version};

/// A handle of a running server, which runs as long as the handle lives.
///
/// Any number of handles, in one process or many, share one server; dropping the last stops it. Starting and stopping
/// block the thread, so async code does both on a thread for blocking work.
#[derive(Debug)]
pub struct Server {
    data_dir: DataDir,
    cluster: Cluster,
    installation: Installation,
    use_lock: Option<UseLock>,
    monitor: Option<Monitor>,
}

impl Server {
    /// Attaches to the server of the data folder, or starts it; makes the cluster if there is none.
    ///
    /// # Errors
    ///
    /// Any [`Error`](crate::Error): no suitable PostgreSQL, a folder that is not ours or not accessible, a server that is
    /// not ready in time.
    pub fn start(settings: Settings) -> Result<Self> {
        settings.check()?;
        let data_dir = DataDir::claim(&settings.data_dir)?;
        let start = data_dir.lock_start()?;
        let cluster = data_dir.locate_cluster(&settings, &start)?;
        let installation = cluster.find_programs(&settings)?;
        let use_lock = data_dir.lock_use(&start)?;
        let child = match cluster.wait_until_ready_or_stopped(settings.start_timeout)? {
            None => None,
            Some(lock) => {
                cluster.check_program_access(&installation)?;
                cluster.create_if_missing(&installation, settings.durability, &lock)?;
                Some(cluster.launch(&installation, &settings, &data_dir.log(), lock)?)
            }
        };
        tracing::info!(started = child.is_some(), version = %installation.version(), "server is ready");
        let monitor = Some(Monitor::start(child, data_dir.log())?);
        Ok(Self { data_dir, cluster, installation, use_lock: Some(use_lock), monitor })
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

    /// The programs of the server's version, such as `psql` and `pg_dump`.
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// A libpq URI for the superuser.
    pub fn superuser_url(&self, database: &str) -> String {
        self.url(SUPERUSER, database)
    }

    /// A libpq URI for a user, `postgres://user@/database?host=%2Fsocket%2Ffolder`.
    pub fn url(&self, user: &str, database: &str) -> String {
        url(user, database, self.socket_dir())
    }

    /// Releases the handle, and stops the server if it was the last; dropping does the same.
    ///
    /// # Errors
    ///
    /// [`Busy`](crate::Error::Busy) or [`Io`](crate::Error::Io) if the locks cannot be taken,
    /// [`WillNotStop`](crate::Error::WillNotStop) if the server outlives SIGINT and SIGQUIT.
    pub fn stop(mut self) -> Result<()> {
        self.release()
    }

    fn release(&mut self) -> Result<()> {
        let (Some(use_lock), Some(monitor)) = (self.use_lock.take(), self.monitor.take()) else {
            return Ok(());
        };
        let reaper = monitor.stop();
        let start = self.data_dir.lock_start()?;
        if use_lock.release(&start)? {
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
