//! Files of tickets (`docs/spec/oms.md`, "Ticket routes").

use reqwest::Method;
use reqwest::blocking::multipart::Form;
use serde_json::{Value, json};

use crate::mes::files::pdf;
use crate::support::buying::{Buying, TICKETS, list, text};
use crate::support::{Person, Reply, Requests, document_form, form, is_uuid, path_of};

const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";
const FORBIDDEN: &str = "Your role does not allow this";

fn attachments_path(ticket: &Value) -> String {
    format!("{}/attachments", path_of(TICKETS, ticket))
}

fn download_path(ticket: &Value, attachment: &Value) -> String {
    format!("{}/download", path_of(&attachments_path(ticket), attachment))
}

fn attach(person: &Person, ticket: &Value, form: Form) -> Reply {
    Reply::to(person.request(Method::POST, &attachments_path(ticket)).multipart(form))
}

#[test]
fn a_file_is_attached_shown_and_downloaded() {
    let buying = Buying::new();
    let (_, _, ticket) = buying.ticket_of_shortage(5);
    assert_eq!(ticket["attachments"], json!([]));
    let bytes = pdf(2_048);
    let body = attach(&buying.ops, &ticket, form("Delivery note.pdf", bytes.clone(), &[])).created();
    let made = &body["data"];
    assert!(is_uuid(&made["id"]), "{made}");
    let download = download_path(&ticket, made);
    let expected = json!({
        "id": made["id"], "fileName": "Delivery note.pdf", "fileSize": 2_048, "mimeType": "application/pdf",
        "uploadedAt": made["uploadedAt"], "uploadedBy": buying.ops.id,
        "downloadUrl": download,
    });
    assert_eq!(body, json!({"success": true, "message": "File attached successfully", "data": expected}));
    let note = attach(&buying.admin, &ticket, document_form("Called the vendor")).created()["data"].take();
    let shown = buying.show(TICKETS, &ticket);
    assert_eq!(shown["attachments"], json!([expected, note]));
    let listed = buying.ops.get(TICKETS).ok()["data"]["tickets"][0].take();
    assert!(listed.get("attachments").is_none(), "{listed}");
    for (person, path, content) in [
        (&buying.admin, download, bytes),
        (&buying.ops, download_path(&ticket, &note), b"Called the vendor".to_vec()),
    ] {
        let answer = person.request(Method::GET, &path).send().unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(answer.status(), 200);
        assert!(header("content-disposition").unwrap().starts_with("attachment; "));
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(answer.bytes().unwrap().to_vec(), content);
    }
}

#[test]
fn refused_files_leave_nothing_behind() {
    let buying = Buying::new();
    let (_, _, ticket) = buying.ticket_of_shortage(5);
    let (_, _, other) = buying.ticket_of_shortage(5);
    let attached = attach(&buying.ops, &ticket, document_form("x")).created()["data"].take();
    let foreign = Buying::new();
    let before = buying.team.state();
    // wording
    attach(&buying.ops, &ticket, Form::new().text("note", "x")).oms_faults(422, &[("file", "")]);
    attach(&buying.ops, &ticket, form("run.exe", b"MZ".to_vec(), &[])).oms_faults(422, &[("file", "")]);
    attach(&buying.ops, &ticket, form("empty.txt", Vec::new(), &[])).oms_faults(422, &[("file", "")]);
    let json_body = buying.ops.post(&attachments_path(&ticket), &json!({"file": "x"}));
    assert_eq!(json_body.status, 415, "{json_body:?}");
    let absent = json!({"id": ABSENT});
    attach(&buying.ops, &absent, document_form("x")).oms_refused(404, "Ticket not found");
    attach(&foreign.ops, &ticket, document_form("x")).oms_refused(404, "Ticket not found");
    for person in [&buying.accounts, &buying.vendors[0].person] {
        attach(person, &ticket, document_form("x")).oms_refused(403, FORBIDDEN);
        person.get(&download_path(&ticket, &attached)).oms_refused(403, FORBIDDEN);
    }
    for (person, path) in [
        (&buying.ops, download_path(&ticket, &absent)),
        (&buying.ops, download_path(&absent, &attached)),
        (&buying.ops, download_path(&other, &attached)),
        (&foreign.ops, download_path(&ticket, &attached)),
    ] {
        // wording: which of the two is not there
        let refused = person.get(&path);
        assert_eq!(refused.status, 404, "{path}: {refused:?}");
    }
    assert_eq!(buying.team.state(), before);
}

#[test]
fn a_repeated_request_attaches_one_file_and_leaves_its_traces() {
    let buying = Buying::new();
    let (_, _, ticket) = buying.ticket_of_shortage(5);
    let send = || {
        let request = buying.ops.request(Method::POST, &attachments_path(&ticket));
        Reply::to(request.header("Idempotency-Key", "k1").multipart(document_form("x")))
    };
    let (first, traces) = buying.traced(send);
    assert!(!traces.audit.is_empty(), "{traces:?}");
    let again = send();
    assert_eq!((again.header("idempotent-replayed"), &again.text), (Some("true"), &first.text));
    assert_eq!(list(&buying.show(TICKETS, &ticket)["attachments"]).len(), 1);
    assert_eq!(text(&first.created()["data"]["fileName"]), "Notes.txt");
}

#[test]
fn a_ticket_has_at_most_50_files() {
    let buying = Buying::new();
    let (_, _, ticket) = buying.ticket_of_shortage(5);
    for number in 0..50 {
        attach(&buying.ops, &ticket, document_form(&format!("Note {number}"))).created();
    }
    let before = buying.team.state();
    // wording
    attach(&buying.ops, &ticket, document_form("One more"))
        .has_code("TOO_MANY_FILES")
        .oms_refused_with(409, &["50"]);
    assert_eq!(buying.team.state(), before);
    assert_eq!(list(&buying.show(TICKETS, &ticket)["attachments"]).len(), 50);
}
