//! `serve --demo`.

use std::path::Path;

use serde_json::{Value, json};
use testkit::{Database, Service, eventually};

use crate::support::gepard::{PROCESS, invoice, statuses};
use crate::support::{Caller, IMPORTS, Reply, Requests, client, run, throughline, with_database};

fn start(database: &Database, data_dir: &Path) -> Service {
    let mut command = with_database(throughline(&["serve", "--demo"]), database);
    command.env("DATA_DIR", data_dir);
    Service::spawn(command)
}

/// Waits for a line with this prefix; returns the rest of it.
fn printed(service: &Service, word: &str) -> String {
    eventually(word, || {
        let lines = service.printed();
        lines.iter().find_map(|line| line.strip_prefix(word)).map(|rest| rest.trim().to_owned())
    })
}

#[test]
fn the_demo_team_has_twenty_thousand_orders_and_keeps_its_key() {
    let database = Database::new();
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("var");
    let service = start(&database, &data_dir);
    let key = printed(&service, "API key ");
    let team = printed(&service, "Demo team ");
    let user = printed(&service, "Demo user ");
    assert!(
        team.starts_with("Demo Works ") && user.starts_with("admin@demo.example  password "),
        "{team} {user}"
    );
    assert_eq!(printed(&service, "Documents "), format!("{}/docs/", service.address()));
    let curl = format!("curl -H 'x-api-key: {key}' {}{IMPORTS}", service.address());
    assert_eq!(printed(&service, "Try "), curl);

    let id = team.split_whitespace().last().unwrap();
    let credentials = json!({"teamId": id, "apiKey": key});
    let demo = Caller::new(service.address(), &credentials);
    let imports = demo.get(IMPORTS).ok();
    assert_eq!(imports["pagination"]["total"], json!(1));
    let import = &imports["imports"][0];
    let facts = ["rows", "created", "errors", "file_name", "actor"].map(|name| import[name].clone());
    assert_eq!(
        facts,
        [json!(20_000), json!(20_000), json!(0), json!("manufacturing-orders.csv"), json!("system:demo")]
    );
    assert_eq!(demo.get("/api/v1/work-centres").ok()["pagination"]["total"], json!(14));
    let begun = demo.get("/api/v1/orders?status=in_progress").ok();
    assert_eq!(begun["orders"][0]["currentOperation"]["operationName"], "Cutting", "{begun}");
    let products = demo.get("/pos/api/products").ok();
    let stock: Vec<_> =
        products["data"]["items"].as_array().unwrap().iter().map(|it| it["stockQuantity"].clone()).collect();
    assert_eq!(stock, [json!(20), json!(98), json!(499)], "two of them were sold");
    let tills = demo.get("/pos/api/orders?pageSize=100").ok()["data"]["items"].take();
    let sold = tills.as_array().unwrap().iter().filter(|order| order["channel"] == json!("pos")).count();
    assert_eq!(sold, 1, "{tills}");
    assert_eq!(service.terminate().code(), Some(0));

    let service = start(&database, &data_dir);
    let again = ["API key ", "Demo team ", "Demo user "].map(|word| printed(&service, word));
    assert_eq!(again, [key, team, user]);
    let demo = Caller::new(service.address(), &credentials);
    assert_eq!(demo.get(IMPORTS).ok()["pagination"]["total"], json!(1), "nothing is imported again");
}

#[test]
fn the_demo_has_its_own_wfirma_sandbox_in_which_its_key_creates_invoices() {
    let database = Database::new();
    let folder = tempfile::tempdir().unwrap();
    let batch = json!({"invoices": [invoice(1), invoice(2)]});
    let demo = |service: &Service| {
        let team = printed(service, "Demo team ");
        let id = team.split_whitespace().last().unwrap();
        let credentials = json!({"teamId": id, "apiKey": printed(service, "API key ")});
        let line = printed(service, "wFirma ");
        let url = line.split_whitespace().next().unwrap().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{line}");
        let ledger = line.rsplit(' ').next().unwrap().to_owned();
        assert_eq!(ledger, format!("{url}_sandbox/ledger"));
        (Caller::new(service.address(), &credentials), ledger)
    };
    let created = |ledger: &str| -> usize {
        let ledger: Value = client().get(ledger).send().unwrap().json().unwrap();
        ledger["invoices"].as_array().unwrap().len()
    };
    let service = start(&database, folder.path());
    let (caller, ledger) = demo(&service);
    let reply: Reply = caller.post(PROCESS, &batch);
    assert_eq!((statuses(&reply), reply.status), (vec!["Created".to_owned(); 2], 200));
    assert_eq!(created(&ledger), 2);
    assert_eq!(service.terminate().code(), Some(0));

    let service = start(&database, folder.path());
    let (caller, ledger) = demo(&service);
    assert_eq!(
        statuses(&caller.post(PROCESS, &batch)),
        ["Existed"; 2],
        "the invoices of the demo team are still known"
    );
    assert_eq!(created(&ledger), 0, "the ledger of the sandbox ends with the process");
}

#[test]
fn the_demo_buys_in_at_every_stage() {
    let database = Database::new();
    let folder = tempfile::tempdir().unwrap();
    let service = start(&database, folder.path());
    let user = printed(&service, "Demo user ");
    let password = user.rsplit(' ').next().unwrap();
    let login = json!({"email": "ops@demo.example", "password": password});
    let login = client().post(format!("{}/api/auth/login", service.address())).json(&login).send().unwrap();
    let token = login.json::<Value>().unwrap()["data"]["accessToken"].as_str().unwrap().to_owned();
    let listed = |path: &str, list: &str, field: &str| {
        let request = client().get(format!("{}{path}?limit=100", service.address())).bearer_auth(&token);
        let found = Reply::to(request).ok()["data"][list].take();
        let found = found.as_array().unwrap().iter().map(|it| it[field].as_str().unwrap().to_owned());
        let mut found: Vec<_> = found.collect();
        found.sort_unstable();
        found
    };
    let statuses = listed("/api/purchase-orders", "purchaseOrders", "status");
    let every =
        ["CANCELLED", "CLOSED", "DISPATCHED", "ISSUED", "PARTIALLY_DISPATCHED", "RECEIVED", "RECEIVED"];
    assert_eq!(statuses, every);
    assert_eq!(listed("/api/grn/tickets", "tickets", "status"), ["OPEN", "RESOLVED"]);
    assert_eq!(listed("/api/vendors", "vendors", "code"), ["VEN001", "VEN002"]);
    assert_eq!(listed("/api/grn/pending", "grns", "status"), ["PENDING_VERIFICATION"]);
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn the_demo_s_secrets_are_readable_only_by_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let database = Database::new();
    let folder = tempfile::tempdir().unwrap();
    let service = start(&database, folder.path());
    printed(&service, "Try ");
    let mode = std::fs::metadata(folder.path().join("demo.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(service.terminate().code(), Some(0));
}

#[test]
fn a_demo_file_that_can_t_be_read_stops_the_start_with_one_line() {
    let database = Database::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.json");
    std::fs::write(&file, "{").unwrap();
    let mut command = with_database(throughline(&["serve", "--demo"]), &database);
    command.env("DATA_DIR", folder.path()).env("HTTP_ADDR", "127.0.0.1:0");
    let output = run(command);
    assert_eq!((output.code, output.out.as_str()), (Some(2), ""));
    assert!(output.err.contains(&format!("{} can't be read", file.display())), "{}", output.err);
}
