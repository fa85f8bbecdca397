//! Operators and their attendance.

use serde_json::{Value, json};
use testkit::race;

use crate::support::{Caller, Reply, Requests, team};

const ALL: &str = "/api/v1/operators";

fn list(caller: &Caller, query: &str) -> Value {
    caller.get(&format!("{ALL}{query}")).ok()
}

fn badges(page: &Value) -> Vec<&str> {
    page["operators"].as_array().unwrap().iter().map(|one| one["badge"].as_str().unwrap()).collect()
}

fn create(caller: &Caller, body: &Value) -> String {
    caller.post(ALL, body).created()["id"].as_str().unwrap().to_owned()
}

fn clock(caller: &Caller, id: &str, event: &str) -> Reply {
    caller.post(&format!("{ALL}/{id}/clock"), &json!({"event": event}))
}

#[test]
fn an_operator_is_created_shown_listed_and_changed() {
    let team = team();
    let user = team.user(&["OPERATOR"]).id;
    let body = json!({
        "name": " Ann Miller ", "badge": " A-17", "skills": ["quality_check", "assembly", " assembly "], "userId": user,
        "clockedIn": true,
    });
    let created = team.post(ALL, &body).created();
    let (id, at) = (created["id"].as_str().unwrap(), created["createdAt"].clone());
    let expected = json!({
        "id": id, "name": "Ann Miller", "badge": "A-17", "skills": ["assembly", "quality_check"], "userId": user,
        "isActive": true, "clockedIn": false, "clockedAt": null, "createdAt": at, "updatedAt": at,
    });
    assert_eq!(created, expected);
    let one = format!("{ALL}/{id}");
    assert_eq!(team.get(&one).ok(), expected);
    assert_eq!(
        list(&team, ""),
        json!({"operators": [expected], "pagination": {"total": 1, "limit": 50, "offset": 0, "hasMore": false}})
    );
    let change = json!({"badge": "A-18", "skills": [], "userId": null, "isActive": false});
    let mut changed = team.patch(&one, &change).ok();
    assert_ne!(changed["updatedAt"].take(), at);
    let after = json!({
        "id": id, "name": "Ann Miller", "badge": "A-18", "skills": [], "userId": null, "isActive": false,
        "clockedIn": false, "clockedAt": null, "createdAt": at, "updatedAt": null,
    });
    assert_eq!(changed, after);
    let written = team.count("audit_entries");
    team.patch(&one, &change).ok();
    assert_eq!(team.count("audit_entries"), written, "nothing differs, nothing is written");
}

#[test]
fn the_list_is_paged_by_name_and_filtered_with_totals() {
    let team = team();
    for (name, badge, skills) in [
        ("Bob", "B", json!(["milling"])),
        ("Ann", "A2", json!(["milling", "welding"])),
        ("ann", "A1", json!([])),
        ("Äda", "Ä", json!(["Milling"])),
    ] {
        create(&team, &json!({"name": name, "badge": badge, "skills": skills}));
    }
    create(&team, &json!({"name": "Old", "badge": "O", "skills": ["milling"], "isActive": false}));
    for (query, expected, total, more) in [
        ("", vec!["A2", "A1", "B", "Ä"], 4, false),
        ("?limit=3", vec!["A2", "A1", "B"], 4, true),
        ("?limit=3&offset=3", vec!["Ä"], 4, false),
        ("?activeOnly=false&limit=500", vec!["A2", "A1", "B", "O", "Ä"], 5, false),
        ("?skill=milling", vec!["A2", "B"], 2, false),
        ("?skill=milling&activeOnly=false&limit=1", vec!["A2"], 3, true),
        ("?skill=%20welding%20", vec!["A2"], 1, false),
        ("?skill=turning", vec![], 0, false),
        ("?badge=A1", vec!["A1"], 1, false),
        ("?badge=a1", vec![], 0, false),
        ("?badge=O", vec![], 0, false),
        ("?badge=O&activeOnly=false", vec!["O"], 1, false),
    ] {
        let page = list(&team, query);
        let totals = (&page["pagination"]["total"], &page["pagination"]["hasMore"]);
        assert_eq!((badges(&page), totals), (expected, (&json!(total), &json!(more))), "{query}");
    }
    for limit in ["0", "501"] {
        let reply = team.get(&format!("{ALL}?limit={limit}"));
        let message = "must be between 1 and 500";
        reply.mes_refused_for(422, ("limit", json!(limit)), "VALIDATION_ERROR", "OUT_OF_RANGE", message);
    }
    let reply = team.get(&format!("{ALL}?skill=a%00b"));
    let message = "holds the character U+0000 at position 2, which is not allowed";
    reply.mes_refused_for(422, ("skill", json!("a\0b")), "VALIDATION_ERROR", "INVALID_VALUE", message);
}

#[test]
fn a_badge_and_a_user_belong_to_one_operator() {
    let (team, other) = (team(), crate::support::team());
    let user = team.user(&["OPERATOR"]).id;
    create(&team, &json!({"name": "Ann", "badge": "A", "userId": user}));
    let bob = format!("{ALL}/{}", create(&team, &json!({"name": "Bob", "badge": "B"})));
    let conflicts = [
        ("badge", json!("A"), "OPERATOR_BADGE_TAKEN", "is another operator's; choose another badge"),
        (
            "userId",
            json!(user),
            "OPERATOR_USER_TAKEN",
            "is linked to another operator; unlink it there first",
        ),
    ];
    for (field, value, code, message) in conflicts {
        let mut body = json!({"name": "Cleo", "badge": "C"});
        body[field] = value.clone();
        let change = json!({field: value});
        for reply in [team.post(ALL, &body), team.patch(&bob, &change)] {
            reply.mes_refused_for(409, (field, value.clone()), code, code, message);
        }
    }
    let foreign = other.user(&["OPERATOR"]).id;
    for unknown in [foreign.as_str(), "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "user-uuid-222"] {
        let body = json!({"name": "Cleo", "badge": "C", "userId": unknown});
        for reply in [team.post(ALL, &body), team.patch(&bob, &json!({"userId": unknown}))] {
            let error = reply.json()["error"].take();
            let fault = &error["details"]["errors"][0];
            assert_eq!(
                (reply.status, &fault["field"], &fault["code"], &error["details"]["value"]),
                (422, &json!("userId"), &json!("UNKNOWN_USER"), &json!(unknown))
            );
        }
    }
    assert_eq!(team.count("operators"), 2);
    create(&other, &json!({"name": "Ann", "badge": "A", "userId": foreign}));
}

#[test]
fn a_faulty_operator_is_refused_with_every_fault() {
    let team = team();
    let body = json!({"badge": "", "skills": ["ok", "x".repeat(51), "a\nb"]});
    let send = "send 1 to 50 visible characters on one line";
    let first = "must be given; send 1 to 100 visible characters on one line";
    let details = json!({"field": "name", "value": null, "errors": [
        {"field": "name", "code": "MISSING_FIELD", "message": first},
        {"field": "badge", "code": "INVALID_VALUE", "message": format!("must not be empty; {send}")},
        {"field": "skills.1", "code": "INVALID_VALUE",
         "message": format!("may have at most 50 characters, this has 51; {send}")},
        {"field": "skills.2", "code": "INVALID_VALUE",
         "message": format!("holds the character U+000A at position 2, which is not allowed; {send}")},
    ]});
    team.post(ALL, &body).mes_refused(422, "VALIDATION_ERROR", first, details);
    let many: Vec<_> = (0..101).map(|number| format!("skill {number}")).collect();
    let reply = team.post(ALL, &json!({"name": "Ann", "badge": "A", "skills": many}));
    let message = "may have at most 100 entries, this has 101";
    reply.mes_refused_for(422, ("skills", json!(many)), "VALIDATION_ERROR", "OUT_OF_RANGE", message);
    let reply = team.post(ALL, &json!({"name": "Ann", "badge": "A", "skills": ["a", 7]}));
    let message = "must be a list of texts";
    reply.mes_refused_for(422, ("skills", json!(["a", 7])), "VALIDATION_ERROR", "INVALID_TYPE", message);
    assert_eq!(team.count("operators"), 0);
}

#[test]
fn operators_clock_in_and_out_by_the_server_s_clock() {
    let team = team();
    let id = create(&team, &json!({"name": "Ann", "badge": "A"}));
    let one = format!("{ALL}/{id}");
    let refused = |reply: &Reply, event: &str, code: &str, message: &str| {
        reply.mes_refused_for(409, ("event", json!(event)), code, code, message);
    };
    let out = "the operator is clocked out already; send in";
    refused(&clock(&team, &id, "out"), "out", "OPERATOR_CLOCKED_OUT", out);
    let came = clock(&team, &id, "in").ok();
    assert_eq!((&came["clockedIn"], came["clockedAt"].is_string()), (&json!(true), true));
    assert_eq!((team.get(&one).ok(), &list(&team, "")["operators"][0]), (came.clone(), &came));
    let inside = "the operator is clocked in already; send out";
    refused(&clock(&team, &id, "in"), "in", "OPERATOR_CLOCKED_IN", inside);
    assert_eq!(came["updatedAt"], came["createdAt"], "coming is no change of the operator");
    let gone = clock(&team, &id, "out").ok();
    assert_eq!(gone["clockedIn"], json!(false));
    let attendance = team.get(&format!("{one}/attendance?limit=2")).ok();
    let expected = json!({
        "attendance": [{"event": "out", "at": gone["clockedAt"]}, {"event": "in", "at": came["clockedAt"]}],
        "pagination": {"total": 2, "limit": 2, "offset": 0, "hasMore": false},
    });
    assert_eq!(attendance, expected);
    let page = team.get(&format!("{one}/attendance?limit=1&offset=1")).ok();
    assert_eq!(
        (page["attendance"][0]["event"].clone(), page["pagination"]["hasMore"].clone()),
        ("in".into(), false.into())
    );

    team.patch(&one, &json!({"isActive": false})).ok();
    let message = "The operator is out of use; take it into use again before it is clocked in";
    clock(&team, &id, "in").mes_refused(409, "OPERATOR_INACTIVE", message, json!({}));
    for (body, code, message) in [
        (json!({}), "MISSING_FIELD", "must be given; send in or out"),
        (json!({"event": "lunch"}), "UNKNOWN_VALUE", "`lunch` is unknown; it is one of in, out"),
        (json!({"event": true}), "INVALID_TYPE", "must be text"),
    ] {
        let reply = team.post(&format!("{one}/clock"), &body);
        reply.mes_refused_for(422, ("event", body["event"].clone()), "VALIDATION_ERROR", code, message);
    }
    assert_eq!((team.count("operator_attendance"), team.count("audit_entries")), (2, 5));
}

#[test]
fn of_concurrent_clock_ins_with_one_badge_one_succeeds() {
    let team = team();
    let id = create(&team, &json!({"name": "Ann", "badge": "A"}));
    let statuses = race(8, |_| clock(&team, &id, "in").status);
    let let_in = statuses.iter().filter(|status| **status == 200).count();
    let refused = statuses.iter().filter(|status| **status == 409).count();
    assert_eq!((let_in, refused), (1, 7), "{statuses:?}");
    assert_eq!(team.count("operator_attendance"), 1);
}

#[test]
fn a_repeated_request_creates_one_operator_and_clocks_in_once() {
    let team = team();
    let send = |path: &str, body: &Value| {
        let request = team.request(reqwest::Method::POST, path).header("Idempotency-Key", "operator-1");
        Reply::to(request.json(body))
    };
    let body = json!({"name": "Ann", "badge": "A"});
    let first = send(ALL, &body).created();
    let again = send(ALL, &body);
    assert_eq!((again.header("idempotent-replayed"), again.created()), (Some("true"), first.clone()));
    let clock = format!("{ALL}/{}/clock", first["id"].as_str().unwrap());
    let came = send(&clock, &json!({"event": "in"})).ok();
    let again = send(&clock, &json!({"event": "in"}));
    assert_eq!((again.header("idempotent-replayed"), again.ok()), (Some("true"), came));
    assert_eq!((team.count("operators"), team.count("operator_attendance")), (1, 1));
}

#[test]
fn only_those_who_may_see_change_and_clock_operators_do() {
    let team = team();
    let id = create(&team, &json!({"name": "Ann", "badge": "A"}));
    let one = format!("{ALL}/{id}");
    let attendance = format!("{one}/attendance");
    for (role, reads, writes, clocks) in [
        ("ADMIN", 200, 200, 409),
        ("OPS", 200, 200, 409),
        ("ACCOUNTS", 200, 403, 403),
        ("OPERATOR", 200, 403, 409),
        ("VENDOR", 403, 403, 403),
    ] {
        let person = team.user(&[role]);
        let read = [ALL, &one, &attendance].map(|path| person.get(path).status);
        assert_eq!(read, [reads; 3], "{role}");
        assert_eq!(person.patch(&one, &json!({"name": "Ann"})).status, writes, "{role}");
        let created = person.post(ALL, &json!({"name": "Other", "badge": "A"})).status;
        assert_eq!(created, if writes == 200 { 409 } else { 403 }, "{role}");
        let clocked = person.post(&format!("{one}/clock"), &json!({"event": "out"})).status;
        assert_eq!(clocked, clocks, "{role}");
    }
    let reader = team.key("read-only", "");
    reader.get(ALL).ok();
    let message = "This needs the scope operators:write";
    clock(&reader, &id, "in").mes_refused(403, "FORBIDDEN", message, json!({}));
    let other = crate::support::team();
    for reply in [
        other.get(&one),
        other.get(&attendance),
        other.patch(&one, &json!({"isActive": false})),
        clock(&other, &id, "in"),
    ] {
        reply.mes_refused(404, "NOT_FOUND", "There is no such operator", json!({}));
    }
    assert_eq!(list(&other, "")["pagination"]["total"], json!(0));
}
