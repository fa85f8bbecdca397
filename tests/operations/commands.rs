//! The commands: output, refusals and exit codes.

use std::path::PathBuf;

use serde_json::{Value, json};
use testkit::Database;

use crate::support::{
    CommandOutput, Reply, Requests, bootstrap, client, run, run_with, shared_server, team, throughline,
    with_database,
};

/// Checks that a command failed with this exit code and one line that contains these texts.
#[track_caller]
fn fails(output: &CommandOutput, code: i32, why: &[&str]) {
    assert_eq!((output.code, output.out.as_str()), (Some(code), ""), "{output:?}");
    assert_eq!(output.err.lines().count(), 1, "{output:?}");
    for part in why {
        assert!(output.err.starts_with("throughline: ") && output.err.contains(part), "{part}: {output:?}");
    }
}

#[test]
fn serve_refuses_a_role_that_bypasses_row_level_security() {
    let database = Database::new();
    for (url, role, why) in [
        (database.owner_url(), "`throughline_owner`", "owns tables"),
        (database.superuser_url(), "`postgres`", "is a superuser"),
    ] {
        let mut command = with_database(throughline(&["serve"]), &database);
        command.env("DATABASE_URL", &url).env("HTTP_ADDR", "127.0.0.1:0");
        let output = run(command);
        fails(
            &output,
            2,
            &["the database role `", why, "`throughline migrate --print-roles`", "DATABASE_OWNER_URL"],
        );
        if role == "`throughline_owner`" {
            assert!(output.err.contains(role), "{}", output.err);
        }
        let mut alone = with_database(throughline(&["serve"]), &database);
        alone.env("DATABASE_URL", &url).env_remove("DATABASE_OWNER_URL").env("HTTP_ADDR", "127.0.0.1:0");
        fails(&run(alone), 2, &["the database role `", why, "--print-roles"]);
    }
}

#[test]
fn a_bad_value_stops_the_start_with_one_line_that_names_it() {
    let database = Database::new();
    let with = |name: &str, value: &str| {
        let mut command = with_database(throughline(&["serve"]), &database);
        command.env("HTTP_ADDR", "127.0.0.1:0").env(name, value);
        run(command)
    };
    fails(&with("HTTP_ADDR", "localhost"), 2, &["HTTP_ADDR", "`localhost`", "127.0.0.1:8080"]);
    fails(&with("HTTP_ADDR", "192.0.2.1:80"), 2, &["HTTP_ADDR", "192.0.2.1:80"]);
    let taken = shared_server().service.address().strip_prefix("http://").unwrap();
    fails(&with("HTTP_ADDR", taken), 2, &["HTTP_ADDR", taken]);
    fails(&with("RATE_LIMITS", "maybe"), 2, &["RATE_LIMITS", "`maybe`", "on or off"]);
    fails(&with("REDIS_URL", "localhost:6379"), 2, &["REDIS_URL", "redis://user:password@host:6379/0"]);
    fails(&with("WFIRMA_URL", "api2.wfirma.pl"), 2, &["WFIRMA_URL", "https://api2.wfirma.pl"]);
    fails(&with("WFIRMA_VISIBILITY", "soon"), 2, &["WFIRMA_VISIBILITY", "`soon`", "10m"]);
    let half = with("WFIRMA_SECRET_KEY", "hunter2hunter2");
    fails(&half, 2, &["WFIRMA_TEAM, WFIRMA_COMPANY_ID, WFIRMA_ACCESS_KEY, WFIRMA_APP_KEY not set"]);
    assert!(!half.err.contains("hunter2"), "{half:?}");
    let no_key = with("ENCRYPTION_KEY", "hunter2");
    fails(&no_key, 2, &["ENCRYPTION_KEY must be 64 hexadecimal digits"]);
    assert!(!no_key.err.contains("hunter2"), "{no_key:?}");
    fails(&with("DATABASE_URL", "postgres://127.0.0.1:1/none"), 2, &["DATABASE_URL"]);
    fails(&with("DATABASE_OWNER_URL", "postgres://127.0.0.1:1/none"), 2, &["PostgreSQL can't be reached"]);
    fails(&with("DATABASE_URL", "postgres://db/x?sslmode=require"), 2, &["DATABASE_URL", "sslmode=require"]);
}

#[test]
fn a_bad_value_is_found_before_a_database_is_made() {
    let taken = shared_server().service.address().strip_prefix("http://").unwrap();
    for (name, value) in [
        ("HTTP_ADDR", taken),
        ("OBJECT_STORE_URL", "ftp://files"),
        ("RATE_LIMITS", "maybe"),
        ("REDIS_URL", "localhost:6379"),
        ("TRUSTED_PROXIES", "proxy"),
        ("ENCRYPTION_KEY", "hunter2"),
        ("SIGNING_KEY", "hunter2"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = throughline(&["serve"]);
        command.env("DATA_DIR", folder.path()).env("HTTP_ADDR", "127.0.0.1:0").env(name, value);
        fails(&run(command), 2, &[name]);
        assert!(!folder.path().join("postgres").exists(), "{name}");
    }
}

#[test]
fn a_configuration_file_is_read_and_the_environment_wins() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("throughline.toml"), text).unwrap();
    let serve = || {
        let mut command = throughline(&["serve"]);
        command.current_dir(folder.path());
        command
    };
    write("http_addr = \"nowhere\"\n");
    fails(&run(serve()), 2, &["HTTP_ADDR", "`nowhere`"]);
    let mut wins = serve();
    wins.env("HTTP_ADDR", "elsewhere");
    fails(&run(wins), 2, &["HTTP_ADDR", "`elsewhere`"]);
    write("http_adr = \"127.0.0.1:0\"\n");
    fails(&run(serve()), 2, &["http_adr"]);
}

#[test]
fn migrate_is_done_once_and_prints_the_roles_when_asked() {
    let database = Database::new();
    let again = run(with_database(throughline(&["migrate"]), &database));
    assert_eq!(
        (again.code, again.out.as_str(), again.err.as_str()),
        (Some(0), "0 migrations run; the database is up to date\n", "")
    );
    let roles = run(throughline(&["migrate", "--print-roles"]));
    assert_eq!((roles.code, roles.err.as_str()), (Some(0), ""));
    for part in ["throughline_owner", "throughline_team", "throughline_auth", "throughline_system", "GRANT"] {
        assert!(roles.out.contains(part), "{part}: {}", roles.out);
    }
    database.execute(&roles.out);
}

#[test]
fn bootstrap_prints_one_json_object_whose_key_works() {
    let server = shared_server();
    let output = run_with(
        with_database(bootstrap("Key Works", "key@works.example"), &server.database),
        "correct horse",
    );
    assert_eq!((output.code, output.out.lines().count()), (Some(0), 1), "{output:?}");
    let created: Value = serde_json::from_str(&output.out).unwrap();
    let names: Vec<_> = created.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["apiKey", "teamId", "userId"]);
    let request = client().get(format!("{}/api/v1/departments", server.service.address()));
    let request = request.bearer_auth(created["apiKey"].as_str().unwrap());
    let reply = Reply::to(request.header("X-MES-Team-ID", created["teamId"].as_str().unwrap()));
    assert_eq!(reply.ok()["departments"], json!([]));
}

#[test]
fn bootstrap_refuses_a_name_or_e_mail_that_exists() {
    let database = &shared_server().database;
    let create =
        |team: &str, email: &str| run_with(with_database(bootstrap(team, email), database), "correct horse");
    assert_eq!(create("Twice Works", "twice@works.example").code, Some(0));
    fails(&create("Twice Works", "other@works.example"), 2, &["a team of this name exists"]);
    fails(&create(" TWICE works", "other@works.example"), 2, &["a team of this name exists"]);
    fails(&create("Other Works", "Twice@Works.example"), 2, &["a user with this e-mail exists"]);
    assert_eq!(
        create("Other Works", "other@works.example").code,
        Some(0),
        "nothing was left of the refused ones"
    );
}

#[test]
fn bootstrap_names_every_fault() {
    let mut command = with_database(bootstrap(" ", "nobody"), &shared_server().database);
    command.args(["--time-zone", "Mars/Olympus"]);
    fails(&run_with(command, "short\n"), 2, &["team ", "email ", "time_zone ", "password "]);
    let unread = run(with_database(
        throughline(&["bootstrap", "--team", "T", "--email", "t@works.example"]),
        &shared_server().database,
    ));
    assert_eq!(unread.code, Some(2));
    assert!(unread.err.contains("--password-stdin"), "{}", unread.err);
}

/// Writes a file; its folder is deleted with the guard.
fn file(name: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn import(path: &std::path::Path, team: &str, options: &[&str]) -> CommandOutput {
    let mut command = with_database(
        throughline(&["import", path.to_str().unwrap(), "--team", team]),
        &shared_server().database,
    );
    command.args(options);
    run(command)
}

#[test]
fn an_import_with_failed_rows_lists_them_and_ends_with_1() {
    let team = team();
    let csv =
        "order_number;stock_code;description;quantity_to_make;Farbe\nA1;S;d;1,5;rot\n;S;d;1;\nA3;;d;0;\n";
    let (_folder, path) = file("week.csv", csv);
    let output = import(&path, &team.name, &[]);
    assert_eq!(
        (output.code, output.out.as_str()),
        (
            Some(1),
            "row 2 (line 3): ?: error: Missing required field: order_number\n\
             row 3 (line 4): A3: error: Missing required field: stock_code\n\
             ignored columns: Farbe\n\
             1 created, 0 updated, 0 skipped, 2 errors\n"
        )
    );
    assert_eq!(output.err, format!("reading {} ({} bytes)\ndone\n", path.display(), csv.len()));
    let newest = team.get("/api/orders/imports").ok()["imports"][0].clone();
    let facts = ["actor", "file_name", "created", "errors"].map(|name| newest[name].clone());
    assert_eq!(facts, [json!("system:cli"), json!("week.csv"), json!(1), json!(2)]);
    assert_eq!(team.order("A1", "quantity"), "1.500");
}

#[test]
fn an_import_takes_the_same_options_as_http() {
    let team = team();
    let (_folder, path) = file(
        "a.csv",
        b"order_number,stock_code,description,quantity_to_make,due_date\nA1,S,Gr\xf6\xdfe,1,01.07.2024\n",
    );
    let choices = ["--charset", "windows-1252", "--date-format", "%d.%m.%Y", "--delimiter", ","];
    let dry = import(&path, &team.name, &[&choices[..], &["--dry-run"]].concat());
    let expected = "1 created, 0 updated, 0 skipped, 0 errors (dry run: nothing was stored)\n";
    assert_eq!((dry.code, dry.out.as_str(), team.count("manufacturing_orders")), (Some(0), expected, 0));
    assert_eq!(import(&path, &team.name, &choices).code, Some(0));
    assert_eq!(team.order("A1", "description || '|' || scheduled_end::date"), "Größe|2024-07-01");
    let skipped = import(&path, &team.name, &[&choices[..], &["--on-existing", "skip"]].concat());
    let expected = "row 1 (line 2): A1: skipped: Order already exists, not updated\n\
                0 created, 0 updated, 1 skipped, 0 errors\n";
    assert_eq!((skipped.code, skipped.out.as_str()), (Some(0), expected));
    let refused = import(
        &path,
        &team.name,
        &[&choices[..], &["--on-existing", "error", "--mode", "all_or_nothing"]].concat(),
    );
    assert_eq!(refused.code, Some(1));
    assert!(refused.out.ends_with("0 created, 0 updated, 0 skipped, 1 errors\n"), "{}", refused.out);
}

#[test]
fn an_import_that_can_t_be_done_says_why() {
    let team = team();
    let (_folder, path) = file("a.csv", "order_number,stock_code\nA1,S\n");
    let last = |output: &CommandOutput| output.err.lines().last().unwrap_or_default().to_owned();
    let unknown = import(&path, "No Such Works", &[]);
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
    assert!(last(&unknown).contains("No Such Works") || last(&unknown).contains("no team"), "{unknown:?}");
    let columns = import(&path, &team.name, &[]);
    assert_eq!(columns.code, Some(2));
    assert!(last(&columns).contains("missing required column: description, quantity_to_make"), "{columns:?}");
    let absent = import(std::path::Path::new("/nonexistent.csv"), &team.name, &[]);
    fails(&absent, 2, &["/nonexistent.csv can't be read"]);
    for option in
        [["--mode", "some"], ["--delimiter", "#"], ["--date-format", "%d"], ["--on-existing", "ask"]]
    {
        let output = import(&path, &team.name, &option);
        assert_eq!(output.code, Some(2));
        assert!(output.err.contains(option[0]) && output.err.contains(option[1]), "{output:?}");
    }
    assert_eq!(team.count("order_imports"), 0);
}

#[test]
fn openapi_prints_a_document_and_lists_the_names() {
    for (name, title) in [
        ("gepard", "Throughline: Gepard"),
        ("import", "Throughline: order import"),
        ("mes", "Throughline: MES"),
        ("oms", "Throughline: OMS"),
        ("pos", "Throughline: POS"),
    ] {
        let output = run(throughline(&["openapi", name]));
        assert_eq!((output.code, output.err.as_str()), (Some(0), ""));
        let document: Value = serde_json::from_str(&output.out).unwrap();
        assert_eq!((&document["openapi"], &document["info"]["title"]), (&json!("3.1.0"), &json!(title)));
    }
    fails(
        &run(throughline(&["openapi", "crm"])),
        2,
        &["there is no document `crm`; there are gepard, import, mes, oms, pos"],
    );
}

#[test]
fn help_lists_every_command_and_option() {
    let help = |arguments: &[&str]| {
        let output = run(throughline(arguments));
        assert_eq!((output.code, output.err.as_str()), (Some(0), ""), "{arguments:?}");
        output.out
    };
    for (arguments, parts) in [
        (
            &["--help"][..],
            &[
                "serve",
                "migrate",
                "bootstrap",
                "import",
                "audit",
                "openapi",
                "wfirma-sandbox",
                "DATABASE_URL",
                "throughline.toml",
            ][..],
        ),
        (&["serve", "--help"], &["--demo", "--only"]),
        (&["migrate", "--help"], &["--print-roles"]),
        (&["bootstrap", "--help"], &["--team <NAME>", "--email <E>", "--password-stdin", "--time-zone"]),
        (
            &["import", "--help"],
            &[
                "<FILE>",
                "--team <T>",
                "--mode",
                "--on-existing",
                "--dry-run",
                "--delimiter",
                "--charset",
                "--date-format",
            ],
        ),
        (&["audit", "--help"], &["verify"]),
        (&["audit", "verify", "--help"], &["--team <NAME>", "$DATA_DIR/audit", "Ends with 0"]),
        (
            &["wfirma-sandbox", "--help"],
            &["no database", "HTTP_ADDR", "127.0.0.1:8089", "/_sandbox/ledger", "/_sandbox/faults"],
        ),
        (&["openapi", "--help"], &["<NAME>", "import, mes or oms"]),
    ] {
        let text = help(arguments);
        for part in parts {
            assert!(text.contains(part), "{arguments:?} lacks {part}: {text}");
        }
    }
    assert_eq!(help(&["--version"]), format!("throughline {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(run(throughline(&["fly"])).code, Some(2));
    assert_eq!(run(throughline(&[])).code, Some(2));
}
