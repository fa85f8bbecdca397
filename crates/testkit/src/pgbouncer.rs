//! A PgBouncer for a test.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use adapter_postgres::provision::{OWNER, SERVICE};
use tempfile::TempDir;

use crate::cluster::Cluster;
use crate::racing::eventually;

/// A PgBouncer before the test process's PostgreSQL; killed when dropped.
pub struct PgBouncer {
    _folder: TempDir,
    child: Child,
    port: u16,
}

impl PgBouncer {
    /// Starts `$PGBOUNCER`, or the `pgbouncer` of the system, with a pool mode such as `transaction`.
    ///
    /// # Panics
    /// When there is none, or it takes no connection within half a minute: tests never skip.
    pub fn start(pool_mode: &str) -> Self {
        let sockets = Cluster::shared().socket_dir();
        let folder = tempfile::Builder::new().prefix("pgbouncer-").tempdir().expect("a temporary folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("the folder is ours");
        let port = free_port();
        let (config, users) = (folder.path().join("pgbouncer.ini"), folder.path().join("users.txt"));
        fs::write(&users, format!("\"{SERVICE}\" \"\"\n\"{OWNER}\" \"\"\n")).expect("the users are written");
        let text = format!(
            "[databases]\n* = host={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {}\npool_mode = {pool_mode}\n",
            sockets.display(),
            users.display()
        );
        fs::write(&config, text).expect("the configuration is written");
        let program =
            std::env::var_os("PGBOUNCER").map_or_else(|| PathBuf::from("/usr/sbin/pgbouncer"), PathBuf::from);
        let mut command = Command::new(program);
        // it refuses to run as root; the sockets are PostgreSQL's account's
        let account = fs::metadata(sockets).expect("PostgreSQL runs").uid();
        if account != fs::metadata(folder.path()).expect("the folder is there").uid() {
            command.arg("-u").arg(name_of(account));
        }
        let child = command.arg("-q").arg(&config).stdin(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.expect("PgBouncer starts; `make setup` installs it");
        eventually("PgBouncer to take connections", || TcpStream::connect(("127.0.0.1", port)).ok());
        Self { _folder: folder, child, port }
    }

    /// A role's URL of a database.
    pub fn url(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // it may have ended already, which is fine
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}

fn name_of(account: u32) -> String {
    let entry =
        Command::new("getent").args(["passwd", &account.to_string()]).output().expect("getent runs").stdout;
    String::from_utf8(entry).expect("a name").split(':').next().unwrap_or_default().to_owned()
}
