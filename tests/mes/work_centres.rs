//! Work centres.

use serde_json::{Value, json};

use crate::support::{Caller, Reply, Requests, order_with, team};

const ALL: &str = "/api/v1/work-centres";

fn list(caller: &Caller, query: &str) -> Value {
    caller.get(&format!("{ALL}{query}")).ok()
}

fn numbers(page: &Value) -> Vec<u64> {
    page["workCentres"].as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()).collect()
}

#[test]
fn a_work_centre_is_created_shown_listed_and_changed() {
    let team = team();
    let [assembly, milling] = ["Assembly", "Milling"].map(|name| team.create_department(name));
    let body = json!({"number": 60, "name": " Final Assembly ", "departmentId": assembly});
    let created = team.post(ALL, &body).created();
    let (id, at) = (created["id"].as_str().unwrap(), created["createdAt"].clone());
    let expected = json!({
        "id": id, "number": 60, "name": "Final Assembly", "departmentId": assembly, "isActive": true,
        "createdAt": at, "updatedAt": at,
    });
    assert_eq!(created, expected);
    let one = format!("{ALL}/{id}");
    assert_eq!(team.get(&one).ok(), expected);
    assert_eq!(
        list(&team, ""),
        json!({"workCentres": [expected], "pagination": {"total": 1, "limit": 50, "offset": 0, "hasMore": false}})
    );
    let mut changed = team.patch(&one, &json!({"name": "Press", "departmentId": milling, "number": 7})).ok();
    assert_ne!(changed["updatedAt"].take(), at);
    let mut after = expected;
    (after["name"], after["departmentId"], after["updatedAt"]) =
        (json!("Press"), json!(milling), Value::Null);
    assert_eq!(changed, after, "its number never changes");
}

#[test]
fn an_omitted_number_is_the_one_after_the_highest() {
    let team = team();
    let department = team.create_department("Assembly");
    let make = |number: Option<u64>| {
        let mut body = json!({"name": "Centre", "departmentId": department});
        if let Some(number) = number {
            body["number"] = json!(number);
        }
        team.post(ALL, &body)
    };
    let created: Vec<_> =
        [None, Some(60), None, Some(5), None].map(|number| make(number).created()["number"].clone()).into();
    assert_eq!(created, [1, 60, 61, 5, 62]);
    make(Some(2_147_483_647)).created();
    let message = "must be given, because there is none after the highest one in use; choose a free number";
    let fault = "WORK_CENTRE_NUMBERS_USED_UP";
    make(None).mes_refused_for(409, ("number", Value::Null), fault, fault, message);
    let message = "is taken by another work centre; choose another, or leave it out to get the next free one";
    let fault = "WORK_CENTRE_NUMBER_TAKEN";
    make(Some(60)).mes_refused_for(409, ("number", json!(60)), fault, fault, message);
    assert_eq!(team.count("work_centres"), 6);
}

#[test]
fn concurrently_assigned_numbers_differ() {
    let team = team();
    let department = team.create_department("Assembly");
    let body = json!({"name": "Centre", "departmentId": department});
    let mut created = testkit::race(12, |_| team.post(ALL, &body).created()["number"].as_u64().unwrap());
    created.sort_unstable();
    assert_eq!(created, (1..=12).collect::<Vec<_>>());
}

#[test]
fn the_list_is_paged_by_number_and_filtered() {
    let team = team();
    team.create_work_centres(&[10, 9, 2]);
    let other = team.create_department("Milling");
    for number in [5, 7] {
        let body = json!({"number": number, "name": "Mill", "departmentId": other});
        team.post(ALL, &body).created();
    }
    assert_eq!(numbers(&list(&team, "")), [2, 5, 7, 9, 10]);
    let page = list(&team, "?limit=2&offset=2");
    assert_eq!(numbers(&page), [7, 9]);
    assert_eq!(page["pagination"], json!({"total": 5, "limit": 2, "offset": 2, "hasMore": true}));
    let of_one = list(&team, &format!("?departmentId={other}&limit=1"));
    assert_eq!((numbers(&of_one), &of_one["pagination"]["total"]), (vec![5], &json!(2)));
    let none = list(&team, "?departmentId=0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11");
    assert_eq!((numbers(&none), &none["pagination"]["total"]), (vec![], &json!(0)));
    let id = list(&team, "")["workCentres"][1]["id"].as_str().unwrap().to_owned();
    team.patch(&format!("{ALL}/{id}"), &json!({"isActive": false})).ok();
    assert_eq!(numbers(&list(&team, "")), [2, 7, 9, 10]);
    assert_eq!(numbers(&list(&team, "?activeOnly=false")), [2, 5, 7, 9, 10]);
}

#[test]
fn limits_and_filters_that_are_wrong_are_refused() {
    let team = team();
    for limit in ["0", "501"] {
        let reply = team.get(&format!("{ALL}?limit={limit}"));
        reply.mes_refused_for(
            422,
            ("limit", json!(limit)),
            "VALIDATION_ERROR",
            "OUT_OF_RANGE",
            "must be between 1 and 500",
        );
    }
    let reply = team.get(&format!("{ALL}?departmentId=7"));
    reply.mes_refused_for(
        422,
        ("departmentId", json!("7")),
        "VALIDATION_ERROR",
        "INVALID_VALUE",
        "must be a UUID",
    );
}

#[track_caller]
fn unknown_department(reply: &Reply, department: &str) {
    let message = "names no department of the team; send the id of one that exists";
    let code = reply.json()["error"]["code"].as_str().unwrap().to_owned();
    assert!(["VALIDATION_ERROR", "UNKNOWN_DEPARTMENT"].contains(&&*code), "{code}");
    reply.mes_refused_for(422, ("departmentId", json!(department)), &code, "UNKNOWN_DEPARTMENT", message);
}

#[test]
fn a_department_that_does_not_exist_is_refused() {
    let team = team();
    team.create_work_centres(&[1]);
    let id = list(&team, "")["workCentres"][0]["id"].as_str().unwrap().to_owned();
    for department in ["0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "7", ""] {
        unknown_department(
            &team.post(ALL, &json!({"name": "Centre", "departmentId": department})),
            department,
        );
        unknown_department(
            &team.patch(&format!("{ALL}/{id}"), &json!({"departmentId": department})),
            department,
        );
    }
    assert_eq!(team.count("work_centres"), 1);
}

#[test]
fn every_fault_of_a_work_centre_is_named_at_once() {
    let team = team();
    let number = "must be between 1 and 2147483647; leave it out to get the next free one";
    let name = "must not be empty; send 1 to 100 visible characters on one line";
    let department = "must be given; send the id of one of the team's departments";
    for figure in [0_i64, -1, 2_147_483_648, i64::MAX] {
        let details = json!({"field": "number", "value": figure, "errors": [
            {"field": "number", "code": "OUT_OF_RANGE", "message": number},
            {"field": "name", "code": "INVALID_VALUE", "message": name},
            {"field": "departmentId", "code": "MISSING_FIELD", "message": department},
        ]});
        team.post(ALL, &json!({"number": figure, "name": ""})).mes_refused(
            422,
            "VALIDATION_ERROR",
            number,
            details,
        );
    }
    for figure in [json!("seven"), json!(1.5), json!(1e300), json!([1])] {
        let reply = team.post(ALL, &json!({"name": "x", "number": figure}));
        assert_eq!(
            (reply.status, &reply.json()["error"]["details"]["field"]),
            (422, &json!("number")),
            "{reply:?}"
        );
    }
    assert_eq!(team.count("work_centres"), 0);
}

#[test]
fn imports_accept_the_team_s_work_centres_even_inactive_ones() {
    let team = team();
    team.create_work_centres(&[1]);
    let id = list(&team, "")["workCentres"][0]["id"].as_str().unwrap().to_owned();
    team.patch(&format!("{ALL}/{id}"), &json!({"isActive": false})).ok();
    let reply = team.import("", &json!([order_with("A1", json!({"work_centre_id": 1}))]));
    assert_eq!(reply.counts(), [1, 0, 0, 0], "it exists");
}
