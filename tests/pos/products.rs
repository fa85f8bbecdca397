//! The catalogue and its stock, `/pos/api/products` (`docs/spec/pos.md`, "Catalogue").

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{eventually, race};

use crate::support::{PRODUCTS, Plant, Reply, Requests, Shop, path_of};

#[test]
fn a_product_is_created_shown_and_changed() {
    let shop = Shop::new();
    let draft = json!({
        "sku": "TOM-1", "name": " Tomatoes ", "unitPrice": "12.5", "taxRate": 0.1, "discountRate": 0.125,
        "stockQuantity": 100, "id": 7, "version": 9,
    });
    let reply = shop.till.post(PRODUCTS, &draft);
    let created = reply.created();
    let at = created["data"]["createdAt"].clone();
    let mut product = json!({
        "id": 1, "sku": "TOM-1", "name": "Tomatoes", "unitPrice": 12.5, "taxRate": 0.1, "discountRate": 0.125,
        "stockQuantity": 100, "version": 1, "createdAt": at, "updatedAt": at,
    });
    let envelope = |data: &Value| json!({"success": true, "message": "Operation successful", "data": data});
    assert_eq!((created, reply.header("etag")), (envelope(&product), Some("\"1\"")));
    let digits = r#""unitPrice":12.50,"taxRate":0.10,"discountRate":0.125,"stockQuantity":100,"#;
    assert!(reply.text.contains(digits), "{}", reply.text);
    let got = shop.till.get(&format!("{PRODUCTS}/1"));
    assert_eq!((got.ok(), got.tagged_version()), (envelope(&product), Some("1")));
    let page = json!({"items": [product], "pageNumber": 1, "pageSize": 10, "totalCount": 1, "totalPages": 1});
    assert_eq!(shop.till.get(PRODUCTS).ok(), envelope(&page));

    let patch = json!({"sku": "TOM-2", "name": "Cherry tomatoes", "unitPrice": 13, "taxRate": "0.19", "discountRate": 0});
    let changed = shop.till.patch(&format!("{PRODUCTS}/1"), &patch).ok()["data"].take();
    for (field, value) in [
        ("sku", json!("TOM-2")),
        ("name", json!("Cherry tomatoes")),
        ("unitPrice", json!(13.0)),
        ("taxRate", json!(0.19)),
        ("discountRate", json!(0.0)),
        ("version", json!(2)),
        ("updatedAt", changed["updatedAt"].clone()),
    ] {
        product[field] = value;
    }
    assert_eq!(changed, product);
    let entries = shop.team.count("audit_entries");
    assert_eq!(shop.till.patch(&format!("{PRODUCTS}/1"), &patch).ok()["data"], product);
    assert_eq!(shop.team.count("audit_entries"), entries, "nothing differs, nothing is written");
}

#[test]
fn the_list_is_sorted_by_number_paged_and_filtered() {
    let shop = Shop::new();
    for (sku, name) in [("B", "Äpfel"), ("A", "apples"), ("AB", "50% Off"), ("a", "Apple juice")] {
        shop.product(json!({"sku": sku, "name": name, "unitPrice": 1}));
    }
    for (query, expected, pages) in [
        ("", &["B", "A", "AB", "a"][..], 1),
        ("?pageSize=3", &["B", "A", "AB"], 2),
        ("?pageSize=3&pageNumber=2", &["a"], 2),
        ("?pageSize=3&pageNumber=3", &[], 2),
        ("?sku=A", &["A"], 1),
        ("?sku=C", &[], 0),
        ("?name=APP", &["A", "a"], 1),
        ("?name=%C3%A4PF", &["B"], 1),
        ("?name=pples", &[], 0),
        ("?name=50%25", &["AB"], 1),
        ("?name=%25", &[], 0),
        ("?name=app&sku=a", &["a"], 1),
    ] {
        let data = shop.till.get(&format!("{PRODUCTS}{query}")).ok()["data"].take();
        let skus: Vec<_> =
            data["items"].as_array().unwrap().iter().map(|it| it["sku"].as_str().unwrap()).collect();
        assert_eq!((skus, &data["totalPages"]), (expected.to_vec(), &json!(pages)), "{query}");
    }
    let errors = json!({"pageNumber": ["must be a whole number, 1 or more"], "pageSize": ["must be between 1 and 100"]});
    shop.till.get(&format!("{PRODUCTS}?pageNumber=0&pageSize=101")).pos_invalid(errors);
}

#[test]
fn a_sku_is_unique() {
    let shop = Shop::new();
    shop.product(json!({"sku": "A", "unitPrice": 1}));
    let other = shop.product(json!({"sku": "B", "unitPrice": 1}));
    let before = shop.team.state();
    let message = "Another product has this SKU; choose another";
    let taken = json!({"sku": " A ", "name": "Another", "unitPrice": 1});
    shop.till.post(PRODUCTS, &taken).pos_refused(409, message);
    shop.till.patch(&path_of(PRODUCTS, &other), &json!({"sku": "A"})).pos_refused(409, message);
    assert_eq!(shop.team.state(), before);
}

#[test]
fn faulty_fields_are_named_all_at_once_and_nothing_is_stored() {
    let shop = Shop::new();
    shop.product(json!({"sku": "A", "unitPrice": 1}));
    let before = shop.team.state();
    let missing = json!({"sku": ["Sku is required"], "name": ["Name is required"], "unitPrice": ["Unit price is required"]});
    shop.till.post(PRODUCTS, &json!({})).pos_invalid(missing);
    let rate = |name: &str| {
        format!("{name} must be a fraction between 0 and 1 with at most four decimals, such as 0.18")
    };
    let wrong = json!({
        "sku": "", "name": "\u{202e}", "unitPrice": 0.12345, "taxRate": 19, "discountRate": -0.1, "stockQuantity": -1,
    });
    let errors = json!({
        "sku": ["Sku must not be empty"],
        "name": ["Name holds the character U+202E at position 1, which is not allowed"],
        "unitPrice": ["Unit price may have at most 4 decimals"], "taxRate": [rate("Tax rate")],
        "discountRate": [rate("Discount rate")], "stockQuantity": ["Stock quantity must be 0 or more"],
    });
    shop.till.post(PRODUCTS, &wrong).pos_invalid(errors.clone());
    shop.till.patch(&format!("{PRODUCTS}/1"), &wrong).pos_invalid(errors);
    let nothing = "must have sku, name, unitPrice, taxRate, discountRate or stockQuantity";
    shop.till.patch(&format!("{PRODUCTS}/1"), &json!({"id": 2})).pos_invalid(json!({"body": [nothing]}));
    for (quantity, message) in [
        (json!(null), "Quantity is required"),
        (json!(0), "Quantity must not be 0"),
        (json!("two"), "Quantity must be a decimal number"),
        (json!(0.0005), "Quantity may have at most 3 decimals"),
        (json!(1e12), "Quantity must be below 1000000000000"),
    ] {
        let reply = shop.till.post(&format!("{PRODUCTS}/1/movements"), &json!({"quantity": quantity}));
        reply.pos_invalid(json!({"quantity": [message]}));
    }
    assert_eq!(shop.team.state(), before);
}

#[test]
fn stock_is_adjusted_counted_and_never_negative() {
    let shop = Shop::new();
    shop.product(json!({"sku": "A", "unitPrice": 1, "stockQuantity": 10}));
    let movements = format!("{PRODUCTS}/1/movements");
    let moved = shop.till.post(&movements, &json!({"quantity": -2.5, "reason": " broken "})).created();
    let expected = json!({
        "id": 2, "type": "adjustment", "quantity": -2.5, "balance": 7.5, "reason": "broken", "orderId": null,
        "manufacturingOrderId": null, "createdAt": moved["data"]["createdAt"],
    });
    assert_eq!(moved, json!({"success": true, "message": "Operation successful", "data": expected}));
    let before = shop.team.state();
    shop.till
        .post(&movements, &json!({"quantity": -7.501}))
        .pos_refused(409, "There is not enough in stock: 7.5");
    assert_eq!(shop.team.state(), before);
    shop.till.post(&movements, &json!({"quantity": 1})).created();
    let counted = shop.till.patch(&format!("{PRODUCTS}/1"), &json!({"stockQuantity": 3})).ok();
    assert_eq!((&counted["data"]["stockQuantity"], shop.stock(1)), (&json!(3), json!(3)));
    let page = shop.till.get(&format!("{movements}?pageSize=2")).ok()["data"].take();
    let actual: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["id"], &it["reason"], &it["quantity"]))
        .collect();
    let expected = [(&json!(4), &json!("count"), &json!(-5.5)), (&json!(3), &json!("adjustment"), &json!(1))];
    assert_eq!(actual, expected);
    let paging = (&page["pageNumber"], &page["pageSize"], &page["totalCount"], &page["totalPages"]);
    assert_eq!(paging, (&json!(1), &json!(2), &json!(4), &json!(2)));
}

#[test]
fn concurrent_stock_changes_add_up() {
    let shop = Shop::new();
    shop.product(json!({"sku": "A", "unitPrice": 1, "stockQuantity": 10}));
    let statuses =
        race(16, |_| shop.till.post(&format!("{PRODUCTS}/1/movements"), &json!({"quantity": -1})).status);
    let count = |status: u16| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(201), count(409), shop.stock(1)), (10, 6, json!(0)));
}

#[test]
fn a_change_with_an_outdated_version_is_refused() {
    let shop = Shop::new();
    shop.product(json!({"sku": "A", "unitPrice": 1, "stockQuantity": 10}));
    let send = |tag: &str, price: u32| {
        let request = shop.till.request(Method::PATCH, &format!("{PRODUCTS}/1")).header("If-Match", tag);
        Reply::to(request.json(&json!({"unitPrice": price})))
    };
    shop.sell(1, 1);
    assert_eq!(send("\"1\"", 2).ok()["data"]["version"], json!(2), "stock moves without a version");
    let before = shop.team.state();
    for tag in ["\"1\"", "W/\"1\"", "\"3\"", "x"] {
        send(tag, 3).pos_refused(412, "The product was changed meanwhile; read it again");
    }
    assert_eq!(shop.team.state(), before);
    assert_eq!(send("\"2\"", 3).header("etag"), Some("\"3\""));
}

#[test]
fn a_malformed_product_number_is_not_found() {
    let shop = Shop::new();
    shop.product(json!({"sku": "A", "unitPrice": 1}));
    for id in ["2", "0", "-1", "01", "A", "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "9223372036854775808"] {
        let one = format!("{PRODUCTS}/{id}");
        shop.till.get(&one).pos_refused(404, "Product not found");
        shop.till.patch(&one, &json!({"unitPrice": 1})).pos_refused(404, "Product not found");
        shop.till.get(&format!("{one}/movements")).pos_refused(404, "Product not found");
        shop.till
            .post(&format!("{one}/movements"), &json!({"quantity": 1}))
            .pos_refused(404, "Product not found");
    }
}

#[test]
fn a_completed_manufacturing_order_adds_its_quantity_to_stock_once() {
    let plant = Plant::new();
    let product = json!({"sku": "WIDGET-A-001", "name": "Widget", "unitPrice": 5, "stockQuantity": 3});
    plant.team.post(PRODUCTS, &product).created();
    let other = json!({"sku": "WIDGET-A-002", "name": "Other", "unitPrice": 5});
    plant.team.post(PRODUCTS, &other).created();
    let orders = ["WO-1", "WO-2"].map(|number| {
        let order = plant.order(number, 1);
        order.start(0);
        order.act(0, &json!({"action": "complete", "quantityCompleted": 97, "quantityRejected": 3})).ok();
        order.id
    });
    let movements = || plant.team.get(&format!("{PRODUCTS}/1/movements")).ok()["data"].take();
    let received = eventually("the goods of both orders", || {
        Some(movements()).filter(|movements| movements["totalCount"] == json!(3))
    });
    let actual: Vec<_> = received["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            [&it["type"], &it["quantity"], &it["balance"], &it["manufacturingOrderId"]].map(Value::clone)
        })
        .collect();
    let expected = [
        [json!("production"), json!(97), json!(197), json!(orders[1])],
        [json!("production"), json!(97), json!(100), json!(orders[0])],
        [json!("opening"), json!(3), json!(3), Value::Null],
    ];
    assert_eq!(actual, expected);
    let stock =
        |product: u32| plant.team.get(&format!("{PRODUCTS}/{product}")).ok()["data"]["stockQuantity"].take();
    assert_eq!((stock(1), stock(2)), (json!(197), json!(0)));
}
