//! Equipment: reports, state, samples and alarms.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::race;

use crate::support::{Caller, Reply, Requests, Team, team};

const ALL: &str = "/api/v1/equipment";
const STATUS: &str = "/api/v1/equipment/status";

fn report(caller: &Caller, body: &Value) -> Reply {
    caller.post(STATUS, body)
}

/// A report of `MACHINE-001` with changed or additional fields.
fn of(department: &str, fields: Value) -> Value {
    let mut body = json!({"equipmentId": "MACHINE-001", "departmentId": department, "status": "running"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

fn alarm(code: &str, severity: &str) -> Value {
    json!({"code": code, "severity": severity, "message": format!("{code} at {severity}")})
}

/// Creates an order; returns its operation, which is not started.
fn operation(team: &Team<'_>, department: &str) -> String {
    let name = format!("Made in {department} {}", team.count("routings"));
    let routing = team.create_routing(&name, &[json!({"departmentId": department})]);
    team.create_order(&name, &routing).1
}

/// The events of the team's equipment, in order.
fn events(team: &Team<'_>) -> Value {
    let rows = team.database.scalar(&format!(
        "SELECT coalesce(json_agg(json_build_array(event_type, payload) ORDER BY aggregate_id, sequence), '[]')
         FROM outbox WHERE team_id = '{}' AND event_type LIKE 'equipment.%'",
        team.id
    ));
    serde_json::from_str(&rows).unwrap()
}

fn tags(page: &Value) -> Vec<&str> {
    page["equipment"].as_array().unwrap().iter().map(|one| one["equipmentId"].as_str().unwrap()).collect()
}

#[test]
fn the_documented_report_is_answered_as_documented_and_shown() {
    let team = team();
    let machine = team.key("read-write", "");
    let department = team.create_department("Assembly");
    let operation = operation(&team, &department);
    // the request in the API document (`docs/spec/mes.md`, "Equipment"), with the ids of this team
    let body = json!({
        "equipmentId": "MACHINE-001",
        "departmentId": department,
        "status": "running",
        "workOrderOperationId": operation,
        "data": {"temperature": 85.5, "pressure": 12.3, "cycleCount": 1245, "lastCycleTime": 120.5},
        "alarms": [
            {"code": "TEMP_HIGH", "severity": "warning", "message": "Temperature approaching upper limit"}
        ],
        "timestamp": "2025-01-20T10:15:00Z"
    });
    let answer = report(&machine, &body).ok();
    let received = answer["receivedAt"].clone();
    assert!(received.as_str().unwrap() > "2026", "the server's clock: {received}");
    let expected = json!({
        "acknowledged": true,
        "equipmentId": "MACHINE-001",
        "status": "running",
        "receivedAt": received,
        "actions": [{"type": "alert", "message": "Temperature approaching upper limit"}]
    });
    assert_eq!(answer, expected);

    let shown = json!({
        "equipmentId": "MACHINE-001", "departmentId": department, "status": "running",
        "statusSince": "2025-01-20T10:15:00Z", "workOrderOperationId": operation, "data": body["data"],
        "alarms": [{
            "code": "TEMP_HIGH", "severity": "warning", "message": "Temperature approaching upper limit",
            "raisedAt": "2025-01-20T10:15:00Z", "clearedAt": null,
        }],
        "timestamp": "2025-01-20T10:15:00Z", "receivedAt": received, "registeredAt": received,
    });
    assert_eq!(team.get(&format!("{ALL}/MACHINE-001")).ok(), shown);
    let pagination = json!({"total": 1, "limit": 50, "offset": 0, "hasMore": false});
    assert_eq!(team.get(ALL).ok(), json!({"equipment": [shown], "pagination": pagination}));
    let sample = json!({
        "timestamp": "2025-01-20T10:15:00Z", "receivedAt": received, "status": "running", "departmentId": department,
        "workOrderOperationId": operation, "data": body["data"], "alarms": body["alarms"],
    });
    let samples = team.get(&format!("{ALL}/MACHINE-001/samples")).ok();
    assert_eq!(samples, json!({"samples": [sample], "pagination": pagination}));
    let alarms = team.get(&format!("{ALL}/MACHINE-001/alarms")).ok();
    assert_eq!(alarms, json!({"alarms": shown["alarms"], "pagination": pagination}));
    let expected = json!([["equipment.alarm", {
        "equipmentId": "MACHINE-001", "departmentId": department, "code": "TEMP_HIGH", "severity": "warning",
        "message": "Temperature approaching upper limit", "raisedAt": "2025-01-20T10:15:00Z",
        "workOrderOperationId": operation,
    }]]);
    assert_eq!(events(&team), expected);
}

#[test]
fn a_report_with_only_the_required_fields_gets_the_current_time() {
    let team = team();
    let department = team.create_department("Assembly");
    let answer = report(&team, &of(&department, json!({"data": null, "alarms": null, "unknown": 1}))).ok();
    assert_eq!(answer["actions"], json!([]));
    let shown = team.get(&format!("{ALL}/MACHINE-001")).ok();
    let (data, alarms, operation) = (&shown["data"], &shown["alarms"], &shown["workOrderOperationId"]);
    assert_eq!((data, alarms, operation), (&json!({}), &json!([]), &Value::Null));
    assert_eq!((&shown["timestamp"], &shown["statusSince"]), (&answer["receivedAt"], &answer["receivedAt"]));
}

#[test]
fn of_two_reports_of_one_timestamp_the_later_arrival_counts_with_its_alarms() {
    let team = team();
    let department = team.create_department("Assembly");
    let send = |status: &str, alarms: Value| {
        let timestamp = "2025-01-20T10:00:00Z";
        let body = of(&department, json!({"status": status, "alarms": alarms, "timestamp": timestamp}));
        report(&team, &body).ok()["actions"].as_array().unwrap().len()
    };
    assert_eq!(send("running", json!([])), 0);
    assert_eq!(send("down", json!([alarm("HOT", "critical")])), 1, "an alert");
    let shown = team.get(&format!("{ALL}/MACHINE-001")).ok();
    assert_eq!((&shown["status"], &shown["alarms"][0]["code"]), (&json!("down"), &json!("HOT")));
    assert_eq!(send("idle", json!([])), 0);
    let samples = team.get(&format!("{ALL}/MACHINE-001/samples")).ok();
    let statuses: Vec<_> = samples["samples"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["idle", "down", "running"]);
    let alarms = team.get(&format!("{ALL}/MACHINE-001/alarms")).ok();
    let cleared = &alarms["alarms"][0]["clearedAt"];
    assert_eq!((cleared, &alarms["pagination"]["total"]), (&json!("2025-01-20T10:00:00Z"), &json!(1)));
}

#[test]
fn late_and_repeated_samples_are_acknowledged_and_do_not_change_the_latest_state() {
    let team = team();
    let department = team.create_department("Assembly");
    let at = |minute: u32, status: &str, alarms: Value| {
        let timestamp = format!("2025-01-20T10:{minute:02}:00Z");
        let body = of(&department, json!({"status": status, "alarms": alarms, "timestamp": timestamp}));
        let answer = report(&team, &body).ok();
        assert_eq!((&answer["acknowledged"], &answer["status"]), (&json!(true), &json!(status)));
        answer["actions"].clone()
    };
    let loud = json!([alarm("HOT", "critical")]);
    assert_eq!(at(10, "running", json!([])), json!([]));
    assert_eq!(at(20, "idle", json!([])), json!([]));
    let after = team.get(&format!("{ALL}/MACHINE-001")).ok();
    assert_eq!(at(15, "down", loud.clone()), json!([]), "late");
    assert_eq!(at(20, "idle", json!([])), json!([]), "repeated");
    assert_eq!(at(15, "down", loud.clone()), json!([]), "late and repeated");
    assert_eq!(team.get(&format!("{ALL}/MACHINE-001")).ok(), after);
    let samples = team.get(&format!("{ALL}/MACHINE-001/samples")).ok();
    let actual: Vec<_> = samples["samples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sample| (sample["timestamp"].as_str().unwrap(), sample["status"].as_str().unwrap()))
        .collect();
    let expected = [
        ("2025-01-20T10:20:00Z", "idle"),
        ("2025-01-20T10:15:00Z", "down"),
        ("2025-01-20T10:10:00Z", "running"),
    ];
    assert_eq!(actual, expected);
    let changed = json!([["equipment.status_changed", {
        "equipmentId": "MACHINE-001", "departmentId": department, "previousStatus": "running", "status": "idle",
        "workOrderOperationId": null, "timestamp": "2025-01-20T10:20:00Z",
    }]]);
    assert_eq!(events(&team), changed);
    assert_eq!(at(25, "idle", json!([])), json!([]));
    assert_eq!(events(&team), changed, "the same status again is no change");
    let shown = team.get(&format!("{ALL}/MACHINE-001")).ok();
    assert_eq!(
        (&shown["timestamp"], &shown["statusSince"]),
        (&json!("2025-01-20T10:25:00Z"), &json!("2025-01-20T10:20:00Z"))
    );
}

#[test]
fn an_alarm_alerts_when_it_is_raised_and_only_then() {
    let team = team();
    let department = team.create_department("Assembly");
    let at = |minute: u32, alarms: Value| {
        let timestamp = format!("2025-01-20T10:{minute:02}:00Z");
        let answer = report(&team, &of(&department, json!({"alarms": alarms, "timestamp": timestamp}))).ok();
        let actions = answer["actions"].as_array().unwrap();
        assert!(actions.iter().all(|action| action["type"] == "alert"), "{actions:?}");
        actions.iter().map(|action| action["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let [info, warning, critical] = ["info", "warning", "critical"].map(|severity| alarm("HOT", severity));
    let loud = alarm("LOUD", "warning");
    assert_eq!(at(1, json!([info])), [""; 0], "for information");
    assert_eq!(at(2, json!([warning, loud])), ["HOT at warning", "LOUD at warning"]);
    assert_eq!(at(3, json!([loud, warning])), [""; 0], "they are open");
    assert_eq!(at(4, json!([critical])), ["HOT at critical"], "it got worse");
    assert_eq!(at(5, json!([warning])), [""; 0], "it got better");
    assert_eq!(at(6, json!([])), [""; 0]);
    assert_eq!(at(7, json!([warning])), ["HOT at warning"], "it came back");

    let page = team.get(&format!("{ALL}/MACHINE-001/alarms?limit=3")).ok();
    let pagination = json!({"total": 5, "limit": 3, "offset": 0, "hasMore": true});
    assert_eq!(page["pagination"], pagination);
    let rest = team.get(&format!("{ALL}/MACHINE-001/alarms?offset=3")).ok();
    let history: Vec<_> = [page, rest]
        .iter()
        .flat_map(|page| page["alarms"].as_array().unwrap().clone())
        .map(|one| {
            let minute =
                |time: &Value| time.as_str().map_or("open".to_owned(), |time| time[14..16].to_owned());
            let [code, severity] = ["code", "severity"].map(|name| one[name].as_str().unwrap().to_owned());
            (code, severity, minute(&one["raisedAt"]), minute(&one["clearedAt"]))
        })
        .collect();
    let expected = [
        ("HOT", "warning", "07", "open"),
        ("HOT", "critical", "04", "06"),
        ("HOT", "warning", "02", "04"),
        ("LOUD", "warning", "02", "04"),
        ("HOT", "info", "01", "02"),
    ];
    let expected = expected.map(|(a, b, c, d)| (a.into(), b.into(), c.into(), d.into()));
    assert_eq!(history, expected);
    let events = events(&team);
    let alarms: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event[0].as_str().unwrap(), event[1]["message"].as_str().unwrap()))
        .collect();
    let raised = ["HOT at info", "HOT at warning", "LOUD at warning", "HOT at critical", "HOT at warning"];
    assert_eq!(alarms, raised.map(|message| ("equipment.alarm", message)), "once for each alarm raised");
}

#[test]
fn the_list_is_paged_by_equipment_id_and_filtered_with_totals() {
    let team = team();
    let [milling, welding] = ["Milling", "Welding"].map(|name| team.create_department(name));
    for (id, department, status, alarms) in [
        ("M-2", &milling, "running", json!([])),
        ("M-1", &milling, "idle", json!([alarm("HOT", "info")])),
        ("m-1", &welding, "running", json!([alarm("HOT", "critical")])),
        ("Ä", &welding, "maintenance", json!([])),
    ] {
        let fields = json!({"equipmentId": format!(" {id} "), "status": status, "alarms": alarms});
        assert_eq!(report(&team, &of(department, fields)).ok()["equipmentId"], json!(id));
    }
    let of_welding = format!("?departmentId={welding}");
    let running_there = format!("?departmentId={welding}&status=running&alarm=true");
    for (query, expected, total, more) in [
        ("", vec!["M-1", "M-2", "m-1", "Ä"], 4, false),
        ("?limit=3", vec!["M-1", "M-2", "m-1"], 4, true),
        ("?limit=3&offset=3", vec!["Ä"], 4, false),
        ("?status=running", vec!["M-2", "m-1"], 2, false),
        ("?status=down", vec![], 0, false),
        ("?alarm=true", vec!["M-1", "m-1"], 2, false),
        ("?alarm=false&limit=1", vec!["M-2"], 2, true),
        (&of_welding, vec!["m-1", "Ä"], 2, false),
        (&running_there, vec!["m-1"], 1, false),
    ] {
        let page = team.get(&format!("{ALL}{query}")).ok();
        let totals = (&page["pagination"]["total"], &page["pagination"]["hasMore"]);
        assert_eq!((tags(&page), totals), (expected, (&json!(total), &json!(more))), "{query}");
    }
    let words = "`broken` is unknown; it is one of running, idle, down, maintenance";
    for (parameter, value, code, message) in [
        ("status", "broken", "INVALID_VALUE", words),
        ("departmentId", "x", "INVALID_VALUE", "must be a UUID"),
        ("alarm", "yes", "INVALID_VALUE", "must be true or false"),
        ("limit", "501", "OUT_OF_RANGE", "must be between 1 and 500"),
    ] {
        let reply = team.get(&format!("{ALL}?{parameter}={value}"));
        reply.mes_refused_for(422, (parameter, json!(value)), "VALIDATION_ERROR", code, message);
    }
    for id in ["M-1", "m-1", "%C3%84", "%20M-2%20"] {
        team.get(&format!("{ALL}/{id}")).ok();
    }
}

#[test]
fn samples_are_paged_newest_first_within_a_period_of_the_teams_days() {
    let team = team();
    team.admin().patch("/api/team", &json!({"timeZone": "Europe/Warsaw"})).ok();
    let department = team.create_department("Assembly");
    let times = [
        "2025-01-19T22:59:59Z",
        "2025-01-19T23:00:00Z",
        "2025-01-20T22:59:59.999999Z",
        "2025-01-20T23:00:00Z",
    ];
    for time in times {
        report(&team, &of(&department, json!({"timestamp": time, "data": {"at": time}}))).ok();
    }
    let [early, first, last, late] = times;
    for (query, expected, total) in [
        ("", vec![late, last, first, early], 4),
        ("?limit=2&offset=1", vec![last, first], 4),
        ("?fromDate=2025-01-20&toDate=2025-01-20", vec![last, first], 2),
        ("?fromDate=2025-01-21", vec![late], 1),
        ("?toDate=2025-01-19", vec![early], 1),
        ("?fromDate=2025-01-20T00:00:00%2B01:00&toDate=2025-01-20T22:59:59.999999Z", vec![last, first], 2),
    ] {
        let page = team.get(&format!("{ALL}/MACHINE-001/samples{query}")).ok();
        let samples = page["samples"].as_array().unwrap().iter();
        let found: Vec<_> = samples.map(|sample| sample["data"]["at"].as_str().unwrap()).collect();
        assert_eq!((found, &page["pagination"]["total"]), (expected, &json!(total)), "{query}");
    }
    let reply = team.get(&format!("{ALL}/MACHINE-001/samples?fromDate=2025-01-22&toDate=2025-01-20"));
    let message = "must not be before the period begins";
    reply.mes_refused_for(422, ("toDate", json!(null)), "VALIDATION_ERROR", "OUT_OF_RANGE", message);
    let message = "must be a date such as 2025-01-20, or a time with its offset such as 2025-01-20T08:00:00Z, of the years 0001 to 9999";
    let reply = team.get(&format!("{ALL}/MACHINE-001/samples?toDate=today"));
    reply.mes_refused_for(422, ("toDate", json!("today")), "VALIDATION_ERROR", "INVALID_VALUE", message);
}

#[test]
fn every_fault_of_a_report_is_named_by_its_path() {
    let team = team();
    let department = team.create_department("Assembly");
    let body = json!({
        "equipmentId": "status", "status": "broken", "workOrderOperationId": "woo-uuid-789", "data": [1],
        "alarms": [alarm("A", "info"), alarm("A", "info"), {"code": "", "severity": "fatal"}, 7], "timestamp": "now",
    });
    let reply = report(&team, &body);
    let error = reply.json()["error"].take();
    let named: Vec<_> = error["details"]["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["field"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    let expected = [
        ("data", "INVALID_TYPE"),
        ("equipmentId", "INVALID_VALUE"),
        ("departmentId", "MISSING_FIELD"),
        ("status", "UNKNOWN_VALUE"),
        ("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION"),
        ("alarms.1.code", "DUPLICATE_CODE"),
        ("alarms.2.code", "INVALID_VALUE"),
        ("alarms.2.severity", "UNKNOWN_VALUE"),
        ("alarms.2.message", "MISSING_FIELD"),
        ("alarms.3", "INVALID_TYPE"),
        ("timestamp", "INVALID_DATE"),
    ];
    assert_eq!((reply.status, named), (422, expected.to_vec()));
    let refused = |fields: Value, (field, value): (&str, Value), code: &str, message: &str| {
        let reply = report(&team, &of(&department, fields));
        reply.mes_refused_for(422, (field, value), "VALIDATION_ERROR", code, message);
    };
    let ahead = "lies more than 5 minutes ahead of the server's clock; set the equipment's clock right";
    let year = json!("2999-01-20T10:15:00Z");
    refused(json!({"timestamp": year}), ("timestamp", year), "OUT_OF_RANGE", ahead);
    let data = json!({"text": "x".repeat(16_384)});
    let long = "may take at most 16384 bytes as JSON, this takes 16395";
    refused(json!({"data": data}), ("data", data), "TOO_LONG", long);
    let nul = "holds the character U+0000, which is not allowed";
    let data = json!({"deep": [{"x": "a\0b"}]});
    refused(json!({"data": data}), ("data.deep", data["deep"].clone()), "INVALID_CHARACTER", nul);
    let many: Vec<_> = (0..101).map(|number| alarm(&format!("A{number}"), "info")).collect();
    let most = "may have at most 100 entries, this has 101";
    refused(json!({"alarms": many}), ("alarms", json!(many)), "OUT_OF_RANGE", most);
    let words = "must be a list of objects";
    refused(json!({"alarms": {}}), ("alarms", json!({})), "INVALID_TYPE", words);
    assert_eq!((team.count("equipment"), team.count("equipment_samples")), (0, 0));
}

#[test]
fn references_to_unknown_resources_are_refused_by_field() {
    let (team, other) = (team(), crate::support::team());
    let [own, foreign] = [&team, &other].map(|team| team.create_department("Assembly"));
    let foreign_operation = operation(&other, &foreign);
    report(&team, &of(&own, json!({"timestamp": "2025-01-20T10:15:00Z"}))).ok();
    let before = team.state();
    let (department, operation) = ("UNKNOWN_DEPARTMENT", "UNKNOWN_WORK_ORDER_OPERATION");
    let absent = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
    // first reports, reports from another department, and late ones
    for id in ["MACHINE-001", "MACHINE-002"] {
        for timestamp in ["2025-01-20T10:16:00Z", "2025-01-20T10:14:00Z"] {
            for (named, faults) in [
                (json!({"departmentId": foreign}), vec![("departmentId", department)]),
                (json!({"departmentId": absent}), vec![("departmentId", department)]),
                (
                    json!({"workOrderOperationId": foreign_operation}),
                    vec![("workOrderOperationId", operation)],
                ),
                (json!({"workOrderOperationId": absent}), vec![("workOrderOperationId", operation)]),
                (
                    json!({"departmentId": foreign, "workOrderOperationId": foreign_operation}),
                    vec![("departmentId", department), ("workOrderOperationId", operation)],
                ),
            ] {
                let mut body = of(&own, json!({"equipmentId": id, "timestamp": timestamp}));
                body.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
                let reply = report(&team, &body);
                let error = reply.json()["error"].take();
                let errors = error["details"]["errors"].as_array().unwrap().iter();
                let found: Vec<_> = errors
                    .map(|fault| (fault["field"].as_str().unwrap(), fault["code"].as_str().unwrap()))
                    .collect();
                assert_eq!((reply.status, found), (422, faults), "{body}");
            }
        }
    }
    assert_eq!(team.state(), before);
}

#[test]
fn registrations_moves_and_changes_of_status_are_in_the_audit_trail() {
    let team = team();
    let [milling, welding] = ["Milling", "Welding"].map(|name| team.create_department(name));
    let at = |second: u32, department: &str, status: &str| {
        let timestamp = format!("2025-01-20T10:15:{second:02}Z");
        report(&team, &of(department, json!({"status": status, "timestamp": timestamp}))).ok();
    };
    at(1, &milling, "running");
    at(2, &milling, "running");
    at(3, &welding, "running");
    at(4, &milling, "down");
    at(5, &milling, "down");
    let page = team.admin().get("/api/audit?subjectKind=equipment").ok();
    let entries = page["data"]["entries"].as_array().unwrap();
    let actual: Vec<_> = entries
        .iter()
        .rev()
        .map(|entry| {
            let of = |name: &str| (entry[name]["departmentId"].clone(), entry[name]["status"].clone());
            (entry["action"].as_str().unwrap(), of("before"), of("after"))
        })
        .collect();
    let nothing = (Value::Null, Value::Null);
    let was = |department: &str, status: &str| (json!(department), json!(status));
    let expected = [
        ("equipment.registered", nothing, was(&milling, "running")),
        ("equipment.moved", was(&milling, "running"), was(&welding, "running")),
        ("equipment.status_changed", was(&welding, "running"), was(&milling, "down")),
    ];
    assert_eq!(actual, expected);
    assert_eq!((team.count("equipment"), team.count("equipment_samples")), (1, 5));
}

#[test]
fn equipment_with_any_name_is_found_and_unknown_names_are_not() {
    let team = team();
    let department = team.create_department("Assembly");
    for (id, path) in [
        ("LINE 1/Ä+?#%", "LINE%201%2F%C3%84+%3F%23%25"),
        ("0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11"),
        ("Status", "Status"),
        ("...", "..."),
    ] {
        report(&team, &of(&department, json!({"equipmentId": id}))).ok();
        assert_eq!(team.get(&format!("{ALL}/{path}")).ok()["equipmentId"], json!(id));
        assert_eq!(team.get(&format!("{ALL}/{path}/samples")).ok()["pagination"]["total"], json!(1));
        team.get(&format!("{ALL}/{path}/alarms")).ok();
    }
    for id in ["MACHINE-001", "x".repeat(5_000).as_str(), "%F0%9F%98%80", "%00", "%ff", "%20", "null"] {
        for path in [format!("{ALL}/{id}"), format!("{ALL}/{id}/samples"), format!("{ALL}/{id}/alarms")] {
            let reply = team.get(&path);
            let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(["There is no such equipment", "Equipment not found"].contains(&&*message), "{message}");
            reply.mes_refused(404, "NOT_FOUND", &message, json!({}));
        }
    }
    let reply = team.get(STATUS);
    reply.mes_refused(405, "METHOD_NOT_ALLOWED", "This address does not take this method", json!({}));
    assert_eq!(reply.header("allow"), Some("POST, OPTIONS"));
}

#[test]
fn a_report_that_is_refused_gets_the_reason() {
    let team = team();
    let with = |kind: &str, body: &str| {
        let request = team.request(Method::POST, STATUS).header("Content-Type", kind);
        Reply::to(request.body(body.to_owned()))
    };
    for body in ["{", "[]", "", r#"{"status": "idle", "status": "down"}"#, r#"{"data": {"x": 1e999}}"#] {
        with("application/json", body).shaped(STATUS, 400, "INVALID_JSON");
    }
    with("text/plain", "{}").shaped(STATUS, 415, "UNSUPPORTED_MEDIA_TYPE");
    let large = format!(r#"{{"equipmentId": "{}"}}"#, "x".repeat(256 << 10));
    with("application/json", &large).shaped(STATUS, 413, "PAYLOAD_TOO_LARGE");
    let anonymous = crate::support::client().post(format!("{}{STATUS}", team.address)).json(&json!({}));
    Reply::to(anonymous.header("X-MES-Team-ID", &team.id)).shaped(STATUS, 401, "UNAUTHORIZED");
    let teamless = crate::support::client().post(format!("{}{STATUS}", team.address)).json(&json!({}));
    Reply::to(teamless.bearer_auth(&team.key)).shaped(STATUS, 400, "MISSING_TEAM_ID");
    let message = "This needs the scope equipment:write";
    report(&team.key("read-only", ""), &json!({})).mes_refused(403, "FORBIDDEN", message, json!({}));
    let department = team.create_department("Assembly");
    let named = team.key("read-only", "equipment:write");
    report(&named, &of(&department, json!({}))).ok();
    assert_eq!(team.count("equipment"), 1);
}

#[test]
fn of_concurrent_reports_the_newest_counts_and_the_equipment_is_registered_once() {
    let team = team();
    let department = team.create_department("Assembly");
    let words = ["running", "idle", "down", "maintenance"];
    race(8, |racer| {
        for round in 0..8 {
            let second = round * 8 + racer;
            let timestamp = format!("2025-01-20T10:{:02}:{:02}Z", second / 60, second % 60);
            let fields =
                json!({"status": words[second % 4], "timestamp": timestamp, "data": {"second": second}});
            report(&team, &of(&department, fields)).ok();
        }
    });
    let shown = team.get(&format!("{ALL}/MACHINE-001")).ok();
    let now = (&shown["status"], &shown["data"], &shown["timestamp"]);
    assert_eq!(now, (&json!("maintenance"), &json!({"second": 63}), &json!("2025-01-20T10:01:03Z")));
    let counts = ["equipment", "equipment_samples"].map(|table| team.count(table));
    assert_eq!(counts, [1, 64]);
    let entries = team.admin().get("/api/audit?action=equipment.registered").ok();
    assert_eq!(entries["data"]["pagination"]["totalItems"], json!(1));
}
