//! `throughline audit verify`: it detects changes to the trail outside the service.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use testkit::{Database, Service, eventually};

use crate::support::{BINARY, CommandOutput, Team, run, throughline, with_database};

/// A team with a sealed trail and a signed head, and no running service.
struct SealedTrail {
    folder: TempDir,
    database: Database,
    name: String,
    team: String,
    /// The highest sequence.
    end: i64,
}

/// Turns off foreign keys and triggers, as an attacker with full access to the database could.
const WITHOUT_CONSTRAINTS: &str = "SET session_replication_role = replica;";

impl SealedTrail {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new();
        let service = Service::start(BINARY, &database, folder.path());
        let (name, id) = {
            let team = Team::create(&database, &service);
            for name in ["Assembly", "Milling", "Turning", "Painting"] {
                team.create_department(name);
            }
            (team.name.clone(), team.id.clone())
        };
        let mut trail = Self { folder, database, name, team: id, end: 0 };
        trail.wait_until_sealed();
        assert_eq!(service.terminate().code(), Some(0), "its last work is to sign heads");
        trail.end = trail.number("SELECT max(sequence) FROM audit_seals");
        assert!(trail.end >= 5);
        trail.database.execute(
            "CREATE TABLE kept_entries AS SELECT * FROM audit_entries; CREATE TABLE kept_seals AS SELECT * FROM audit_seals;
             CREATE TABLE kept_chains AS SELECT * FROM audit_chains",
        );
        trail
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

    /// The original entry at a sequence of the chain.
    fn entry(&self, sequence: i64) -> String {
        self.database.scalar(&format!("SELECT entry_id FROM kept_seals WHERE sequence = {sequence}"))
    }

    fn tamper(&self, sql: &str) {
        self.database.execute(&format!("{WITHOUT_CONSTRAINTS} {sql}"));
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
        let mut command =
            with_database(throughline(&[&["audit", "verify"], arguments].concat()), &self.database);
        command.env("DATA_DIR", self.folder.path()).env("SIGNING_KEY", testkit::SIGNING_KEY);
        command
    }

    fn verify(&self) -> CommandOutput {
        run(self.command(&[]))
    }

    /// The summary line of a team.
    fn summary(&self, waiting: u32, faults: u32) -> String {
        format!("team {} {}: {} entries sealed, {waiting} not sealed yet, ", self.team, self.name, self.end)
            + &format!("{} heads checked, {faults} faults", self.lines())
    }

    fn lines(&self) -> usize {
        fs::read_to_string(self.heads()).unwrap().lines().count()
    }

    #[track_caller]
    fn is_clean(&self) {
        let output = self.verify();
        assert_eq!((output.code, output.err.as_str()), (Some(0), ""), "{output:?}");
        assert_eq!(output.out, format!("{}\n0 faults found\n", self.summary(0, 0)));
    }

    /// Checks for exactly these faults and exit code 1.
    #[track_caller]
    fn finds(&self, faults: &[String]) {
        let output = self.verify();
        assert_eq!((output.code, output.err.as_str()), (Some(1), ""), "{output:?}");
        let reported: Vec<_> = output.out.lines().filter_map(|line| line.strip_prefix("FAULT ")).collect();
        let expected: Vec<_> = faults.iter().map(|fault| format!("team {}: {fault}", self.team)).collect();
        assert_eq!(reported, expected, "{output:?}");
        assert!(output.out.ends_with(&format!("{} faults found\n", faults.len())), "{output:?}");
    }
}

#[test]
fn every_change_to_the_trail_outside_the_service_is_detected() {
    let trail = SealedTrail::new();
    trail.is_clean();
    let (entry, end) = (trail.entry(2), trail.end);
    for field in [
        "at = at + interval '1 microsecond'",
        "actor = 'user:somebody'",
        "request_id = ''",
        "action = 'department.closed'",
        "subject_kind = 'team'",
        "subject_id = gen_random_uuid()",
        "before = '{}'",
        "after = (after::jsonb || '{\"name\": \"Other\"}')::json",
        "after = NULL",
        "at = 'infinity'",
    ] {
        trail.tamper(&format!("UPDATE audit_entries SET {field} WHERE id = '{entry}'"));
        trail.finds(&[format!("sequence 2: entry {entry} was altered after it was sealed")]);
        trail.restore();
    }
    trail.is_clean();

    trail.tamper(&format!("DELETE FROM audit_entries WHERE id = '{entry}'"));
    trail.finds(&[format!("sequence 2: entry {entry} was deleted after it was sealed")]);
    trail.tamper("DELETE FROM audit_seals WHERE sequence = 2");
    trail.finds(&["sequence 2: the seal is gone".into()]);
    trail.restore();

    trail.tamper(&format!(
        "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_seals WHERE sequence > {end} - 2);
         DELETE FROM audit_seals WHERE sequence > {end} - 2"
    ));
    let cut = format!(
        "the chain ends at sequence {}, but a head of sequence {end} was signed: its tail was cut",
        end - 2
    );
    trail.finds(&[cut]);
    trail.restore();

    trail.tamper("UPDATE audit_seals SET hash = sha256('') WHERE sequence = 3");
    let broken = "sequences 3 to 4: the links are broken: entries or seals were altered or moved";
    trail.finds(&[broken.into()]);
    trail.restore();

    trail.tamper(&format!(
        "INSERT INTO audit_entries (team_id, id, xid, at, actor, request_id, action, subject_kind, subject_id)
         SELECT team_id, '{0}', '3', at, actor, request_id, action, subject_kind, subject_id
         FROM audit_entries WHERE id = '{entry}'",
        "00000000-0000-7000-8000-000000000001"
    ));
    let behind = "1 entries were put in behind the sealer's back: 00000000-0000-7000-8000-000000000001";
    trail.finds(&[behind.into()]);
    trail.restore();

    trail.tamper("DELETE FROM audit_seals; DELETE FROM audit_chains; DELETE FROM audit_entries");
    let gone =
        format!("the chain ends at sequence 0, but a head of sequence {end} was signed: its tail was cut");
    trail.finds(&[gone]);
    trail.restore();
    trail.is_clean();
}

#[test]
fn a_recomputed_chain_is_detected_even_if_its_new_heads_are_signed() {
    let trail = SealedTrail::new();
    let before = trail.lines();
    let entry = trail.entry(3);
    trail.tamper(&format!(
        "UPDATE audit_entries SET actor = 'user:somebody' WHERE id = '{entry}';
         DELETE FROM audit_seals; DELETE FROM audit_chains"
    ));
    let service = Service::start(BINARY, &trail.database, trail.folder.path());
    trail.wait_until_sealed();
    assert_eq!(service.terminate().code(), Some(0));
    assert!(trail.lines() > before, "the service signs what it finds");
    let output = trail.verify();
    assert_eq!(output.code, Some(1), "{output:?}");
    let faults: Vec<_> = output.out.lines().filter(|line| line.starts_with("FAULT")).collect();
    let [fault] = &faults[..] else { panic!("{output:?}") };
    assert!(fault.contains("the chain was rewritten"), "{fault}");
}

#[test]
fn heads_are_readable_only_by_the_service_and_an_altered_line_is_detected() {
    let trail = SealedTrail::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = trail.heads();
    assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o700, 0o600));
    let text = fs::read_to_string(&path).unwrap();
    let last = text.lines().last().unwrap();
    let head: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!((head["team"].as_str(), head["sequence"].as_i64()), (Some(&*trail.team), Some(trail.end)));

    let line = trail.lines();
    let name = path.file_name().unwrap().to_str().unwrap();
    let altered = last.replace(&format!("\"sequence\":{}", trail.end), "\"sequence\":1");
    fs::write(&path, text.replace(last, &altered)).unwrap();
    trail.finds(&[format!("{name} line {line}: the head's signature is not good: the line was altered")]);

    fs::write(&path, text.replace(last, &last[..50])).unwrap();
    let output = trail.verify();
    let warning = format!("WARNING {name} line {line}: no head can be read in this line: not used\n");
    assert_eq!((output.code, output.out.contains(&warning)), (Some(0), true), "{output:?}");

    fs::write(&path, &text).unwrap();
    let mut other_key = trail.command(&[]);
    other_key.env("SIGNING_KEY", "01".repeat(32));
    let output = run(other_key);
    assert_eq!(output.code, Some(0), "{output:?}");
    for part in
        [": signed by the key ", ", 0 heads checked, 0 faults", "WARNING no signed head was found in "]
    {
        assert!(output.out.contains(part), "{part}: {output:?}");
    }
    trail.is_clean();
}

#[test]
fn entries_not_sealed_yet_are_counted_and_are_no_fault() {
    let trail = SealedTrail::new();
    trail.database.execute(&format!(
        "INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id)
         SELECT '{}', gen_random_uuid(), now(), 'system:tests', 'r', 'a', 's', gen_random_uuid() FROM generate_series(1, 3)",
        trail.team
    ));
    let output = trail.verify();
    let expected = format!("{}\n0 faults found\n", trail.summary(3, 0));
    assert_eq!((output.code, output.out), (Some(0), expected));
    let service = Service::start(BINARY, &trail.database, trail.folder.path());
    trail.wait_until_sealed();
    drop(service);
    let output = trail.verify();
    assert_eq!(output.code, Some(0), "a service that was killed has left a trail that holds: {output:?}");
    assert!(
        output.out.contains(&format!("{} entries sealed, 0 not sealed yet", trail.end + 3)),
        "{output:?}"
    );
}

#[test]
fn one_team_can_be_verified_alone_and_a_failed_verification_exits_with_2() {
    let trail = SealedTrail::new();
    trail.tamper(&format!("UPDATE audit_entries SET actor = 'x' WHERE id = '{}'", trail.entry(2)));
    assert_eq!(run(trail.command(&["--team", &trail.name])).code, Some(1));
    let unknown = run(trail.command(&["--team", "No Such Works"]));
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""), "{unknown:?}");
    let mut unreachable = trail.command(&[]);
    unreachable.env("DATABASE_URL", "postgres://127.0.0.1:1/none");
    assert_eq!(run(unreachable).code, Some(2));
    fs::remove_dir_all(trail.folder.path().join("audit")).unwrap();
    fs::write(trail.folder.path().join("audit"), "").unwrap();
    let unreadable = trail.verify();
    assert_eq!(unreadable.code, Some(2), "{unreadable:?}");
    assert!(
        unreadable.err.contains("the heads in ") && unreadable.err.contains("can't be read"),
        "{unreadable:?}"
    );
}
