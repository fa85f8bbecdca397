//! The baseline of benches over HTTP: the same statements, run by pgbench and psql.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::support::Fixture;

impl Fixture {
    /// Transactions per second of a script that the clients run `times` times in total; it can use `:each`, the runs
    /// per client, and the variables.
    pub(crate) fn pgbench(
        &self,
        script: &str,
        clients: usize,
        times: usize,
        variables: &[(&str, String)],
    ) -> f64 {
        let file = self.folder.join("script.sql");
        fs::write(&file, script).expect("the folder takes files");
        let each = times / clients;
        let output = Command::new(self.server.installation().program("pgbench"))
            .args(["-n", "-M", "prepared", "-c", &clients.to_string(), "-j", "2", "-t", &each.to_string()])
            .args(["-D", "n=0", "-D", &format!("each={each}")])
            .args(variables.iter().flat_map(|(name, value)| ["-D".to_owned(), format!("{name}={value}")]))
            .arg("-f")
            .arg(&file)
            .arg(self.server.url("throughline", "throughline"))
            .output()
            .expect("pgbench runs");
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{stdout} {}", String::from_utf8_lossy(&output.stderr));
        let rate = stdout.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rate| rate.split_whitespace().next()).expect("pgbench prints its rate");
        rate.parse().expect("a number")
    }

    /// Runs statements as superuser.
    pub(crate) fn sql(&self, statements: &str) {
        self.psql(statements);
    }

    /// The rows of a query.
    pub(crate) fn read(&self, query: &str) -> Vec<String> {
        self.psql(query).lines().map(str::to_owned).collect()
    }

    fn psql(&self, script: &str) -> String {
        let mut child = Command::new(self.server.installation().program("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.server.superuser_url("throughline"))
            .env("PGOPTIONS", "-c client_min_messages=warning")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("psql runs");
        child.stdin.take().expect("piped").write_all(script.as_bytes()).expect("psql reads");
        let output = child.wait_with_output().expect("psql ends");
        assert!(output.status.success(), "psql: {script}");
        String::from_utf8(output.stdout).expect("text")
    }
}

/// The beginning of a transaction of the service.
pub(crate) fn begin(team: &str) -> String {
    format!(
        "BEGIN; SELECT set_config('role', 'throughline_team', true), set_config('app.team_id', '{team}', true);"
    )
}
