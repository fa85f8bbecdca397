//! Failures of file storage: object store unavailable, service killed, wrong configuration.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use reqwest::Method;
use serde_json::json;
use testkit::{Database, S3, Service, eventually, serving};

use crate::mes::files::pdf;
use crate::support::{
    BINARY, DATA_DIR, Reply, Requests, Team, UPLOAD, document_form, form, run, throughline,
};

fn serving_from(database: &Database, url: &str) -> Command {
    let mut command = serving(BINARY, database, Path::new(DATA_DIR));
    command.env("RATE_LIMITS", "off").env("OBJECT_STORE_URL", url);
    command.env("AWS_ACCESS_KEY_ID", S3::KEY).env("AWS_SECRET_ACCESS_KEY", S3::SECRET);
    command
}

fn start(database: &Database, url: &str) -> Service {
    Service::spawn(serving_from(database, url))
}

/// The number of files of a team, and the state of the hidden one.
fn pending_files(database: &Database) -> String {
    database.scalar("SELECT string_agg(state, ' ') FROM attachments WHERE state <> 'stored'")
}

#[test]
fn a_file_whose_upload_was_killed_is_never_shown_and_its_object_is_removed() {
    let database = Database::new();
    // accepts connections and never responds
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("s3://files?endpoint=http://{}", silent.local_addr().unwrap());
    let service = start(&database, &url);
    let team = Team::create(&database, &service);
    std::thread::scope(|scope| {
        let request = team.request(Method::POST, UPLOAD).header("Idempotency-Key", "killed");
        let uploading = scope.spawn(move || request.multipart(document_form("lost")).send().is_err());
        eventually("the file to be announced", || (pending_files(&database) == "announced").then_some(()));
        assert_eq!(team.get("/api/v1/files").ok()["pagination"]["total"], json!(0));
        service.kill();
        assert!(uploading.join().unwrap(), "the caller got no confirmation");
    });

    let folder = tempfile::tempdir().unwrap();
    let id = database.scalar("SELECT id FROM attachments");
    let object = folder.path().join(&team.id).join(&id);
    let half = object.with_file_name(format!("{id}#1"));
    fs::create_dir(folder.path().join(&team.id)).unwrap();
    for path in [&object, &half] {
        fs::write(path, "lost").unwrap();
    }
    // more than an hour passes
    database.execute("UPDATE attachments SET uploaded_at = now() - interval '61 minutes'");
    let service = start(&database, &format!("file://{}", folder.path().display()));
    let team = team.at(&service);
    eventually("what is left of the file to go", || (pending_files(&database).is_empty()).then_some(()));
    assert!(!object.exists() && !half.exists());
    let request = team.request(Method::POST, UPLOAD).header("Idempotency-Key", "killed");
    let created = Reply::to(request.multipart(document_form("lost"))).created();
    let one = format!("/api/v1/files/{}", created["id"].as_str().unwrap());
    assert_eq!(team.get(&one).ok(), created, "whoever asks again gets it done");
}

#[test]
fn the_object_of_a_deleted_file_is_removed_and_that_of_another_stays() {
    let (s3, database) = (S3::start(), Database::new());
    let service = start(&database, &s3.url(""));
    let team = Team::create(&database, &service);
    let [deleted, other] = [(); 2].map(|()| {
        let created = team.upload(form("a.pdf", pdf(6 << 20), &[("attachmentType", "photo")])).created();
        created["id"].as_str().unwrap().to_owned()
    });
    let object = |id: &str| s3.folder().join(&team.id).join(id);
    Reply::to(team.request(Method::DELETE, &format!("/api/v1/files/{deleted}"))).ok();
    assert_eq!(service.terminate().code(), Some(0));
    let _service = start(&database, &s3.url(""));
    eventually("the row to go", || pending_files(&database).is_empty().then_some(()));
    assert!(!object(&deleted).exists() && object(&other).exists());
}

#[test]
fn while_the_object_store_is_unavailable_uploads_get_503_and_leave_nothing() {
    let (s3, database) = (S3::start(), Database::new());
    let service = start(&database, &s3.url(""));
    let team = Team::create(&database, &service);
    let created = team.upload(document_form("x")).created();
    drop(s3);
    let download = team.get(created["downloadUrl"].as_str().unwrap());
    for reply in [download, team.upload(document_form("y"))] {
        let message = "The service can't do this right now; try again shortly";
        reply.mes_refused(503, "SERVICE_UNAVAILABLE", message, json!({}));
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    assert_eq!(team.get("/api/v1/files").ok()["pagination"]["total"], json!(1), "what is known is shown");
    Reply::to(team.request(Method::DELETE, &format!("/api/v1/files/{}", created["id"].as_str().unwrap())))
        .ok();
}

#[test]
fn a_bad_object_store_stops_the_start_with_one_line_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let in_a_file = format!("file://{}/objects", file.display());
    for (url, message) in [
        ("ftp://x", "OBJECT_STORE_URL can't be used: ftp is no store that is known; write it like"),
        ("s3://files?regoin=x", "OBJECT_STORE_URL can't be used: the parameter `regoin` means nothing"),
        (&in_a_file, "OBJECT_STORE_URL can't be used: the folder "),
    ] {
        let mut command = throughline(&["serve"]);
        command.env("OBJECT_STORE_URL", url).env("DATA_DIR", folder.path()).env("DATABASE_URL", "unused");
        let output = run(command);
        assert_eq!((output.code, output.err.lines().count()), (Some(2), 1), "{output:?}");
        assert!(output.err.starts_with(&format!("throughline: {message}")), "{}", output.err);
    }
    let mut command = throughline(&["serve"]);
    command.env("AWS_SECRET_ACCESS_KEY", "topsecret").env("DATA_DIR", folder.path());
    let output = run(command);
    let expected =
        "throughline: AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID; set both, or neither\n";
    assert_eq!((output.code, output.err.as_str()), (Some(2), expected));
}
