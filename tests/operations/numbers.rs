//! Numbers and currencies, the same on every surface (`docs/spec/common.md`, "Numbers" and "Money").

use serde_json::{Value, json};

use crate::support::gepard::{Gepard, invoice};
use crate::support::{OMS_ORDERS, ORDERS, POS_ORDERS, PRODUCTS, Requests, oms_order_example, team};

#[test]
fn a_number_may_come_as_text_on_every_surface_and_3_0_is_whole() {
    let team = team();
    let (admin, routing) = (team.admin(), team.create_routing("R", &[json!({"setupTimeMinutes": "2.5"})]));
    let order = |quantity: Value, priority: Value| json!({"productIdentifier": "A", "quantity": quantity, "priority": priority, "routingId": routing});
    for (quantity, priority) in
        [(json!("2.5"), json!("3")), (json!(2.5), json!(3.0)), (json!("2.50"), json!("3.0"))]
    {
        let made = team.post(ORDERS, &order(quantity, priority)).created();
        assert_eq!((&made["quantity"], &made["priority"]), (&json!(2.5), &json!(3)));
    }
    team.post(PRODUCTS, &json!({"sku": "A", "name": "A", "unitPrice": "1.50", "stockQuantity": "7"}))
        .created();
    let sale = json!({"customerId": "9", "orderItems": [{"productId": "1", "quantity": "2"}, {"productId": 1.0, "quantity": 1}]});
    let sold = team.post(POS_ORDERS, &sale).created();
    assert_eq!((&sold["data"]["customerId"], &sold["data"]["totalAmount"]), (&json!(9), &json!(4.5)));
    let mut bought = oms_order_example();
    bought["items"][0]["quantity"] = json!("50.0");
    let bought = admin.post(OMS_ORDERS, &bought).created();
    assert_eq!(bought["data"]["items"][0]["quantity"], json!(50));
    let rows = json!([crate::support::order_with("A1", json!({"quantity_to_make": "1.5"}))]);
    assert_eq!(team.import("", &rows).counts(), [1, 0, 0, 0]);
    let gepard = Gepard::new();
    let mut made = invoice(1);
    made["items"][0]["quantity"] = json!("3.0");
    gepard.process(&[made]).ok();
}

#[test]
fn a_number_that_its_type_cannot_hold_is_refused_and_never_rounded() {
    let team = team();
    let routing = team.create_routing("R", &[json!({})]);
    for (field, value) in [
        ("quantity", json!("1e2")),
        ("quantity", json!("1,5")),
        ("quantity", json!(1.0001)),
        ("quantity", json!("0.12345678901234567890123456789")),
        ("priority", json!(3.5)),
        ("priority", json!("9223372036854775808")),
    ] {
        let mut order = json!({"productIdentifier": "A", "quantity": 1, "routingId": routing});
        order[field] = value.clone();
        let refused = team.post(ORDERS, &order);
        assert_eq!(
            (refused.status, &refused.json()["error"]["details"]["field"]),
            (422, &json!(field)),
            "{value}"
        );
    }
    assert_eq!(team.count("manufacturing_orders"), 0);
}

#[test]
fn a_currency_is_one_of_iso_4217_and_amounts_of_one_without_decimals_are_whole() {
    let team = team();
    let admin = team.admin();
    for (code, message) in [
        ("ABC", "must be the code of a currency of ISO 4217, such as EUR"),
        ("KWD", "must be a currency whose amounts have at most two decimals; those of KWD have 3"),
        ("XAU", "must be a currency that has amounts of money, such as EUR; XAU has none"),
    ] {
        let refused = admin.patch("/api/team", &json!({"currency": code}));
        assert_eq!((refused.status, &refused.json()["errors"]["currency"][0]), (422, &json!(message)));
    }
    admin.patch("/api/team", &json!({"currency": "JPY"})).ok();
    let product = json!({"sku": "A", "name": "A", "unitPrice": "99.5", "taxRate": "0.1"});
    team.post(PRODUCTS, &product).created();
    let sold = team.post(POS_ORDERS, &json!({"orderItems": [{"productId": 1, "quantity": 1}]}));
    assert!(
        sold.text.contains("\"subTotal\":100.00,") && sold.text.contains("\"totalAmount\":110.00,"),
        "{sold:?}"
    );
}
