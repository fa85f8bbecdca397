//! `ETag` and `If-None-Match` (`docs/spec/common.md`, "Versions of a resource").

use reqwest::Method;
use serde_json::json;

use crate::support::{OPERATIONS, PRODUCTS, Plant, Reply, Requests, Shop};

fn tag(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.header("etag").expect("what is read by id has a tag").to_owned()
}

/// Reads again what a caller has with a tag.
fn again(caller: &impl Requests, method: Method, path: &str, tag: &str) -> Reply {
    Reply::to(caller.request(method, path).header("If-None-Match", tag))
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    let shop = Shop::stocked();
    let department = shop.team.create_department("Assembly");
    let department = format!("/api/v1/departments/{department}");
    let vendor = shop.admin.post("/api/vendors", &json!({"code": "V1", "name": "Acme"})).created();
    let vendor = format!("/api/vendors/{}", vendor["data"]["id"].as_str().unwrap());
    let import = shop.team.import("", &json!([])).import_id();
    shop.sell(1, 2);
    let callers: [(&dyn Requests, &str); 5] = [
        (&shop.team.caller, &department),
        (&shop.admin, &vendor),
        (&shop.team.caller, &format!("/api/orders/imports/{import}")),
        (&shop.till, "/pos/api/orders/1"),
        (&shop.till, &format!("{PRODUCTS}/1")),
    ];
    for (caller, path) in callers {
        let first = caller.get(path);
        let tag = tag(&first);
        for (method, sent) in [
            (Method::GET, tag.clone()),
            (Method::HEAD, tag.clone()),
            (Method::GET, format!("W/{tag}")),
            (Method::GET, format!("\"other\", {tag}")),
            (Method::GET, "*".to_owned()),
        ] {
            let unchanged = Reply::to(caller.request(method, path).header("If-None-Match", &sent));
            assert_eq!((unchanged.status, &*unchanged.text), (304, ""), "{path}: {sent}");
            assert_eq!(unchanged.header("etag"), Some(&*tag), "{path}: {sent}");
        }
        let other = Reply::to(caller.request(Method::GET, path).header("If-None-Match", "\"other\""));
        assert_eq!((other.status, other.text), (200, first.text), "{path}");
    }
    let missing = again(&shop.till, Method::GET, "/pos/api/orders/99", "*");
    assert_eq!(missing.status, 404);
}

#[test]
fn a_tag_changes_whenever_the_answer_does_and_names_the_version_all_the_same() {
    let shop = Shop::stocked();
    let path = format!("{PRODUCTS}/1");
    let first = shop.till.get(&path);
    let before = tag(&first);
    shop.sell(1, 2);
    let sold = again(&shop.till, Method::GET, &path, &before);
    assert_eq!((sold.status, &sold.json()["data"]["stockQuantity"]), (200, &json!(98)), "stock moved");
    assert_eq!((first.tagged_version(), sold.tagged_version()), (Some("1"), Some("1")));
    let change = |tag: &str, name: &str| {
        Reply::to(
            shop.till.request(Method::PATCH, &path).header("If-Match", tag).json(&json!({"name": name})),
        )
    };
    // the tag that was read names the version, whatever happened to the stock since
    assert_eq!(change(&before, "Renamed").status, 200);
    assert_eq!(change(&before, "Renamed again").status, 412);
    assert_eq!(change(&format!("W/{}", tag(&shop.till.get(&path))), "Renamed again").status, 200);

    let plant = Plant::new();
    let order = plant.order("A1", 1);
    plant.act(&order.operations[0], &json!({"action": "start", "operatorId": plant.ann})).ok();
    let path = format!("{OPERATIONS}/{}", order.operations[0]);
    let running = plant.team.get(&path);
    let later = testkit::eventually("a second of work", || {
        let later = again(&plant.team.caller, Method::GET, &path, &tag(&running));
        (later.status == 200).then_some(later)
    });
    assert_ne!(later.json()["elapsedTimeSeconds"], running.json()["elapsedTimeSeconds"]);
    assert_eq!(later.tagged_version(), running.tagged_version());
}
