use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Lines, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use embedded_postgres::{Durability, Server, Settings};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use tempfile::TempDir;

const HELPER_DATA_DIR: &str = "EMBEDDED_POSTGRES_HELPER_DATA_DIR";

/// A folder every user can enter, and the data folder to be made in it.
pub(crate) struct TestDir {
    pub(crate) dir: TempDir,
    pub(crate) data_dir: PathBuf,
}

impl TestDir {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        let data_dir = dir.path().canonicalize().unwrap().join("data");
        Self { dir, data_dir }
    }

    pub(crate) fn settings(&self) -> Settings {
        settings(&self.data_dir)
    }

    pub(crate) fn start(&self) -> Server {
        Server::start(self.settings()).unwrap()
    }

    pub(crate) fn cluster(&self) -> PathBuf {
        self.data_dir.join("cluster")
    }

    pub(crate) fn postmaster(&self) -> i32 {
        postmaster(&self.cluster())
    }
}

pub(crate) fn settings(data_dir: &Path) -> Settings {
    let mut settings = Settings::new(data_dir);
    settings.pg_bin = std::env::var_os("PG_BIN").map(PathBuf::from);
    settings.durability = Durability::Disposable;
    settings.fallback_dir = data_dir.with_file_name("fallback");
    settings.start_timeout = Duration::from_secs(60);
    settings
}

pub(crate) fn am_root() -> bool {
    geteuid().is_root()
}

pub(crate) fn postmaster(cluster: &Path) -> i32 {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

pub(crate) fn psql(server: &Server, sql: &str) -> Command {
    let mut command = Command::new(server.installation().program("psql"));
    command.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql]);
    command.arg(server.superuser_url("postgres")).current_dir("/");
    command
}

pub(crate) fn query(server: &Server, sql: &str) -> String {
    let output = psql(server, sql).output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Waits for a condition, at most half a minute.
pub(crate) fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "not within 30 s: {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

pub(crate) fn signal(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).unwrap();
}

/// Whether there is such a process, be it a zombie.
pub(crate) fn exists(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None).is_ok()
}

/// Whether there is such a process that is no zombie.
pub(crate) fn alive(pid: i32) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}

/// Makes a command run as the owner of a file.
pub(crate) fn as_owner_of(path: &Path, command: &mut Command) {
    let meta = fs::metadata(path).unwrap();
    if am_root() {
        command.uid(meta.uid()).gid(meta.gid());
    }
}

/// Every path below a folder with its mode, owner and content.
pub(crate) fn snapshot(dir: &Path) -> Vec<(PathBuf, u32, u32, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let content = if meta.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            if meta.is_dir() {
                folders.push(path.clone());
            }
            found.push((path, meta.mode(), meta.uid(), content));
        }
    }
    let meta = fs::metadata(dir).unwrap();
    found.push((dir.to_owned(), meta.mode(), meta.uid(), Vec::new()));
    found.sort();
    found
}

/// Another process that uses the server of a data folder.
pub(crate) struct Helper {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    pub(crate) version: String,
}

impl Helper {
    pub(crate) fn start(data_dir: &Path) -> Self {
        Self::spawn(Command::new(std::env::current_exe().unwrap()), data_dir)
    }

    /// Runs this test binary, or a copy of it, as such a process.
    pub(crate) fn spawn(mut command: Command, data_dir: &Path) -> Self {
        command.args(["--exact", "support::helper", "--nocapture", "--test-threads=1"]);
        command.env(HELPER_DATA_DIR, data_dir).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let version = output.find_map(|line| Some(line.unwrap().split_once("ready: ")?.1.to_owned()));
        Self { child, output, version: version.expect("the helper is ready") }
    }

    pub(crate) fn stop(mut self) {
        drop(self.child.stdin.take());
        self.output.by_ref().for_each(drop);
        assert!(self.child.wait().unwrap().success());
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What such a process does: nothing when run as a test.
#[test]
fn helper() {
    let Some(data_dir) = std::env::var_os(HELPER_DATA_DIR) else {
        return;
    };
    let server = Server::start(settings(Path::new(&data_dir))).unwrap();
    println!("ready: {}", query(&server, "show server_version_num"));
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    server.stop().unwrap();
}

/// Writes an executable script.
pub(crate) fn script(dir: &Path, name: &str, text: &str) {
    let draft = dir.join("draft");
    fs::write(&draft, text).unwrap();
    fs::set_permissions(&draft, Permissions::from_mode(0o755)).unwrap();
    copy_program(&draft, &dir.join(name));
}

/// Copies a program by means of another process: were the copy ever open for writing in this one, a
/// fork of another test could keep it so, and it could not be run.
pub(crate) fn copy_program(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-p").args([from, to]).status().unwrap();
    assert!(status.success());
}

/// What is in a folder, sorted.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let name = |name: &OsStr| name.to_string_lossy().into_owned();
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|e| name(&e.unwrap().file_name())).collect();
    names.sort();
    names
}
