//! Commands of the binary.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use testkit::Database;

use super::PASSWORD;
use super::team::email_of;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_throughline");

/// The data folder of servers that use a test's database; no test reads it, apart from uploaded files.
pub(crate) const DATA_DIR: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/data");

/// Creates a team with a `bootstrap` command; returns its name and the printed JSON.
pub(crate) fn create_team(configured: impl FnOnce(Command) -> Command) -> (String, Value) {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let name = format!("Team {}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let command = configured(bootstrap(&name, &email_of(&name)));
    let output = run_with(command, &format!("{PASSWORD}\n"));
    assert_eq!(output.code, Some(0), "{}", output.err);
    (name, serde_json::from_str(&output.out).unwrap())
}

/// Returns a `throughline bootstrap` command.
pub(crate) fn bootstrap(team: &str, email: &str) -> Command {
    throughline(&["bootstrap", "--team", team, "--email", email, "--password-stdin"])
}

/// Returns a command of the binary.
pub(crate) fn throughline(arguments: &[&str]) -> Command {
    let mut command = testkit::command(BINARY);
    command.args(arguments);
    command
}

/// Configures a command for a test's database.
pub(crate) fn with_database(mut command: Command, database: &Database) -> Command {
    command.env("DATABASE_URL", database.service_url()).env("DATABASE_OWNER_URL", database.owner_url());
    command.env("DATA_DIR", DATA_DIR);
    command
}

/// Exit code and output of a finished command.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command to its end.
pub(crate) fn run(command: Command) -> CommandOutput {
    run_with(command, "")
}

/// Runs a command to its end with a text on its standard input.
pub(crate) fn run_with(mut command: Command, input: &str) -> CommandOutput {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    // a command that refuses its arguments may have ended before it reads
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    CommandOutput {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
