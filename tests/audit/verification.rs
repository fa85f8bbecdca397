//! `throughline audit verify`: whatever is done to the trail past the service is found.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use testkit::{Database, Service, eventually};

use crate::support::{BINARY, Ran, Team, on, run, throughline};

/// A team with a sealed trail whose head was signed, and no service running.
struct Archive {
    folder: TempDir,
    database: Database,
    name: String,
    team: String,
    /// The last sequence.
    end: i64,
}

/// Foreign keys don't hold for somebody with the whole database in hand.
const PAST_ALL_RULES: &str = "SET session_replication_role = replica;";

impl Archive {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new();
        let service = Service::start(BINARY, &database, folder.path());
        let (name, id) = {
            let team = Team::found(&database, &service);
            for name in ["Assembly", "Milling", "Turning", "Painting"] {
                team.department(name);
            }
            (team.name.clone(), team.id.clone())
        };
        let mut archive = Self { folder, database, name, team: id, end: 0 };
        archive.wait_until_sealed();
        assert_eq!(service.terminate().code(), Some(0), "its last work is to sign heads");
        archive.end = archive.number("SELECT max(sequence) FROM audit_seals");
        assert!(archive.end >= 5);
        archive.database.execute(
            "CREATE TABLE kept_entries AS SELECT * FROM audit_entries; CREATE TABLE kept_seals AS SELECT * FROM audit_seals;
             CREATE TABLE kept_chains AS SELECT * FROM audit_chains",
        );
        archive
    }

    fn wait_until_sealed(&self) {
        eventually("everything to be sealed", || {
            let left = "SELECT count(*) FROM audit_entries e
                        WHERE NOT EXISTS (SELECT FROM audit_seals s WHERE s.entry_id = e.id)";
            (self.number(left) == 0).then_some(())
        });
    }

    fn number(&self, sql: &str) -> i64 {
        self.database.scalar(sql).parse().unwrap()
    }

    /// The entry at a place of the chain, as it was before anything was done to it.
    fn entry(&self, sequence: i64) -> String {
        self.database.scalar(&format!("SELECT entry_id FROM kept_seals WHERE sequence = {sequence}"))
    }

    fn tamper(&self, sql: &str) {
        self.database.execute(&format!("{PAST_ALL_RULES} {sql}"));
    }

    fn restore(&self) {
        self.tamper(
            "DELETE FROM audit_seals; DELETE FROM audit_chains; DELETE FROM audit_entries;
             INSERT INTO audit_entries SELECT * FROM kept_entries; INSERT INTO audit_seals SELECT * FROM kept_seals;
             INSERT INTO audit_chains SELECT * FROM kept_chains",
        );
    }

    fn heads(&self) -> PathBuf {
        let mut files: Vec<_> = fs::read_dir(self.folder.path().join("audit"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        files.pop().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = on(throughline(&[&["audit", "verify"], arguments].concat()), &self.database);
        command.env("DATA_DIR", self.folder.path()).env("SIGNING_KEY", testkit::SIGNING_KEY);
        command
    }

    fn verify(&self) -> Ran {
        run(self.command(&[]))
    }

    /// What a clean trail is told of.
    fn summary(&self, waiting: u32, faults: u32) -> String {
        format!("team {} {}: {} entries sealed, {waiting} not sealed yet, ", self.team, self.name, self.end)
            + &format!("{} heads checked, {faults} faults", self.lines())
    }

    fn lines(&self) -> usize {
        fs::read_to_string(self.heads()).unwrap().lines().count()
    }

    #[track_caller]
    fn is_clean(&self) {
        let ran = self.verify();
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
        assert_eq!(ran.out, format!("{}\n0 faults found\n", self.summary(0, 0)));
    }

    /// Exactly these faults, and exit code 1.
    #[track_caller]
    fn finds(&self, faults: &[String]) {
        let ran = self.verify();
        assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""), "{ran:?}");
        let told: Vec<_> = ran.out.lines().filter_map(|line| line.strip_prefix("FAULT ")).collect();
        let expected: Vec<_> = faults.iter().map(|fault| format!("team {}: {fault}", self.team)).collect();
        assert_eq!(told, expected, "{ran:?}");
        assert!(ran.out.ends_with(&format!("{} faults found\n", faults.len())), "{ran:?}");
    }
}

#[test]
fn whatever_is_done_to_the_trail_past_the_service_is_found() {
    let archive = Archive::new();
    archive.is_clean();
    let (entry, end) = (archive.entry(2), archive.end);
    for field in [
        "at = at + interval '1 microsecond'",
        "actor = 'user:somebody'",
        "request_id = ''",
        "action = 'department.closed'",
        "subject_kind = 'team'",
        "subject_id = gen_random_uuid()",
        "before = '{}'",
        "after = after || '{\"name\": \"Other\"}'",
        "after = NULL",
        "at = 'infinity'",
    ] {
        archive.tamper(&format!("UPDATE audit_entries SET {field} WHERE id = '{entry}'"));
        archive.finds(&[format!("sequence 2: entry {entry} was altered after it was sealed")]);
        archive.restore();
    }
    archive.is_clean();

    archive.tamper(&format!("DELETE FROM audit_entries WHERE id = '{entry}'"));
    archive.finds(&[format!("sequence 2: entry {entry} was deleted after it was sealed")]);
    archive.tamper("DELETE FROM audit_seals WHERE sequence = 2");
    archive.finds(&["sequence 2: the seal is gone".into()]);
    archive.restore();

    archive.tamper(&format!(
        "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_seals WHERE sequence > {end} - 2);
         DELETE FROM audit_seals WHERE sequence > {end} - 2"
    ));
    let cut = format!(
        "the chain ends at sequence {}, but a head of sequence {end} was signed: its tail was cut",
        end - 2
    );
    archive.finds(&[cut]);
    archive.restore();

    archive.tamper("UPDATE audit_seals SET hash = sha256('') WHERE sequence = 3");
    let broken = "sequences 3 to 4: the links are broken: entries or seals were altered or moved";
    archive.finds(&[broken.into()]);
    archive.restore();

    archive.tamper(&format!(
        "INSERT INTO audit_entries (team_id, id, xid, at, actor, request_id, action, subject_kind, subject_id)
         SELECT team_id, '{0}', '3', at, actor, request_id, action, subject_kind, subject_id
         FROM audit_entries WHERE id = '{entry}'",
        "00000000-0000-7000-8000-000000000001"
    ));
    let behind = "1 entries were put in behind the sealer's back: 00000000-0000-7000-8000-000000000001";
    archive.finds(&[behind.into()]);
    archive.restore();

    archive.tamper("DELETE FROM audit_seals; DELETE FROM audit_chains; DELETE FROM audit_entries");
    let gone =
        format!("the chain ends at sequence 0, but a head of sequence {end} was signed: its tail was cut");
    archive.finds(&[gone]);
    archive.restore();
    archive.is_clean();
}

#[test]
fn a_chain_computed_anew_is_found_although_it_holds_and_its_heads_are_signed_anew() {
    let archive = Archive::new();
    let before = archive.lines();
    let entry = archive.entry(3);
    archive.tamper(&format!(
        "UPDATE audit_entries SET actor = 'user:somebody' WHERE id = '{entry}';
         DELETE FROM audit_seals; DELETE FROM audit_chains"
    ));
    let service = Service::start(BINARY, &archive.database, archive.folder.path());
    archive.wait_until_sealed();
    assert_eq!(service.terminate().code(), Some(0));
    assert!(archive.lines() > before, "the service signs what it finds");
    let ran = archive.verify();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let faults: Vec<_> = ran.out.lines().filter(|line| line.starts_with("FAULT")).collect();
    let [fault] = &faults[..] else { panic!("{ran:?}") };
    assert!(fault.contains("the chain was rewritten"), "{fault}");
}

#[test]
fn heads_are_kept_where_only_the_service_reads_them_and_no_line_can_be_altered() {
    let archive = Archive::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = archive.heads();
    assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o700, 0o600));
    let text = fs::read_to_string(&path).unwrap();
    let last = text.lines().last().unwrap();
    let head: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!((head["team"].as_str(), head["sequence"].as_i64()), (Some(&*archive.team), Some(archive.end)));

    let line = archive.lines();
    let name = path.file_name().unwrap().to_str().unwrap();
    let altered = last.replace(&format!("\"sequence\":{}", archive.end), "\"sequence\":1");
    fs::write(&path, text.replace(last, &altered)).unwrap();
    archive.finds(&[format!("{name} line {line}: the head's signature is not good: the line was altered")]);

    fs::write(&path, text.replace(last, &last[..50])).unwrap();
    let ran = archive.verify();
    let warning = format!("WARNING {name} line {line}: no head can be read in this line: not used\n");
    assert_eq!((ran.code, ran.out.contains(&warning)), (Some(0), true), "{ran:?}");

    fs::write(&path, &text).unwrap();
    let mut other_key = archive.command(&[]);
    other_key.env("SIGNING_KEY", "01".repeat(32));
    let ran = run(other_key);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for part in
        [": signed by the key ", ", 0 heads checked, 0 faults", "WARNING no signed head was found in "]
    {
        assert!(ran.out.contains(part), "{part}: {ran:?}");
    }
    archive.is_clean();
}

#[test]
fn what_is_not_sealed_yet_is_counted_and_no_fault() {
    let archive = Archive::new();
    archive.database.execute(&format!(
        "INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id)
         SELECT '{}', gen_random_uuid(), now(), 'system:tests', 'r', 'a', 's', gen_random_uuid() FROM generate_series(1, 3)",
        archive.team
    ));
    let ran = archive.verify();
    let expected = format!("{}\n0 faults found\n", archive.summary(3, 0));
    assert_eq!((ran.code, ran.out), (Some(0), expected));
    let service = Service::start(BINARY, &archive.database, archive.folder.path());
    archive.wait_until_sealed();
    drop(service);
    let ran = archive.verify();
    assert_eq!(ran.code, Some(0), "a service that was killed has left a trail that holds: {ran:?}");
    assert!(ran.out.contains(&format!("{} entries sealed, 0 not sealed yet", archive.end + 3)), "{ran:?}");
}

#[test]
fn one_team_can_be_verified_alone_and_what_can_not_be_verified_ends_with_2() {
    let archive = Archive::new();
    archive.tamper(&format!("UPDATE audit_entries SET actor = 'x' WHERE id = '{}'", archive.entry(2)));
    assert_eq!(run(archive.command(&["--team", &archive.name])).code, Some(1));
    let unknown = run(archive.command(&["--team", "No Such Works"]));
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""), "{unknown:?}");
    let mut unreachable = archive.command(&[]);
    unreachable.env("DATABASE_URL", "postgres://127.0.0.1:1/none");
    assert_eq!(run(unreachable).code, Some(2));
    fs::remove_dir_all(archive.folder.path().join("audit")).unwrap();
    fs::write(archive.folder.path().join("audit"), "").unwrap();
    let unreadable = archive.verify();
    assert_eq!(unreadable.code, Some(2), "{unreadable:?}");
    assert!(
        unreadable.err.contains("the heads in ") && unreadable.err.contains("can't be read"),
        "{unreadable:?}"
    );
}
