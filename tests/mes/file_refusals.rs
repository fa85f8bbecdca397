//! Refused uploads, and permissions for files.

use reqwest::Method;
use reqwest::blocking::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::mes::files::{operations, pdf};
use crate::support::{Reply, Requests, UPLOAD, document_form, form, team};

const ALL: &str = "/api/v1/files";
const TAKEN: &str = "PDF, PNG, JPEG, TIFF, WEBP, DOC, DOCX, XLS, XLSX, ODT, CSV, TXT, DXF, DWG, STEP";

#[test]
fn a_name_that_does_not_match_the_content_is_refused_with_the_accepted_types() {
    let team = team();
    let exe = b"MZ\x90\0\x03\0\0\0".to_vec();
    for (name, bytes, code, message) in [
        (
            "setup.exe",
            exe.clone(),
            "FILE_TYPE_NOT_TAKEN",
            format!("ends in .exe, which is not taken; send {TAKEN}"),
        ),
        (
            "plan",
            pdf(20),
            "FILE_TYPE_NOT_TAKEN",
            format!("ends in no extension, which is not taken; send {TAKEN}"),
        ),
        (
            "plan.pdf",
            exe.clone(),
            "FILE_TYPE_MISMATCH",
            format!("is named .pdf but holds something else; name and content must be of one kind: {TAKEN}"),
        ),
        (
            "plan.PNG",
            pdf(20),
            "FILE_TYPE_MISMATCH",
            format!("is named .PNG but holds PDF; name and content must be of one kind: {TAKEN}"),
        ),
        (
            "page.pdf",
            b"<html><script>".to_vec(),
            "FILE_TYPE_MISMATCH",
            format!("is named .pdf but holds plain text; name and content must be of one kind: {TAKEN}"),
        ),
        (
            "report.docx",
            b"PK\x03\x04\x14\0\0\0".to_vec(),
            "FILE_TYPE_MISMATCH",
            format!("is named .docx but holds something else; name and content must be of one kind: {TAKEN}"),
        ),
        (
            "data.csv",
            b"a;b\0".to_vec(),
            "FILE_TYPE_MISMATCH",
            format!("is named .csv but holds something else; name and content must be of one kind: {TAKEN}"),
        ),
        ("plan.pdf", Vec::new(), "FILE_EMPTY", "is empty; send a file that holds something".into()),
    ] {
        let reply = team.upload(form(name, bytes, &[("attachmentType", "drawing")]));
        reply.mes_refused_for(422, ("file", json!(name)), "VALIDATION_ERROR", code, &message);
    }
    assert_eq!(team.count("attachments"), 0);
}

#[test]
fn every_type_is_accepted_with_each_of_its_extensions() {
    let team = team();
    for (name, bytes, media_type) in [
        ("a.pdf", &b"%PDF-1.4\n"[..], "application/pdf"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.JPEG", b"\xff\xd8\xff\xdb", "image/jpeg"),
        ("a.tif", b"II*\0", "image/tiff"),
        ("a.tiff", b"MM\0*", "image/tiff"),
        ("a.webp", b"RIFF\x04\0\0\0WEBP", "image/webp"),
        ("a.csv", b"a,b\r\n", "text/csv"),
        ("a.txt", b"a", "text/plain"),
        ("a.dxf", b"0\nSECTION\n", "image/vnd.dxf"),
        ("a.dwg", b"AC1032\0\0", "image/vnd.dwg"),
        ("a.step", b"ISO-10303-21;", "model/step"),
        ("a.STP", b"ISO-10303-21;", "model/step"),
    ] {
        let created = team.upload(form(name, bytes, &[("attachmentType", "drawing")])).created();
        assert_eq!(created["mimeType"], json!(media_type), "{name}");
    }
}

#[test]
fn every_faulty_field_is_named_at_once() {
    let team = team();
    let unknown = "names no work order operation of the team; send the id of one that exists";
    let missing = "must be given; send instruction, drawing, photo or document";
    let fields =
        [("workOrderOperationId", "woo-uuid-789"), ("routingOperationId", "7"), ("attachmentType", "")];
    let reply = team.upload(form("plan.exe", "x", &fields));
    let details = json!({"field": "attachmentType", "value": null, "errors": [
        {"field": "attachmentType", "code": "MISSING_FIELD", "message": missing},
        {"field": "workOrderOperationId", "code": "UNKNOWN_WORK_ORDER_OPERATION", "message": unknown},
        {"field": "routingOperationId", "code": "UNKNOWN_ROUTING_OPERATION",
         "message": "names no operation of the team's routings; send the id of one that exists, or none"},
        {"field": "file", "code": "FILE_TYPE_NOT_TAKEN",
         "message": format!("ends in .exe, which is not taken; send {TAKEN}")},
    ]});
    reply.mes_refused(422, "VALIDATION_ERROR", missing, details);

    let reply = team.upload(form("plan.pdf", pdf(20), &[("attachmentType", "video")]));
    let message = "`video` is unknown; it is one of instruction, drawing, photo, document";
    let sent = ("attachmentType", json!("video"));
    reply.mes_refused_for(422, sent, "VALIDATION_ERROR", "UNKNOWN_VALUE", message);

    let reply = team.upload(Form::new().text("attachmentType", "photo"));
    let message = "must be there: send it as the form's part `file`";
    reply.mes_refused_for(422, ("file", Value::Null), "VALIDATION_ERROR", "MISSING_FIELD", message);

    let reply = team.upload(document_form("x").part("file", Part::bytes(&b"y"[..]).file_name("b.txt")));
    let sent = ("file", json!("Notes.txt"));
    reply.mes_refused_for(422, sent, "VALIDATION_ERROR", "INVALID_VALUE", "must be there once");

    let long = "x".repeat(2_001);
    let reply = team.upload(document_form("x").text("description", long.clone()));
    let message = "may have at most 2000 characters, this has 2001";
    reply.mes_refused_for(422, ("description", json!(long)), "VALIDATION_ERROR", "INVALID_VALUE", message);
    assert_eq!(team.count("attachments"), 0);
}

#[test]
fn an_operation_of_another_team_gets_the_same_response_as_an_unknown_one() {
    let (own, other) = (team(), team());
    let (work, routing) = operations(&other);
    let absent = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
    let errors = |work: &str, routing: &str| {
        let fields =
            [("attachmentType", "photo"), ("workOrderOperationId", work), ("routingOperationId", routing)];
        let reply = own.upload(form("a.txt", "x", &fields));
        let mut error = reply.json()["error"].take();
        assert_eq!((reply.status, &error["details"]["value"].take()), (422, &json!(work)));
        let named = error["details"]["errors"].as_array().unwrap().iter().map(|fault| fault["field"].clone());
        assert_eq!(named.collect::<Vec<_>>(), ["workOrderOperationId", "routingOperationId"]);
        error["details"].take()
    };
    assert_eq!(errors(&work, &routing), errors(absent, absent));
    assert_eq!(own.count("attachments"), 0);
}

#[test]
fn a_file_of_another_team_is_not_found() {
    let (own, other) = (team(), team());
    let file = own.upload(document_form("ours")).created()["id"].as_str().unwrap().to_owned();
    for id in [file.as_str(), "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11"] {
        for (method, path) in [
            (Method::GET, format!("{ALL}/{id}")),
            (Method::GET, format!("{ALL}/download/{id}")),
            (Method::DELETE, format!("{ALL}/{id}")),
        ] {
            let reply = Reply::to(other.request(method, &path));
            reply.mes_refused(404, "NOT_FOUND", "There is no such file", json!({}));
        }
    }
    for path in [format!("{ALL}/nonsense"), format!("{ALL}/download/nonsense")] {
        own.get(&path).mes_refused(404, "NOT_FOUND", "File not found", json!({}));
    }
    assert_eq!(other.get(ALL).ok()["pagination"]["total"], json!(0));
    assert_eq!(own.get(&format!("{ALL}/download/{file}")).text, "ours");
}

#[test]
fn a_file_of_a_ticket_is_none_of_the_shop_floor() {
    let team = team();
    let [kept, file] = ["kept", "given"]
        .map(|text| team.upload(document_form(text)).created()["id"].as_str().unwrap().to_owned());
    team.database.execute(&format!(
        "SET session_replication_role = replica; -- without the ticket's other columns
         UPDATE attachments SET ticket_id = gen_random_uuid() WHERE id = '{file}'"
    ));
    for (method, path) in [
        (Method::GET, format!("{ALL}/{file}")),
        (Method::GET, format!("{ALL}/download/{file}")),
        (Method::DELETE, format!("{ALL}/{file}")),
    ] {
        let reply = Reply::to(team.request(method, &path));
        reply.mes_refused(404, "NOT_FOUND", "There is no such file", json!({}));
    }
    for query in ["", "?attachmentType=document"] {
        let list = team.get(&format!("{ALL}{query}")).ok();
        assert_eq!(
            (&list["pagination"]["total"], &list["files"][0]["id"]),
            (&json!(1), &json!(kept)),
            "{query}"
        );
    }
    let state = format!("SELECT state FROM attachments WHERE id = '{file}'");
    assert_eq!(team.database.scalar(&state), "stored");
}

#[test]
fn a_body_that_is_no_form_is_refused() {
    let team = team();
    let send = |kind: &str, body: &'static [u8]| {
        Reply::to(team.request(Method::POST, UPLOAD).header("Content-Type", kind).body(body))
    };
    let message = "Send a form as multipart/form-data, with the file as its part `file`";
    for kind in ["application/json", "application/pdf", "multipart/mixed; boundary=b"] {
        send(kind, b"{}").mes_refused(415, "UNSUPPORTED_MEDIA_TYPE", message, json!({}));
    }
    let form = "multipart/form-data; boundary=b";
    let open = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nx";
    for (kind, body) in [("multipart/form-data", &b""[..]), (form, b""), (form, b"nonsense"), (form, open)] {
        let message = send(kind, body).shaped(
            UPLOAD,
            400,
            if body == open { "INCOMPLETE_BODY" } else { "INVALID_MULTIPART" },
        );
        assert!(!message.is_empty());
    }
    let zipped =
        team.request(Method::POST, UPLOAD).header("Content-Encoding", "gzip").multipart(document_form("x"));
    let message = "Send the body without content encoding";
    Reply::to(zipped).mes_refused(415, "UNSUPPORTED_MEDIA_TYPE", message, json!({}));
    let much = document_form("x").text("odd", "x".repeat(70 << 10));
    let message = "The form's fields may have at most 64 KiB beside its file";
    team.upload(much).mes_refused(413, "PAYLOAD_TOO_LARGE", message, json!({}));
    assert_eq!(team.count("attachments"), 0);
}

#[test]
fn a_key_needs_the_scopes_of_files() {
    let team = team();
    let file = team.upload(document_form("x")).created()["id"].as_str().unwrap().to_owned();
    let one = format!("{ALL}/{file}");
    let reader = team.key("read-only", "");
    reader.get(&format!("{ALL}/download/{file}"));
    reader.get(&one).ok();
    let message = "This needs the scope files:write";
    reader.upload(document_form("x")).mes_refused(403, "FORBIDDEN", message, json!({}));
    Reply::to(reader.request(Method::DELETE, &one)).mes_refused(403, "FORBIDDEN", message, json!({}));
    team.key("read-only", "files:write").upload(document_form("x")).created();
    assert_eq!(team.count("attachments"), 2);
}
