//! The private PostgreSQL that is used without `DATABASE_URL`: start, stop and recovery.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;
use testkit::{Service, eventually};

use crate::support::{Caller, IMPORTS, Requests, create_team, dataset, order, orders_csv, run, throughline};

/// A data folder that the user of PostgreSQL can read; its PostgreSQL is stopped when dropped.
struct DataFolder {
    folder: TempDir,
}

impl DataFolder {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("throughline-e2e-").tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn command(&self, mut command: Command) -> Command {
        command.env("DATA_DIR", self.folder.path().join("var"));
        command
    }

    fn serve(&self) -> Service {
        Service::spawn(self.command(throughline(&["serve"])))
    }

    fn team(&self, address: &str) -> (String, Caller) {
        let (name, printed) = create_team(|command| self.command(command));
        (name, Caller::new(address, &printed))
    }

    /// The process id of the running PostgreSQL.
    fn postmaster(&self) -> Option<String> {
        let cluster: PathBuf = self.folder.path().join("var/postgres/cluster/postmaster.pid");
        let text = fs::read_to_string(cluster).ok()?;
        let pid = text.lines().next()?.to_owned();
        fs::exists(format!("/proc/{pid}")).unwrap().then_some(pid)
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        if let Some(pid) = self.postmaster() {
            // a failed test left it running
            let _ = Command::new("kill").args(["-QUIT", &pid]).status();
        }
    }
}

/// The number of AdventureWorks orders that the team has.
fn orders(caller: &Caller) -> u64 {
    let [created, .., existing] = caller.import_csv("?dry_run=true&on_existing=error", orders_csv()).counts();
    assert_eq!(created + existing, 20_000);
    existing
}

#[test]
fn orders_survive_the_death_of_the_service_and_of_postgresql() {
    let folder = DataFolder::new();
    let service = folder.serve();
    let (_, caller) = folder.team(service.address());
    caller.create_work_centres(&[50, 60]);
    assert_eq!(caller.import_csv("", orders_csv()).counts(), [20_000, 0, 0, 0]);
    let postgres = folder.postmaster().unwrap();

    service.kill();
    assert_eq!(folder.postmaster().as_ref(), Some(&postgres), "it outlives its user");
    let service = folder.serve();
    assert_eq!(folder.postmaster().as_ref(), Some(&postgres), "the next start attaches to it");
    let caller = Caller { address: service.address().to_owned(), ..caller };
    assert_eq!(orders(&caller), 20_000);

    let killed = Command::new("kill").args(["-KILL", &postgres]).status().unwrap();
    assert!(killed.success());
    service.kill();
    let service = folder.serve();
    assert_ne!(folder.postmaster().as_ref(), Some(&postgres), "another one recovered");
    let caller = Caller { address: service.address().to_owned(), ..caller };
    assert_eq!(orders(&caller), 20_000);
    assert_eq!(caller.get(IMPORTS).ok()["pagination"]["total"], json!(1));
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(folder.postmaster(), None, "stopped with its last user");
}

#[test]
fn every_command_works_with_and_without_a_service_beside_it() {
    let folder = DataFolder::new();
    let migrate = || run(folder.command(throughline(&["migrate"])));
    let first = migrate();
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.out.ends_with(" migrations run; the database is up to date\n"), "{first:?}");
    assert_eq!(folder.postmaster(), None, "a command that ends leaves nothing running");
    let (name, alone) = folder.team("");
    let csv = dataset("manufacturing-orders.csv");
    let import =
        |team: &str| run(folder.command(throughline(&["import", csv.to_str().unwrap(), "--team", team])));
    let failed = import(&name);
    assert_eq!(failed.code, Some(1), "its work centres do not exist yet");
    assert!(failed.out.ends_with("0 created, 0 updated, 0 skipped, 20000 errors\n"));
    assert_eq!(folder.postmaster(), None);

    let service = folder.serve();
    let postgres = folder.postmaster();
    let caller = Caller { address: service.address().to_owned(), ..alone };
    assert_eq!(caller.get(IMPORTS).ok()["imports"][0]["errors"], json!(20_000));
    caller.create_work_centres(&[50, 60]);
    let beside = import(&name);
    assert_eq!(
        (beside.code, beside.out.as_str()),
        (Some(0), "20000 created, 0 updated, 0 skipped, 0 errors\n"),
        "{}",
        beside.err
    );
    assert_eq!(migrate().out, "0 migrations run; the database is up to date\n");
    let (_, second) = folder.team(service.address());
    assert_eq!(second.import("", &json!([order("A1")])).counts(), [1, 0, 0, 0]);
    assert_eq!((folder.postmaster(), orders(&caller)), (postgres, 20_000), "it was joined, not stopped");
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(folder.postmaster(), None);
}

#[test]
fn the_last_of_two_services_stops_postgresql() {
    let folder = DataFolder::new();
    let (one, other) = (folder.serve(), folder.serve());
    let (_, caller) = folder.team(one.address());
    assert_eq!(caller.import("", &json!([order("A1")])).counts(), [1, 0, 0, 0]);
    assert_eq!(one.terminate().code(), Some(0));
    assert!(folder.postmaster().is_some(), "the other one needs it");
    let caller = Caller { address: other.address().to_owned(), ..caller };
    assert_eq!(caller.import("", &json!([order("A1")])).counts(), [0, 1, 0, 0]);
    assert_eq!(other.terminate().code(), Some(0));
    assert_eq!(folder.postmaster(), None);
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let data = DataFolder::new();
    let folder = data.folder.path().join("var/postgres");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    let mut command = data.command(throughline(&["serve"]));
    command.env("HTTP_ADDR", "127.0.0.1:0");
    let output = run(command);
    assert_eq!(
        (output.code, output.out.as_str(), output.err.lines().count()),
        (Some(2), "", 1),
        "{output:?}"
    );
    assert!(output.err.starts_with("throughline: the private PostgreSQL did not start: "), "{output:?}");
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["thesis.txt"]);
}

#[test]
fn missing_programs_are_named() {
    let folder = DataFolder::new();
    let mut command = folder.command(throughline(&["migrate"]));
    command.env("PG_BIN", "/nonexistent/bin");
    let output = run(command);
    assert_eq!(
        (output.code, output.out.as_str(), output.err.lines().count()),
        (Some(2), "", 1),
        "{output:?}"
    );
    assert!(output.err.contains("/nonexistent/bin"), "{output:?}");
    eventually("nothing to be left running", || folder.postmaster().is_none().then_some(()));
}
