use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Result;
use crate::account::Account;

const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Repeats an attempt until it has a result; `None` after the deadline.
pub(crate) fn poll<T>(
    deadline: Instant,
    mut attempt: impl FnMut() -> Result<Option<T>>,
) -> Result<Option<T>> {
    loop {
        let result = attempt()?;
        if result.is_some() || Instant::now() >= deadline {
            return Ok(result);
        }
        #[expect(clippy::disallowed_methods, reason = "a process is waited for by asking again")]
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// A command that runs a PostgreSQL program as its user, in its own process group, with only the variables it needs:
/// this process's environment may hold secrets.
pub(crate) fn command(program: &Path, account: &Account) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C").current_dir("/").process_group(0);
    for name in ["PATH", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    account.apply(&mut command);
    command
}

/// Concatenates the parts of an argument, which need not be UTF-8.
pub(crate) fn concat(parts: &[&OsStr]) -> std::ffi::OsString {
    parts.iter().copied().collect()
}

/// Whether the process is alive and runs PostgreSQL on this cluster.
///
/// The working folder of another user's process is often closed even to root in a container, its
/// arguments never are.
#[cfg(target_os = "linux")]
pub(crate) fn runs_cluster(pid: i32, cluster: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let proc = Path::new("/proc").join(pid.to_string());
    let name = std::fs::read_to_string(proc.join("comm")).unwrap_or_default();
    if name.trim_end() != "postgres" {
        return false;
    }
    if let Ok(folder) = std::fs::read_link(proc.join("cwd")) {
        return folder == cluster;
    }
    let arguments = std::fs::read(proc.join("cmdline")).unwrap_or_default();
    arguments.split(|byte| *byte == 0).any(|word| word == cluster.as_os_str().as_bytes())
}

/// Whether the process is alive; without `/proc` its program is unknown.
#[cfg(not(target_os = "linux"))]
pub(crate) fn runs_cluster(pid: i32, _: &Path) -> bool {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None) != Err(nix::errno::Errno::ESRCH)
}
