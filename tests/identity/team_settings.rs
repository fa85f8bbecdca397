//! The settings of a team (`/api/team`) and their effects.

use serde_json::{Value, json};

use crate::support::{Reply, Requests, order_with, team};

const TEAM: &str = "/api/team";

#[track_caller]
fn faulty(reply: &Reply, errors: &Value) {
    reply.oms_invalid(errors.clone());
}

#[test]
fn a_new_team_has_the_documented_settings_and_each_can_be_changed_alone() {
    let team = team();
    let admin = team.admin();
    let shown = || {
        let mut body = admin.get(TEAM).ok();
        assert_eq!(body["success"], json!(true));
        let mut settings = body["data"].take();
        let at = settings["updatedAt"].take();
        (settings, at)
    };
    let (mut expected, mut at) = shown();
    let created = expected["createdAt"].clone();
    let printed = json!({
        "id": team.id, "name": team.name, "timeZone": "UTC", "currency": "EUR", "taxRate": 0.18, "shiftCalendar": [],
        "fourEyesPayment": false, "skillCheck": "refuse", "createdAt": created, "updatedAt": null,
    });
    assert_eq!((&expected, &at), (&printed, &created));
    let shifts = json!([{"name": "Early", "days": ["friday", "monday", "monday"], "start": "6:00", "end": "14:00"},
                        {"name": "Night", "days": ["sunday"], "start": "22:00", "end": "06:00"}]);
    let ordered = json!([{"name": "Early", "days": ["monday", "friday"], "start": "06:00", "end": "14:00"},
                         {"name": "Night", "days": ["sunday"], "start": "22:00", "end": "06:00"}]);
    let name = format!("{} Works", team.name);
    for (field, sent, read) in [
        ("name", json!(format!(" {name} ")), json!(name)),
        ("timeZone", json!("Europe/Warsaw"), json!("Europe/Warsaw")),
        ("currency", json!("PLN"), json!("PLN")),
        ("taxRate", json!(0.23), json!(0.23)),
        ("taxRate", json!("0.0525"), json!(0.0525)),
        ("taxRate", json!(1), json!(1)),
        ("taxRate", json!(0), json!(0)),
        ("shiftCalendar", shifts, ordered),
        ("shiftCalendar", json!([]), json!([])),
        ("fourEyesPayment", json!(true), json!(true)),
        ("skillCheck", json!("warn"), json!("warn")),
    ] {
        let changed = admin.patch(TEAM, &json!({field: sent, "id": "x", "createdAt": null})).ok();
        expected[field] = read;
        let (found, later) = shown();
        assert_eq!(found, expected, "{field}");
        assert_ne!(later, at, "{field}");
        let mut body = changed.clone();
        assert_eq!(body["data"]["updatedAt"].take(), later);
        assert_eq!(body, json!({"success": true, "message": "Team updated successfully", "data": expected}));
        let entries = team.count("audit_entries");
        assert_eq!(admin.patch(TEAM, &json!({field: expected[field]})).ok(), changed, "once more: no change");
        assert_eq!(team.count("audit_entries"), entries, "{field}");
        at = later;
    }
    let me = admin.get("/api/auth/me").ok();
    assert_eq!(me["data"]["team"], json!({"id": team.id, "name": name}));
}

#[test]
fn every_faulty_setting_is_named_at_once() {
    let team = team();
    let admin = team.admin();
    let before = team.state();
    let rate = "must be a fraction between 0 and 1 with at most four decimals, such as 0.18";
    let shift = |name: &str, days: &[&str], start: &str| json!({"name": name, "days": days, "start": start, "end": "14:00"});
    let wrong = json!({
        "name": " ", "timeZone": "Mars/Phobos", "currency": "euro", "taxRate": 18, "skillCheck": "ask",
        "shiftCalendar": [shift("A", &["monday"], "06:00"), shift("B", &[], "06:00"), shift("C", &["Montag"], "06:00"),
                          shift("D", &["monday"], "24:00"), shift("", &["monday"], "06:00"), {}],
    });
    faulty(
        &admin.patch(TEAM, &wrong),
        &json!({
            "name": ["must not be empty"],
            "timeZone": ["`Mars/Phobos` is no time zone; use an IANA name such as Europe/Warsaw"],
            "currency": ["must be the code of a currency of ISO 4217, such as EUR"],
            "taxRate": [rate],
            "skillCheck": ["`ask` is unknown; it is one of refuse, warn"],
            "shiftCalendar.1": ["days must name at least one day of the week"],
            "shiftCalendar.2": ["days: `Montag` is unknown; it is one of monday, tuesday, wednesday, thursday, friday, saturday, sunday"],
            "shiftCalendar.3": ["start must be a time of the day such as 06:00"],
            "shiftCalendar.4": ["name must not be empty"],
            "shiftCalendar.5": ["days must name at least one day of the week"],
        }),
    );
    let text = "must be text";
    let mistyped = json!({"name": 7, "timeZone": [], "currency": 1, "taxRate": "much", "shiftCalendar": {},
                          "fourEyesPayment": "yes", "skillCheck": true});
    faulty(
        &admin.patch(TEAM, &mistyped),
        &json!({
            "name": [text], "timeZone": [text], "currency": [text], "taxRate": ["must be a decimal number"],
            "shiftCalendar": ["must be a list of shifts"], "fourEyesPayment": ["must be true or false"], "skillCheck": [text],
        }),
    );
    for value in [json!(-0.01), json!(1.0001), json!(0.12345), json!("1e-3000")] {
        assert_eq!(admin.patch(TEAM, &json!({"taxRate": value})).status, 422, "{value}");
    }
    faulty(
        &admin.patch(TEAM, &json!({"name": "x".repeat(101)})),
        &json!({"name": ["may have at most 100 characters, this has 101"]}),
    );
    let many = vec![shift("A", &["monday"], "06:00"); 51];
    faulty(
        &admin.patch(TEAM, &json!({"shiftCalendar": many})),
        &json!({"shiftCalendar": ["may have at most 50 shifts"]}),
    );
    let nothing = "must have name, timeZone, currency, taxRate, shiftCalendar, fourEyesPayment or skillCheck";
    for empty in [json!({}), json!({"name": null}), json!({"colour": "red"})] {
        faulty(&admin.patch(TEAM, &empty), &json!({"body": [nothing]}));
    }
    assert_eq!(team.state(), before);
}

#[test]
fn a_name_of_another_team_is_refused_in_any_case() {
    let (team, other) = (team(), crate::support::team());
    let admin = team.admin();
    let before = team.state();
    for name in [other.name.clone(), other.name.to_uppercase()] {
        let taken = admin.patch(TEAM, &json!({"name": name}));
        taken.oms_refused(409, "A team of this name exists; choose another name");
    }
    assert_eq!(team.state(), before);
    admin.patch(TEAM, &json!({"name": team.name.to_uppercase()})).ok();
}

#[test]
fn a_new_time_zone_applies_to_due_dates_imported_afterwards() {
    let team = team();
    let admin = team.admin();
    let ends = |number: &str| {
        let row = order_with(number, json!({"due_date": "2026-07-01"}));
        assert_eq!(team.import("", &json!([row])).counts(), [1, 0, 0, 0]);
        team.order(number, r#"to_char(scheduled_end AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')"#)
    };
    assert_eq!(ends("A1"), "2026-07-01T23:59:59");
    for (number, zone, end) in [
        ("A2", "Europe/Warsaw", "2026-07-01T21:59:59"),
        ("A3", "Asia/Kolkata", "2026-07-01T18:29:59"),
        ("A4", "America/Los_Angeles", "2026-07-02T06:59:59"),
    ] {
        admin.patch(TEAM, &json!({"timeZone": zone})).ok();
        assert_eq!(ends(number), end, "{zone}");
    }
    let first = team.order("A1", r#"to_char(scheduled_end AT TIME ZONE 'UTC', 'HH24:MI:SS')"#);
    assert_eq!(first, "23:59:59", "what was imported before stays");
}
