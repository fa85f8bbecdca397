//! Free text and identifiers, the same on every surface (`docs/spec/common.md`, "Text").

use serde_json::json;

use crate::support::{OMS_ORDERS, POS_ORDERS, PRODUCTS, Requests, oms_order_example, team};

/// A non-joiner, a joiner, a variation selector, a soft hyphen, and a stretch of another direction.
const LANGUAGES: [&str; 5] = [
    "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
    "\u{915}\u{94d}\u{200d}\u{937}",
    "\u{2764}\u{fe0f}",
    "Do\u{ad}nau",
    "A \u{2067}\u{5d0}\u{5d1}\u{2069}",
];

#[test]
fn names_and_addresses_take_what_languages_need() {
    let team = team();
    let admin = team.admin();
    for (number, text) in LANGUAGES.into_iter().enumerate() {
        let department = team.post("/api/v1/departments", &json!({"name": text})).created();
        assert_eq!(department["name"], json!(text));
        team.post("/api/v1/operators", &json!({"name": text, "badge": format!("B{number}")})).created();
        team.post(PRODUCTS, &json!({"sku": format!("S{number}"), "name": text, "unitPrice": 1})).created();
        let sale =
            json!({"customerName": text, "notes": text, "orderItems": [{"productId": 1, "quantity": 1}]});
        let sold = team.post(POS_ORDERS, &sale).created();
        assert_eq!((&sold["data"]["customerName"], &sold["data"]["notes"]), (&json!(text), &json!(text)));
        let mut bought = oms_order_example();
        bought["deliveryAddress"]["street"] = json!(text);
        bought["items"][0]["productName"] = json!(text);
        let bought = admin.post(OMS_ORDERS, &bought).created();
        assert_eq!(bought["data"]["deliveryAddress"]["street"], json!(text));
        admin.post("/api/vendors", &json!({"code": format!("V{number}"), "name": text})).created();
    }
    let found = team.get(&format!("{POS_ORDERS}?customerName=donau")).ok();
    assert_eq!(found["data"]["totalCount"], 1, "what cannot be seen need not be typed");
    let taken = team.post("/api/v1/departments", &json!({"name": "DONAU"}));
    assert_eq!(taken.status, 409, "nor tells it names apart");
}

#[test]
fn identifiers_refuse_what_cannot_be_seen_and_free_text_a_direction_without_its_pair() {
    let team = team();
    let before = team.state();
    for text in LANGUAGES {
        let order = json!({"productIdentifier": text, "quantity": 1, "routingName": "R"});
        assert_eq!(team.post("/api/v1/orders", &order).status, 422, "{text:?}");
        assert_eq!(
            team.post(PRODUCTS, &json!({"sku": text, "name": "A", "unitPrice": 1})).status,
            422,
            "{text:?}"
        );
    }
    for (name, why) in [
        ("a\u{202b}b", "holds the direction mark U+202B at position 2 without its pair"),
        ("a\u{2069}b", "holds the direction mark U+2069 at position 2 without its pair"),
        ("a\u{202e}b\u{202c}", "holds the character U+202E at position 2, which is not allowed"),
        ("a\u{feff}b", "holds the character U+FEFF at position 2, which is not allowed"),
    ] {
        let refused = team.post("/api/v1/departments", &json!({"name": name})).json()["error"].take();
        assert!(refused["message"].as_str().unwrap().starts_with(why), "{refused}");
    }
    assert_eq!(team.state(), before);
}
