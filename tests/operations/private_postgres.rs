//! Without `DATABASE_URL`: a private PostgreSQL that starts and stops with its users and survives them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;
use testkit::{Service, eventually};

use crate::import::adventureworks::{file, orders_csv};
use crate::support::{Caller, IMPORTS, found, order, run, throughline};

/// A data folder that PostgreSQL's own user can reach too; what runs in it is ended when dropped.
struct Place {
    folder: TempDir,
}

impl Place {
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
        let (name, founded) = found(|command| self.command(command));
        (name, Caller::new(address, &founded))
    }

    /// The PostgreSQL that runs, if one does.
    fn postmaster(&self) -> Option<String> {
        let cluster: PathBuf = self.folder.path().join("var/postgres/cluster/postmaster.pid");
        let text = fs::read_to_string(cluster).ok()?;
        let pid = text.lines().next()?.to_owned();
        fs::exists(format!("/proc/{pid}")).unwrap().then_some(pid)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(pid) = self.postmaster() {
            // a test that failed left it running
            let _ = Command::new("kill").args(["-QUIT", &pid]).status();
        }
    }
}

/// How many of the real orders the caller's team has.
fn orders(caller: &Caller) -> u64 {
    let [created, .., existing] = caller.import_csv("?dry_run=true&on_existing=error", orders_csv()).counts();
    assert_eq!(created + existing, 20_000);
    existing
}

#[test]
fn orders_survive_the_death_of_the_service_and_of_postgresql() {
    let place = Place::new();
    let service = place.serve();
    let (_, caller) = place.team(service.address());
    caller.work_centres(&[50, 60]);
    assert_eq!(caller.import_csv("", orders_csv()).counts(), [20_000, 0, 0, 0]);
    let postgres = place.postmaster().unwrap();

    service.kill();
    assert_eq!(place.postmaster().as_ref(), Some(&postgres), "it outlives its user");
    let service = place.serve();
    assert_eq!(place.postmaster().as_ref(), Some(&postgres), "the next start attaches to it");
    let caller = Caller { address: service.address().to_owned(), ..caller };
    assert_eq!(orders(&caller), 20_000);

    let killed = Command::new("kill").args(["-KILL", &postgres]).status().unwrap();
    assert!(killed.success());
    service.kill();
    let service = place.serve();
    assert_ne!(place.postmaster().as_ref(), Some(&postgres), "another one recovered");
    let caller = Caller { address: service.address().to_owned(), ..caller };
    assert_eq!(orders(&caller), 20_000);
    assert_eq!(caller.get(IMPORTS).ok()["pagination"]["total"], json!(1));
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(place.postmaster(), None, "stopped with its last user");
}

#[test]
fn every_command_works_with_and_without_a_service_beside_it() {
    let place = Place::new();
    let migrate = || run(place.command(throughline(&["migrate"])));
    let first = migrate();
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.out.ends_with(" migrations run; the database is up to date\n"), "{first:?}");
    assert_eq!(place.postmaster(), None, "a command that ends leaves nothing running");
    let (name, alone) = place.team("");
    let csv = file("manufacturing-orders.csv");
    let import =
        |team: &str| run(place.command(throughline(&["import", csv.to_str().unwrap(), "--team", team])));
    let failed = import(&name);
    assert_eq!(failed.code, Some(1), "its work centres do not exist yet");
    assert!(failed.out.ends_with("0 created, 0 updated, 0 skipped, 20000 errors\n"));
    assert_eq!(place.postmaster(), None);

    let service = place.serve();
    let postgres = place.postmaster();
    let caller = Caller { address: service.address().to_owned(), ..alone };
    assert_eq!(caller.get(IMPORTS).ok()["imports"][0]["errors"], json!(20_000));
    caller.work_centres(&[50, 60]);
    let beside = import(&name);
    assert_eq!(
        (beside.code, beside.out.as_str()),
        (Some(0), "20000 created, 0 updated, 0 skipped, 0 errors\n"),
        "{}",
        beside.err
    );
    assert_eq!(migrate().out, "0 migrations run; the database is up to date\n");
    let (_, second) = place.team(service.address());
    assert_eq!(second.import("", &json!([order("A1")])).counts(), [1, 0, 0, 0]);
    assert_eq!((place.postmaster(), orders(&caller)), (postgres, 20_000), "it was joined, not stopped");
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(place.postmaster(), None);
}

#[test]
fn the_last_of_two_services_stops_postgresql() {
    let place = Place::new();
    let (one, other) = (place.serve(), place.serve());
    let (_, caller) = place.team(one.address());
    assert_eq!(caller.import("", &json!([order("A1")])).counts(), [1, 0, 0, 0]);
    assert_eq!(one.terminate().code(), Some(0));
    assert!(place.postmaster().is_some(), "the other one needs it");
    let caller = Caller { address: other.address().to_owned(), ..caller };
    assert_eq!(caller.import("", &json!([order("A1")])).counts(), [0, 1, 0, 0]);
    assert_eq!(other.terminate().code(), Some(0));
    assert_eq!(place.postmaster(), None);
}

#[test]
fn a_folder_that_is_not_its_own_is_left_alone() {
    let place = Place::new();
    let folder = place.folder.path().join("var/postgres");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    let mut command = place.command(throughline(&["serve"]));
    command.env("HTTP_ADDR", "127.0.0.1:0");
    let ran = run(command);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.lines().count()), (Some(2), "", 1), "{ran:?}");
    assert!(ran.err.starts_with("throughline: the private PostgreSQL did not start: "), "{ran:?}");
    let kept: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(kept, ["thesis.txt"]);
}

#[test]
fn programs_that_are_not_there_are_named() {
    let place = Place::new();
    let mut command = place.command(throughline(&["migrate"]));
    command.env("PG_BIN", "/nonexistent/bin");
    let ran = run(command);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.lines().count()), (Some(2), "", 1), "{ran:?}");
    assert!(ran.err.contains("/nonexistent/bin"), "{ran:?}");
    eventually("nothing to be left running", || place.postmaster().is_none().then_some(()));
}
