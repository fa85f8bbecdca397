//! The history of imports.

use serde_json::{Value, json};

use crate::support::{IMPORTS, Reply, Requests, order, team};

#[test]
fn an_import_is_listed_and_its_report_is_shown_again() {
    let team = team();
    let csv = "order_number,stock_code,description,quantity_to_make,Farbe\nA1,S,d,1,rot\nA2,S,d,x,\n";
    let part = reqwest::blocking::multipart::Part::text(csv).file_name("week 27.csv");
    let answer = team.import_form("?on_existing=skip", part);
    let id = answer.import_id();
    let mut listed = team.get(IMPORTS).ok();
    let entry = listed["imports"][0].as_object_mut().unwrap();
    let at = entry.remove("created_at").unwrap();
    assert!(at.as_str().unwrap().ends_with('Z'), "{at}");
    let actor = entry.remove("actor").unwrap();
    let key =
        team.database.scalar(&format!("SELECT 'api_key:' || id FROM api_keys WHERE team_id = '{}'", team.id));
    assert_eq!(actor, json!(key));
    let expected = json!({
        "imports": [{
            "import_id": id, "outcome": "completed", "format": "csv", "file_name": "week 27.csv", "mode": "per_row",
            "on_existing": "skip", "rows": 2, "created": 1, "updated": 0, "skipped": 0, "errors": 1,
        }],
        "pagination": {"page": 1, "limit": 20, "total": 1, "total_pages": 1},
    });
    assert_eq!(listed, expected);
    assert_eq!(team.get(&format!("{IMPORTS}/{id}")).ok(), answer.ok());
}

#[test]
fn the_list_is_paged_newest_first() {
    let team = team();
    let created: Vec<_> = (0..5).map(|_| team.import("", &json!([order("A1")])).import_id()).collect();
    team.import("?mode=all_or_nothing", &json!([order("")]));
    let page = |query: &str| team.get(&format!("{IMPORTS}?outcome=completed&{query}")).ok();
    let ids = |page: &Value| -> Vec<_> {
        page["imports"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["import_id"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut seen = Vec::new();
    for number in 1..=3 {
        let page = page(&format!("limit=2&page={number}"));
        assert_eq!(page["pagination"], json!({"page": number, "limit": 2, "total": 5, "total_pages": 3}));
        seen.extend(ids(&page));
    }
    let newest_first: Vec<_> = created.into_iter().rev().collect();
    assert_eq!(seen, newest_first);
    let past = page("limit=2&page=4");
    assert_eq!((ids(&past).len(), &past["pagination"]["total"]), (0, &json!(5)));
    assert_eq!(team.get(IMPORTS).ok()["pagination"]["total"], json!(6));
}

#[test]
fn a_faulty_query_is_refused_with_every_fault() {
    let team = team();
    let reply = team.get(&format!("{IMPORTS}?page=x&limit=101&outcome=lost"));
    reply.refused_for(
        422,
        "VALIDATION_ERROR",
        "Validation failed",
        json!({
            "page": ["must be a whole number, 1 or more"],
            "limit": ["must be between 1 and 100"],
            "outcome": ["`lost` is unknown; it is one of completed, rejected"],
        }),
    );
    assert_eq!(
        team.get(&format!("{IMPORTS}?limit=0")).json()["errors"],
        json!({"limit": ["must be between 1 and 100"]})
    );
    assert_eq!(team.get(&format!("{IMPORTS}?limit=100")).ok()["pagination"]["limit"], json!(100));
}

#[test]
fn imports_of_another_team_unknown_ones_and_malformed_ids_get_the_same_response() {
    let (team, other) = (team(), crate::support::team());
    let foreign = other.import("", &json!([order("A1")])).import_id();
    let absent = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
    for id in [&*foreign, absent, "7", "%00", "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11x", "..%2F.."] {
        for path in [format!("{IMPORTS}/{id}"), format!("{IMPORTS}/{id}/errors.csv")] {
            let reply: Reply = team.get(&path);
            reply.refused(404, "NOT_FOUND", "Import not found");
        }
    }
    assert_eq!(team.get(IMPORTS).ok()["pagination"]["total"], json!(0));
    assert_eq!(other.get(&format!("{IMPORTS}/{foreign}")).ok()["created"], json!(1));
}

#[test]
fn the_report_of_a_large_import_is_shown_again_in_order() {
    let team = team();
    let rows: Vec<_> = (0..2_500).map(|number| order(&format!("A{number:04}"))).collect();
    let answer = team.import("", &json!(rows));
    assert_eq!(answer.counts(), [2_500, 0, 0, 0]);
    let again = team.get(&format!("{IMPORTS}/{}", answer.import_id()));
    assert_eq!(again.text, answer.text, "to the byte");
}
