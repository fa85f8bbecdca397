//! Times, the same on every surface (`docs/spec/common.md`, "Time").

use serde_json::{Value, json};

use crate::support::gepard::EXCHANGES;
use crate::support::{
    DATA_COLLECTION, OMS_ORDERS, OPERATIONS, ORDERS, POS_ORDERS, Plant, Reply, Requests, Shop, order_with,
};

const KEYS: &str = "/api/v1/api-keys";
const EQUIPMENT: &str = "/api/v1/equipment";
const REPORTS: &str = "/api/v1/equipment/status";
const RANGE: &str = "must lie between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z";

/// The code and the message of the one fault, which is of this field.
fn fault_of(reply: &Reply, field: &str) -> (String, String) {
    assert_eq!(reply.status, 422, "{reply:?}");
    let errors = reply.json()["error"]["details"]["errors"].as_array().unwrap().clone();
    assert_eq!((errors.len(), &errors[0]["field"]), (1, &json!(field)), "{reply:?}");
    let text = |name: &str| errors[0][name].as_str().unwrap().to_owned();
    (text("code"), text("message"))
}

/// What takes a time of the caller's: the path, the body but for the time, and the name of the time.
fn takers(plant: &Plant) -> [(&'static str, Value, &'static str); 5] {
    let order = plant.order("Begun", 1);
    order.start(0);
    let routing = plant.routing("R", &[json!({})]);
    let new_order = json!({"productIdentifier": "A", "quantity": 1, "routingId": routing});
    let collected = json!({
        "workOrderOperationId": order.operations[0], "dataCollectionActivityId": plant.torque,
        "operatorId": plant.ann, "collectedData": {"torqueReading": 45},
    });
    [
        (ORDERS, new_order.clone(), "scheduledStartDate"),
        (ORDERS, new_order, "scheduledEndDate"),
        (DATA_COLLECTION, collected, "timestamp"),
        (
            REPORTS,
            json!({"equipmentId": "M-1", "departmentId": plant.assembly, "status": "idle"}),
            "timestamp",
        ),
        (KEYS, json!({"name": "K", "permission": "read-only"}), "expiresAt"),
    ]
}

#[test]
fn a_time_outside_the_years_1_to_9999_is_refused_wherever_one_is_given() {
    let plant = Plant::new();
    let stored = || {
        ["manufacturing_orders", "data_collections", "equipment_samples", "api_keys"]
            .map(|table| plant.team.count(table))
    };
    let takers = takers(&plant);
    let before = stored();
    for (path, body, field) in takers {
        for time in [
            "+10000-01-01T00:00:00Z",
            "9999-12-31T23:59:60Z",
            "9999-12-31T23:59:59-00:01",
            "0001-01-01T00:00:00+00:01",
            "0000-06-01T00:00:00Z",
            "-0001-06-01T00:00:00Z",
        ] {
            let mut body = body.clone();
            body[field] = json!(time);
            let (code, message) = fault_of(&plant.team.post(path, &body), field);
            let expected = if path == KEYS { "INVALID_VALUE" } else { "INVALID_DATE" };
            assert_eq!((&*code, &*message), (expected, RANGE), "{path} {field} {time}");
        }
    }
    assert_eq!(stored(), before);
}

#[test]
fn a_leap_second_is_the_moment_after_it_when_it_is_answered_and_when_it_is_read() {
    let plant = Plant::new();
    let [start, end, collected, report, key] = takers(&plant).map(|(path, mut body, field)| {
        body[field] = json!(if path == KEYS { "2090-06-30T23:59:60Z" } else { "2016-12-31T23:59:60.25Z" });
        let made = plant.team.post(path, &body);
        assert!(matches!(made.status, 200 | 201), "{made:?}");
        made.json()
    });
    let next = json!("2017-01-01T00:00:00.250Z");
    for (made, field) in [(start, "scheduledStartDate"), (end, "scheduledEndDate")] {
        let shown = plant.team.get(&format!("{ORDERS}/{}", made["id"].as_str().unwrap())).ok();
        assert_eq!((&made[field], &shown[field]), (&next, &next));
    }
    let listed = plant.team.get(DATA_COLLECTION).ok();
    assert_eq!((&collected["collectedAt"], &listed["dataCollections"][0]["collectedAt"]), (&next, &next));
    assert_eq!(report["acknowledged"], true, "{report}");
    let samples = plant.team.get(&format!("{EQUIPMENT}/M-1/samples")).ok();
    assert_eq!(samples["samples"][0]["timestamp"], next);
    let shown = plant.team.get(&format!("{KEYS}/{}", key["id"].as_str().unwrap())).ok();
    let next = json!("2090-07-01T00:00:00Z");
    assert_eq!((&key["expiresAt"], &shown["expiresAt"]), (&next, &next));
}

#[test]
fn a_key_may_expire_at_the_end_of_the_calendar() {
    let plant = Plant::new();
    let end = json!("9999-12-31T23:59:59Z");
    let body = json!({"name": "K", "permission": "read-only", "expiresAt": end});
    let made = plant.team.post(KEYS, &body).created();
    assert_eq!(made["expiresAt"], end);
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    let rotated = plant.team.post(&format!("{path}/rotate"), &json!({})).ok();
    for key in [&made, &rotated] {
        let caller = crate::support::Caller {
            key: key["key"].as_str().unwrap().to_owned(),
            ..plant.team.caller.clone()
        };
        caller.get(ORDERS).ok();
    }
    assert_eq!(plant.team.get(&path).ok()["expiresAt"], end);
}

#[test]
fn an_order_whose_operations_would_begin_after_the_calendar_is_refused() {
    let plant = Plant::new();
    // the second operation begins after an hour
    let routing = plant.routing("R", &[json!({}), json!({})]);
    let body = |start: &str| {
        json!({"orderNumber": "L1", "productIdentifier": "A", "quantity": 1, "routingId": routing,
               "scheduledStartDate": start})
    };
    let (code, message) =
        fault_of(&plant.team.post(ORDERS, &body("9999-12-31T23:00:00Z")), "scheduledStartDate");
    let expected = "is so late that operations of the routing would begin after 9999-12-31T23:59:59Z; send an earlier time";
    assert_eq!((&*code, &*message), ("OUT_OF_RANGE", expected));
    assert_eq!(plant.team.count("manufacturing_orders"), 0);

    let order = plant.team.post(ORDERS, &body("9999-12-31T22:59:59Z")).created();
    let order = plant.order_in(&order);
    let starts = || {
        let listed = plant.team.get(OPERATIONS).ok();
        let operations = listed["workOrderOperations"].as_array().unwrap().clone();
        let mut starts: Vec<_> = operations
            .iter()
            .map(|it| (it["operationNumber"].as_u64().unwrap(), it["scheduledStartTime"].clone()))
            .collect();
        starts.sort_by_key(|(number, _)| *number);
        starts.into_iter().map(|(_, start)| start).collect::<Vec<_>>()
    };
    assert_eq!(starts(), [json!("9999-12-31T22:59:59Z"), json!("9999-12-31T23:59:59Z")]);

    // another routing by an import leaves open what would begin later
    let longer = json!({"setupTimeMinutes": 61});
    plant.routing("Longer", &[longer, json!({})]);
    let row = order_with("L1", json!({"routing": "Longer"}));
    assert_eq!(plant.team.import("", &json!([row])).counts(), [0, 1, 0, 0]);
    assert_eq!(starts(), [json!("9999-12-31T22:59:59Z"), Value::Null]);
    assert_eq!(order.show()["scheduledStartDate"], "9999-12-31T22:59:59Z");
}

#[test]
fn every_list_takes_a_period_of_the_whole_calendar_in_every_zone() {
    let shop = Shop::stocked();
    let team = &shop.team;
    let (admin, department) = (team.admin(), team.create_department("Assembly"));
    team.post(REPORTS, &json!({"equipmentId": "M-1", "departmentId": department, "status": "idle"})).ok();
    let samples = format!("{EQUIPMENT}/M-1/samples");
    let lists = [
        (ORDERS, "fromDate", "toDate"),
        (OPERATIONS, "fromDate", "toDate"),
        (&*samples, "fromDate", "toDate"),
        (OMS_ORDERS, "startDate", "endDate"),
        (POS_ORDERS, "startDate", "endDate"),
        (POS_ORDERS, "orderStartDate", "orderEndDate"),
    ];
    for zone in ["Pacific/Kiritimati", "Europe/Warsaw", "UTC", "Pacific/Pago_Pago"] {
        admin.patch("/api/team", &json!({"timeZone": zone})).ok();
        for (path, from, to) in lists {
            for (first, last) in [
                ("0001-01-01", "9999-12-31"),
                ("0001-01-01T00:00:00", "9999-12-31T23:59:60"),
                ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00"),
                ("9999-12-31T23:59:59-12:00", ""),
                ("", "0001-01-01T00:00:00%2B14:00"),
            ] {
                let end = |name: &str, end: &str| {
                    if end.is_empty() { String::new() } else { format!("{name}={end}&") }
                };
                let query = format!("{path}?{}{}", end(from, first), end(to, last));
                let reply = admin.get(query.trim_end_matches('&'));
                // a till's filter without matches is 404
                assert!(matches!(reply.status, 200 | 404), "{zone} {query}: {reply:?}");
            }
            for time in [
                "%2B10000-01-01",
                "0000-12-31",
                "-0001-01-01",
                "0000-12-31T23:59:59Z",
                "%2B10000-01-01T00:00:00Z",
            ] {
                for name in [from, to] {
                    let reply = admin.get(&format!("{path}?{name}={time}"));
                    assert!(reply.status == 422 && reply.text.contains("9999"), "{path} {time}: {reply:?}");
                }
            }
        }
    }
    for path in ["/api/audit", "/api/audit/access", EXCHANGES] {
        admin.get(&format!("{path}?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z")).ok();
        for time in ["%2B10000-01-01T00:00:00Z", "-9999-01-01T00:00:00Z", "9999-12-31T23:59:60Z"] {
            for name in ["from", "to"] {
                admin.get(&format!("{path}?{name}={time}")).oms_invalid(json!({name: [RANGE]}));
            }
        }
    }
}
