//! Files: upload, display, download and deletion, stored in a folder and in S3.

use std::path::Path;
use std::sync::LazyLock;

use reqwest::Method;
use reqwest::blocking::multipart::Part;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use testkit::{Database, S3, Service, race, serving};

use crate::support::{BINARY, Caller, DATA_DIR, Reply, Requests, Team, UPLOAD, document_form, form, team};

const ALL: &str = "/api/v1/files";

/// A server that stores files in S3.
struct S3Server {
    s3: S3,
    database: Database,
    service: &'static Service,
}

fn s3_server() -> &'static S3Server {
    static SERVER: LazyLock<S3Server> = LazyLock::new(|| {
        let (s3, database) = (S3::start(), Database::new());
        let mut command = serving(BINARY, &database, Path::new(DATA_DIR));
        command.env("RATE_LIMITS", "off").env("OBJECT_STORE_URL", s3.url("plant"));
        command.env("AWS_ACCESS_KEY_ID", S3::KEY).env("AWS_SECRET_ACCESS_KEY", S3::SECRET);
        let service = Service::spawn(command).for_the_process();
        S3Server { s3, database, service }
    });
    &SERVER
}

/// A team with files in a folder and one with files in S3, with the folders of their objects.
fn teams() -> [(Team<'static>, std::path::PathBuf); 2] {
    let server = s3_server();
    let other = Team::create(&server.database, server.service);
    [(team(), Path::new(DATA_DIR).join("objects")), (other, server.s3.folder().join("plant"))]
}

/// Creates a work order operation; returns its id and that of its routing operation.
pub(crate) fn operations(team: &Team<'_>) -> (String, String) {
    let name = format!("Routing {}", team.count("routings"));
    let routing = team.create_routing(&name, &[json!({})]);
    let shown = team.get(&format!("/api/v1/routings/{routing}")).ok();
    let (_, work) = team.create_order(&name, &routing);
    (work, shown["operations"][0]["id"].as_str().unwrap().to_owned())
}

/// A PDF of so many bytes without repeated parts.
pub(crate) fn pdf(size: usize) -> Vec<u8> {
    let lines = (0_u32..).flat_map(|line| format!("{line:015x}\n").into_bytes());
    b"%PDF-1.7\n".iter().copied().chain(lines).take(size).collect()
}

/// A downloaded file.
struct Download {
    status: u16,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Download {
    fn of(caller: &Caller, id: &str) -> Self {
        let answer = caller.request(Method::GET, &format!("{ALL}/download/{id}")).send().unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Self { status, headers, bytes: answer.bytes().unwrap().to_vec() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

fn uploaded(caller: &Caller, name: &str, bytes: impl Into<Vec<u8>>, fields: &[(&str, &str)]) -> Value {
    caller.upload(form(name, bytes, fields)).created()
}

fn id(file: &Value) -> &str {
    file["id"].as_str().unwrap()
}

#[test]
fn a_file_is_uploaded_shown_downloaded_and_deleted_in_a_folder_and_in_s3() {
    // in one chunk, and in several
    for size in [2_048, 6_291_456] {
        for (team, objects) in teams() {
            let (work, routing) = operations(&team);
            let fields = [
                ("attachmentType", "instruction"),
                ("workOrderOperationId", work.as_str()),
                ("routingOperationId", &routing),
                ("description", " How it is put together "),
            ];
            let created = uploaded(&team, "Assembly Instructions v2.pdf", pdf(size), &fields);
            let file = id(&created).to_owned();
            let expected = json!({
                "id": file, "filename": "assembly_instructions_v2.pdf",
                "originalFilename": "Assembly Instructions v2.pdf", "mimeType": "application/pdf", "size": size,
                "sha256": created["sha256"], "attachmentType": "instruction", "workOrderOperationId": work,
                "routingOperationId": routing, "description": "How it is put together",
                "uploadedAt": created["uploadedAt"], "downloadUrl": format!("/api/v1/files/download/{file}"),
            });
            assert_eq!(created, expected);
            let one = format!("{ALL}/{file}");
            assert_eq!(team.get(&one).ok(), created);
            let pagination = json!({"total": 1, "limit": 50, "offset": 0, "hasMore": false});
            assert_eq!(team.get(ALL).ok(), json!({"files": [created], "pagination": pagination}));
            assert!(objects.join(&team.id).join(&file).is_file(), "it lies under team and id");

            let found = Download::of(&team, &file);
            assert_eq!((found.status, found.bytes == pdf(size)), (200, true));
            let disposition = "attachment; filename=\"Assembly Instructions v2.pdf\"; \
                               filename*=UTF-8''Assembly%20Instructions%20v2.pdf";
            let tag = format!("\"{}\"", created["sha256"].as_str().unwrap());
            for (name, value) in [
                ("content-disposition", disposition),
                ("content-type", "application/pdf"),
                ("content-length", &size.to_string()),
                ("x-content-type-options", "nosniff"),
                ("cache-control", "private, no-cache"),
                ("etag", &tag),
            ] {
                assert_eq!(found.header(name), Some(value), "{name}");
            }

            let left = "the team, a department, a routing, an order, the file";
            assert_eq!(team.count("audit_entries"), 5, "{left}");
            let deleted = Reply::to(team.request(Method::DELETE, &one)).ok();
            assert_eq!(deleted, created);
            assert_eq!(Download::of(&team, &file).status, 404);
            for method in [Method::GET, Method::DELETE] {
                let gone = Reply::to(team.request(method, &one));
                gone.mes_refused(404, "NOT_FOUND", "There is no such file", json!({}));
            }
            assert_eq!(team.get(ALL).ok()["pagination"]["total"], json!(0));
            assert_eq!(team.count("audit_entries"), 6);
        }
    }
}

#[test]
fn the_sha_256_is_that_of_the_bytes_and_serves_as_etag() {
    let team = team();
    let created = uploaded(&team, "a.txt", "abc", &[("attachmentType", "document")]);
    // FIPS 180-2, appendix B.1
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(created["sha256"], json!(abc));
    let path = format!("{ALL}/download/{}", id(&created));
    let conditional_get = |tag: &str| {
        let answer = team.request(Method::GET, &path).header("If-None-Match", tag).send().unwrap();
        let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
        (answer.status().as_u16(), tag, answer.text().unwrap())
    };
    let tag = format!("\"{abc}\"");
    for held in [&tag, &format!("\"x\", W/{tag}"), "*"] {
        assert_eq!(conditional_get(held), (304, tag.clone(), String::new()), "{held}");
    }
    for other in ["\"x\"", "nonsense", ""] {
        assert_eq!(conditional_get(other), (200, tag.clone(), "abc".into()), "{other}");
    }
}

#[test]
fn the_list_is_paged_newest_first_and_filtered_with_totals() {
    let team = team();
    let (work, routing) = operations(&team);
    let mut names = Vec::new();
    for (attachment_type, of_work, of_routing) in [
        ("photo", true, false),
        ("photo", false, false),
        ("drawing", true, true),
        ("document", false, true),
        ("instruction", false, false),
    ] {
        let name = format!("{}.txt", names.len());
        let mut fields = vec![("attachmentType", attachment_type)];
        fields.extend(of_work.then_some(("workOrderOperationId", work.as_str())));
        fields.extend(of_routing.then_some(("routingOperationId", routing.as_str())));
        uploaded(&team, &name, "x", &fields);
        names.push(name);
    }
    let (of_work, of_routing) =
        (format!("workOrderOperationId={work}"), format!("routingOperationId={routing}"));
    for (query, expected, total, more) in [
        ("", vec![4, 3, 2, 1, 0], 5, false),
        ("?limit=2", vec![4, 3], 5, true),
        ("?limit=2&offset=4", vec![0], 5, false),
        ("?attachmentType=photo", vec![1, 0], 2, false),
        (&format!("?{of_work}"), vec![2, 0], 2, false),
        (&format!("?{of_routing}&limit=1"), vec![3], 2, true),
        (&format!("?{of_work}&{of_routing}&attachmentType=drawing"), vec![2], 1, false),
        (&format!("?workOrderOperationId={routing}"), vec![], 0, false),
    ] {
        let page = team.get(&format!("{ALL}{query}")).ok();
        let listed = page["files"].as_array().unwrap().iter().map(|file| file["filename"].as_str().unwrap());
        let expected: Vec<_> = expected.into_iter().map(|number: usize| names[number].as_str()).collect();
        assert_eq!(listed.collect::<Vec<_>>(), expected, "{query}");
        let totals = (&page["pagination"]["total"], &page["pagination"]["hasMore"]);
        assert_eq!(totals, (&json!(total), &json!(more)), "{query}");
    }
    for (query, field, value, code, message) in [
        ("?limit=501", "limit", "501", "OUT_OF_RANGE", "must be between 1 and 500"),
        ("?workOrderOperationId=7", "workOrderOperationId", "7", "INVALID_VALUE", "must be a UUID"),
        ("?routingOperationId=7", "routingOperationId", "7", "INVALID_VALUE", "must be a UUID"),
        (
            "?attachmentType=video",
            "attachmentType",
            "video",
            "INVALID_VALUE",
            "`video` is unknown; it is one of instruction, drawing, photo, document",
        ),
    ] {
        let reply = team.get(&format!("{ALL}{query}"));
        reply.mes_refused_for(422, (field, json!(value)), "VALIDATION_ERROR", code, message);
    }
}

#[test]
fn any_file_name_is_stored_as_data_and_returned_safely() {
    let team = team();
    for (sent, stored, plain, disposition) in [
        (
            "../../etc/passwd.txt",
            "passwd.txt",
            "passwd.txt",
            "filename=\"passwd.txt\"; filename*=UTF-8''passwd.txt",
        ),
        (
            "C:\\\\Temp\\\\plan.TXT",
            "plan.TXT",
            "plan.txt",
            "filename=\"plan.TXT\"; filename*=UTF-8''plan.TXT",
        ),
        (
            "Żółw %0D%0ASet-Cookie: a=b.txt",
            "Żółw %0D%0ASet-Cookie: a=b.txt",
            "żółw_0d_0aset_cookie_a_b.txt",
            "filename=\"___w _0D_0ASet-Cookie: a=b.txt\"; \
             filename*=UTF-8''%C5%BB%C3%B3%C5%82w%20%250D%250ASet-Cookie%3A%20a%3Db.txt",
        ),
        (
            "a\\\"b; filename=c.exe.txt",
            "a\"b; filename=c.exe.txt",
            "a_b_filename_c_exe.txt",
            "filename=\"a_b; filename=c.exe.txt\"; filename*=UTF-8''a%22b%3B%20filename%3Dc.exe.txt",
        ),
        (
            "gpj.\u{202e}fdp.txt",
            "gpj.fdp.txt",
            "gpj_fdp.txt",
            "filename=\"gpj.fdp.txt\"; filename*=UTF-8''gpj.fdp.txt",
        ),
    ] {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"attachmentType\"\r\n\r\ndocument\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{sent}\"\r\n\
             Content-Type: text/html\r\n\r\n<script>\r\n--b--\r\n"
        );
        let request = team.request(Method::POST, UPLOAD);
        let request = request.header("Content-Type", "multipart/form-data; boundary=b").body(body);
        let created = Reply::to(request).created();
        let shown = (&created["originalFilename"], &created["filename"], &created["mimeType"]);
        assert_eq!(shown, (&json!(stored), &json!(plain), &json!("text/plain")), "{sent}");
        let found = Download::of(&team, id(&created));
        let expected = format!("attachment; {disposition}");
        assert_eq!(found.header("content-disposition"), Some(expected.as_str()), "{sent}");
        assert_eq!((found.header("content-type"), found.header("set-cookie")), (Some("text/plain"), None));
        assert_eq!(found.bytes, b"<script>");
    }
    let long = format!("{}.txt", "ä".repeat(300));
    let created = uploaded(&team, &long, "x", &[("attachmentType", "document")]);
    assert_eq!(created["originalFilename"], json!(format!("{}.txt", "ä".repeat(251))));
    assert_eq!(Download::of(&team, id(&created)).status, 200);
}

/// Uploads a file whose part has this header, byte for byte.
fn upload_with(team: &Team<'_>, disposition: &[u8], content: &[u8]) -> Reply {
    let body = [
        b"--b\r\nContent-Disposition: form-data; name=\"attachmentType\"\r\n\r\ndocument\r\n--b\r\nContent-Disposition: ",
        disposition,
        b"\r\n\r\n",
        content,
        b"\r\n--b--\r\n",
    ];
    let request = team.request(Method::POST, UPLOAD);
    Reply::to(request.header("Content-Type", "multipart/form-data; boundary=b").body(body.concat()))
}

#[test]
fn names_are_read_as_old_clients_and_browsers_send_them() {
    let team = team();
    for (sent, name) in [
        (&b"form-data; name=\"file\"; filename=\"C:\\fakepath\\plan.txt\""[..], "plan.txt"),
        (
            b"form-data; name=\"file\"; filename=\"_.txt\"; filename*=UTF-8''%C5%81%C3%B3d%C5%BA.txt",
            "Łódź.txt",
        ),
        (b"form-data; name=\"file\"; filename*=iso-8859-1''M%FCller.txt", "Müller.txt"),
        (b"form-data; name=file; filename=plain.txt", "plain.txt"),
        (b"form-data; name=\"file\"; filename=\"6%22 pipe.txt\"", "6\" pipe.txt"),
    ] {
        let created = upload_with(&team, sent, b"text").created();
        assert_eq!(created["originalFilename"], json!(name), "{}", String::from_utf8_lossy(sent));
    }
    let latin = upload_with(&team, b"form-data; name=\"file\"; filename=\"M\xfcller.txt\"", b"text");
    let why = "has a name that is not in UTF-8; send the name in UTF-8, or as filename* with its encoding";
    latin.mes_refused_for(422, ("file", json!("")), "VALIDATION_ERROR", "INVALID_VALUE", why);
    let unnamed = upload_with(&team, b"form-data; filename=\"a.txt\"", b"text");
    assert_eq!((unnamed.status, &unnamed.json()["error"]["code"]), (400, &json!("INVALID_MULTIPART")));
    let csv = "order_number;stock_code;description;quantity_to_make\nA1;S;Frame;1\n";
    let import = |name: &[u8]| {
        let start = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"";
        let body = [&start[..], name, b"\"\r\n\r\n", csv.as_bytes(), b"\r\n--b--\r\n"];
        team.import_as("", "multipart/form-data; boundary=b", body.concat())
    };
    let refused = import(b"Auftr\xe4ge.csv");
    assert_eq!((refused.status, &refused.json()["errors"]["file"]), (422, &json!([why])));
    let import = import("C:\\fakepath\\Aufträge.csv".as_bytes()).import_id();
    let listed = team.get("/api/orders/imports").ok();
    assert_eq!(
        (&listed["imports"][0]["import_id"], &listed["imports"][0]["file_name"]),
        (&json!(import), &json!("Aufträge.csv"))
    );
}

#[test]
fn files_are_taken_as_mail_print_and_office_programs_write_them() {
    let team = team();
    let pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n";
    let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
    let entry = |name: &str, at: &mut usize| {
        let header = [
            b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0",
            &[0; 12][..],
            &[name.len() as u8, 0, 0, 0],
            name.as_bytes(),
        ];
        let place = [
            b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0",
            &[0; 12][..],
            &[name.len() as u8],
            &[0; 13],
            &(*at as u32).to_le_bytes(),
            name.as_bytes(),
        ];
        let (header, place) = (header.concat(), place.concat());
        *at += header.len();
        (header, place)
    };
    let mut at = 0;
    let entries = ["[Content_Types].xml", "word\\document.xml"].map(|name| entry(name, &mut at));
    let places: Vec<u8> = entries.iter().flat_map(|(_, place)| place.clone()).collect();
    let end = [
        b"PK\x05\x06\0\0\0\0\x02\0\x02\0",
        &(places.len() as u32).to_le_bytes()[..],
        &(at as u32).to_le_bytes(),
        &[0, 0],
    ];
    let headers: Vec<u8> = entries.iter().flat_map(|(header, _)| header.clone()).collect();
    let docx = [headers, places, end.concat()].concat();
    for (name, content, kind) in [
        ("bom.pdf", [&b"\xef\xbb\xbf"[..], pdf].concat(), "application/pdf"),
        ("blank.pdf", [&b"\r\n \n"[..], pdf].concat(), "application/pdf"),
        ("mail.pdf", [&b"Content-Type: application/pdf\r\n\r\n"[..], pdf].concat(), "application/pdf"),
        ("photo.jfif", jpeg.to_vec(), "image/jpeg"),
        ("photo.JPE", jpeg.to_vec(), "image/jpeg"),
        ("report.docx", docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("part.stp", b"/* made by a program */\nISO-10303-21;\nHEADER;\n".to_vec(), "model/step"),
        ("part.p21", b"ISO-10303-21;\nHEADER;\n".to_vec(), "model/step"),
    ] {
        let created = uploaded(&team, name, content, &[("attachmentType", "document")]);
        assert_eq!(created["mimeType"], json!(kind), "{name}");
    }
    let markup = form("page.pdf", [&b"<html>\n"[..], pdf].concat(), &[("attachmentType", "document")]);
    let refused = team.upload(markup);
    assert_eq!((refused.status, &refused.json()["error"]["details"]["field"]), (422, &json!("file")));
}

#[test]
fn ten_mebibytes_are_accepted_and_one_more_byte_is_not() {
    for (team, _) in teams() {
        let most = 10 << 20;
        let created = uploaded(&team, "most.pdf", pdf(most), &[("attachmentType", "drawing")]);
        assert!(Download::of(&team, id(&created)).bytes == pdf(most));
        let message = "A file may have at most 10 MiB";
        let refused = team.upload(form("more.pdf", pdf(most + 1), &[("attachmentType", "drawing")]));
        refused.mes_refused(413, "PAYLOAD_TOO_LARGE", message, json!({}));
        // without a content length, the upload is stopped at the limit
        let part = Part::reader(std::io::Cursor::new(pdf(most + 1))).file_name("more.pdf");
        let anonymous = team.upload(reqwest::blocking::multipart::Form::new().part("file", part));
        anonymous.mes_refused(413, "PAYLOAD_TOO_LARGE", message, json!({}));
        assert_eq!(team.count("attachments"), 1);
    }
}

#[test]
fn a_repeated_upload_creates_one_file() {
    for (team, objects) in teams() {
        let send = |form| {
            let request = team.request(Method::POST, UPLOAD).header("Idempotency-Key", "file-1");
            Reply::to(request.multipart(form))
        };
        let first = send(document_form("x")).created();
        let again = send(document_form("x"));
        assert_eq!((again.header("idempotent-replayed"), again.created()), (Some("true"), first.clone()));
        let message = "This idempotency key was used for a request with other content";
        for other in [
            document_form("y"),
            form("Notes.txt", "x", &[("attachmentType", "photo")]),
            form("Other.txt", "x", &[("attachmentType", "document")]),
        ] {
            send(other).mes_refused(422, "IDEMPOTENCY_KEY_REUSED", message, json!({}));
        }
        // the stored response is repeated, even after the file was deleted
        Reply::to(team.request(Method::DELETE, &format!("{ALL}/{}", id(&first)))).ok();
        assert_eq!(send(document_form("x")).created(), first);

        let raced = race(6, |_| {
            let request = team.request(Method::POST, UPLOAD).header("Idempotency-Key", "file-2");
            Reply::to(request.multipart(form("r.pdf", pdf(6 << 20), &[("attachmentType", "photo")])))
        });
        let created: Vec<_> = raced
            .iter()
            .filter(|reply| reply.status == 201)
            .map(|reply| reply.json()["id"].clone())
            .collect();
        assert!(raced.iter().all(|reply| matches!(reply.status, 201 | 409)), "{raced:?}");
        assert!(!created.is_empty() && created.iter().all(|id| *id == created[0]), "{created:?}");
        assert_eq!(team.get(ALL).ok()["pagination"]["total"], json!(1));
        // and the object of the second upload was removed
        let rows =
            format!("SELECT count(*) FROM attachments WHERE team_id = '{}' AND state = 'announced'", team.id);
        assert_eq!(team.database.scalar(&rows), "0");
        let left = std::fs::read_dir(objects.join(&team.id)).unwrap().count();
        assert_eq!(left, 2, "the deleted one, which goes later, and this one");
    }
}

#[test]
fn people_may_upload_ten_files_a_minute_and_keys_as_many_as_they_may_send_requests() {
    let database = Database::new();
    let service = Service::start(BINARY, &database, Path::new(DATA_DIR));
    let team = Team::create(&database, &service);
    let person = team.user(&["OPERATOR"]);
    let send = || Reply::to(person.request(Method::POST, UPLOAD).multipart(document_form("x")));
    for left in (0..10).rev() {
        let reply = send();
        let limits = (reply.header("x-ratelimit-limit"), reply.header("x-ratelimit-remaining"));
        assert_eq!((reply.status, limits), (201, (Some("10"), Some(left.to_string().as_str()))));
    }
    let refused = send();
    refused.shaped(UPLOAD, 429, "RATE_LIMIT_EXCEEDED");
    person.get(ALL).ok();
    let by_key = team.upload(document_form("x"));
    assert_eq!((by_key.status, by_key.header("x-ratelimit-limit")), (201, Some("1000")));
}
