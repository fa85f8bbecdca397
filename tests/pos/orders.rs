//! Orders in pos: prices, stock, changes and deletion.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::race;

use crate::support::{POS_ORDERS, PRODUCTS, Reply, Requests, Shop, path_of};

/// The request in the API document (`docs/spec/pos.md`, "Create an order").
fn example() -> Value {
    json!({
        "customerId": 1,
        "customerName": "John Doe",
        "customerPhone": "+1234567890",
        "customerEmail": "john@example.com",
        "paymentMethod": "Cash",
        "notes": "Special instructions",
        "orderItems": [
            {"productId": 1, "quantity": 2, "notes": "Extra fresh"},
            {"productId": 3, "quantity": 1},
        ],
    })
}

/// The order number of an order's day: `ORD-YYYYMMDD-NNNN`.
fn number_of(order: &Value, number: u32) -> Value {
    let day = order["orderDate"].as_str().unwrap()[..10].replace('-', "");
    json!(format!("ORD-{day}-{number:04}"))
}

#[test]
fn the_examples_of_the_api_document_work_to_the_letter() {
    let shop = Shop::stocked();
    let reply = shop.till.post(POS_ORDERS, &example());
    let created = reply.created();
    let at = created["data"]["orderDate"].clone();
    let line = |id: u32, product: u32, price: f64, quantity: u32, sums: [f64; 3], notes: Value| {
        let [sub_total, tax, total] = sums;
        json!({
            "id": id, "orderId": 1, "productId": product, "productName": format!("Product SKU-{product}"),
            "unitPrice": price, "quantity": quantity, "subTotal": sub_total, "taxAmount": tax,
            "discountAmount": 0.0, "totalAmount": total, "notes": notes,
        })
    };
    let mut order = json!({
        "id": 1, "orderNumber": number_of(&created["data"], 1), "customerId": 1, "customerName": "John Doe",
        "customerPhone": "+1234567890", "customerEmail": "john@example.com", "subTotal": 25.0, "taxAmount": 2.5,
        "discountAmount": 0.0, "totalAmount": 27.5, "currency": "EUR", "paymentMethod": "Cash",
        "paymentStatus": "Pending", "orderStatus": "Pending", "notes": "Special instructions", "orderDate": at,
        "completedDate": null, "createdAt": at, "updatedAt": at, "version": 1, "channel": "pos", "orderItems": [
            line(1, 1, 10.0, 2, [20.0, 2.0, 22.0], json!("Extra fresh")),
            line(2, 3, 5.0, 1, [5.0, 0.5, 5.5], Value::Null),
        ],
    });
    let with_warnings = |order: &Value| {
        let mut order = order.clone();
        order["warnings"] = json!([]);
        json!({"success": true, "message": "Operation successful", "data": order})
    };
    assert_eq!(created, with_warnings(&order));
    for text in [
        r#""subTotal":25.00,"taxAmount":2.50,"discountAmount":0.00,"totalAmount":27.50,"currency""#,
        r#""unitPrice":10.00,"quantity":2,"subTotal":20.00,"taxAmount":2.00,"discountAmount":0.00,"totalAmount":22.00"#,
    ] {
        assert!(reply.text.contains(text), "{}", reply.text);
    }
    assert_eq!(reply.header("etag"), Some("\"1\""));

    let envelope = |data: &Value| json!({"success": true, "message": "Operation successful", "data": data});
    let got = shop.till.get(&format!("{POS_ORDERS}/1"));
    assert_eq!((got.ok(), got.tagged_version()), (envelope(&order), Some("1")));

    let page = json!({"items": [order], "pageNumber": 1, "pageSize": 20, "totalCount": 1, "totalPages": 1});
    let day = &order["orderDate"].as_str().unwrap()[..10];
    let listed =
        shop.till.get(&format!("{POS_ORDERS}?pageNumber=1&pageSize=20&orderStatus=Pending&startDate={day}"));
    assert_eq!(listed.ok(), envelope(&page));
    for path in ["status/Pending", "customer/1"] {
        let page =
            json!({"items": [order], "pageNumber": 1, "pageSize": 10, "totalCount": 1, "totalPages": 1});
        assert_eq!(shop.till.get(&format!("{POS_ORDERS}/{path}")).ok(), envelope(&page), "{path}");
    }
    let between = "orderStartDate=2025-08-28T23:59:59.000Z&orderEndDate=2025-08-30T23:59:59.999Z";
    shop.till.get(&format!("{POS_ORDERS}?{between}")).pos_refused(404, "No orders found");

    let patch =
        json!({"orderStatus": "Completed", "paymentStatus": "Paid", "notes": "Order completed successfully"});
    let changed = shop.till.patch(&format!("{POS_ORDERS}/1"), &patch);
    let body = changed.ok();
    for (field, value) in patch.as_object().unwrap() {
        order[field] = value.clone();
    }
    order["version"] = json!(2);
    for field in ["completedDate", "updatedAt"] {
        order[field] = body["data"]["updatedAt"].clone();
    }
    assert_eq!((body, changed.header("etag")), (envelope(&order), Some("\"2\"")));
    assert!(order["updatedAt"].as_str() > order["createdAt"].as_str(), "{order}");

    assert_eq!(shop.till.delete(&format!("{POS_ORDERS}/1")).ok(), envelope(&Value::Null));
    for path in ["1", "status/Completed", "customer/1"] {
        let gone = if path == "1" { "Order not found" } else { "No orders found" };
        shop.till.get(&format!("{POS_ORDERS}/{path}")).pos_refused(404, gone);
    }
    shop.till.delete(&format!("{POS_ORDERS}/1")).pos_refused(404, "Order not found");
    let next = shop.place(example());
    assert_eq!(
        (&next["id"], &next["orderNumber"]),
        (&json!(2), &number_of(&next, 2)),
        "no number comes twice"
    );
}

#[test]
fn stock_goes_down_with_the_order_and_comes_back_when_it_is_cancelled() {
    let shop = Shop::stocked();
    assert_eq!(shop.stock(1), json!(100));
    let order = shop.sell(1, 5);
    assert_eq!(shop.stock(1), json!(95));
    let cancel = json!({"orderStatus": "Cancelled"});
    assert_eq!(
        shop.till.patch(&path_of(POS_ORDERS, &order), &cancel).ok()["data"]["orderStatus"],
        json!("Cancelled")
    );
    assert_eq!(shop.stock(1), json!(100));
    assert_eq!(shop.till.patch(&path_of(POS_ORDERS, &order), &cancel).ok()["data"]["version"], json!(2));
    shop.till.delete(&path_of(POS_ORDERS, &order)).ok();
    assert_eq!(shop.stock(1), json!(100), "cancelled first, then deleted: given back once");
    let deleted = shop.sell(1, 2.5);
    assert_eq!(shop.stock(1), json!(97.5));
    shop.till.delete(&path_of(POS_ORDERS, &deleted)).ok();
    assert_eq!(shop.stock(1), json!(100));
    let ledger = shop.till.get(&format!("{PRODUCTS}/1/movements")).ok();
    let actual = ledger["data"]["items"].as_array().unwrap().iter();
    let actual: Vec<_> = actual
        .map(|it| (it["id"].clone(), it["type"].clone(), it["quantity"].clone(), it["orderId"].clone()))
        .collect();
    let expected = [
        (5, "deletion", json!(2.5), json!(2)),
        (4, "sale", json!(-2.5), json!(2)),
        (3, "cancellation", json!(5), json!(1)),
        (2, "sale", json!(-5), json!(1)),
        (1, "opening", json!(100), Value::Null),
    ];
    let expected = expected.map(|(id, kind, quantity, order)| (json!(id), json!(kind), quantity, order));
    assert_eq!(actual, expected);
}

#[test]
fn a_line_without_enough_stock_gets_a_warning_and_takes_nothing() {
    let shop = Shop::stocked();
    shop.product(json!({"sku": "RARE", "name": "Rare thing", "unitPrice": 1, "stockQuantity": 5}));
    let lines = json!([
        {"productId": 4, "quantity": 3}, {"productId": 4, "quantity": 3}, {"productId": 1, "quantity": 1},
        {"productId": 4, "quantity": 2}, {"productId": 4, "quantity": 0.5},
    ]);
    let body = json!({"orderItems": lines});
    let keyed = || shop.till.request(Method::POST, POS_ORDERS).header("Idempotency-Key", "short").json(&body);
    let reply = Reply::to(keyed());
    let order = reply.created()["data"].take();
    let warnings = json!([
        "Line 2: only 2 of 3 Rare thing (RARE) in stock; stock was not reduced",
        "Line 5: only 0 of 0.5 Rare thing (RARE) in stock; stock was not reduced",
    ]);
    assert_eq!(order["warnings"], warnings);
    assert_eq!((shop.stock(4), shop.stock(1)), (json!(0), json!(99)));
    let again = Reply::to(keyed());
    assert_eq!((again.header("idempotent-replayed"), &again.text), (Some("true"), &reply.text));
    assert_eq!(again.header("etag"), Some("\"1\""));
    assert_eq!((shop.stock(4), shop.stock(1)), (json!(0), json!(99)));
    let shown = shop.till.get(&path_of(POS_ORDERS, &order)).ok()["data"].take();
    assert!(shown.get("warnings").is_none(), "{shown}");
    shop.till.patch(&path_of(POS_ORDERS, &order), &json!({"orderStatus": "Cancelled"})).ok();
    assert_eq!((shop.stock(4), shop.stock(1)), (json!(5), json!(100)), "what it took, and no more");
}

#[test]
fn prices_names_and_totals_are_those_of_the_catalogue_at_the_time_of_the_order() {
    let shop = Shop::new();
    shop.product(
        json!({"sku": "A", "name": "Apple", "unitPrice": "0.3333", "taxRate": "0.19", "discountRate": 0.05}),
    );
    let reply = shop.till.post(
        POS_ORDERS,
        &json!({
            "subTotal": 1, "totalAmount": 1, "orderNumber": "MINE", "orderStatus": "Completed",
            "orderItems": [{"productId": 1, "quantity": 2.125, "unitPrice": 0, "productName": "Gift", "taxAmount": 0}],
        }),
    );
    // 0.3333 × 2.125 = 0.70826…, less 5 % = 0.04, 19 % of 0.67 = 0.13
    let sums = r#""subTotal":0.71,"taxAmount":0.13,"discountAmount":0.04,"totalAmount":0.80"#;
    assert_eq!(reply.text.matches(sums).count(), 2, "{}", reply.text);
    assert!(
        reply.text.contains(r#""productName":"Apple","unitPrice":0.3333,"quantity":2.125"#),
        "{}",
        reply.text
    );
    let order = reply.created()["data"].take();
    assert_eq!((&order["orderStatus"], &order["orderNumber"]), (&json!("Pending"), &number_of(&order, 1)));
    shop.till.patch(&format!("{PRODUCTS}/1"), &json!({"name": "Pear", "unitPrice": 9})).ok();
    let shown = shop.till.get(&path_of(POS_ORDERS, &order)).ok();
    assert_eq!(shown["data"]["orderItems"], order["orderItems"], "what was sold stays what it was");
}

#[test]
fn concurrent_orders_get_different_numbers() {
    let shop = Shop::stocked();
    let body = json!({"orderItems": [{"productId": 1, "quantity": 1}]});
    let created = race(16, |_| shop.till.post(POS_ORDERS, &body).created()["data"].take());
    let each =
        |pointer: &str| created.iter().map(|order| order.pointer(pointer).unwrap().to_string()).collect();
    let values: [BTreeSet<String>; 3] = ["/id", "/orderNumber", "/orderItems/0/id"].map(each);
    assert_eq!((values.map(|values| values.len()), shop.stock(1)), ([16; 3], json!(84)));
}

#[test]
fn stock_of_an_order_cancelled_and_deleted_concurrently_is_restored_once() {
    let shop = Shop::stocked();
    let (path, cancel) = (path_of(POS_ORDERS, &shop.sell(1, 5)), json!({"orderStatus": "Cancelled"}));
    let statuses = race(8, |number| match number % 2 {
        0 => shop.till.patch(&path, &cancel).status,
        _ => shop.till.delete(&path).status,
    });
    let deleted = statuses.iter().skip(1).step_by(2).filter(|status| **status == 200).count();
    assert!(deleted == 1 && statuses.iter().all(|status| matches!(status, 200 | 404)), "{statuses:?}");
    assert_eq!(shop.stock(1), json!(100));
}

#[test]
fn the_last_of_a_product_is_sold_once() {
    let shop = Shop::new();
    shop.product(json!({"sku": "A", "unitPrice": 1, "stockQuantity": 10}));
    shop.product(json!({"sku": "B", "unitPrice": 1, "stockQuantity": 10}));
    // in both orders of the products
    let body = |number: usize| {
        let (first, second) = if number.is_multiple_of(2) { (1, 2) } else { (2, 1) };
        json!({"orderItems": [{"productId": first, "quantity": 1}, {"productId": second, "quantity": 1}]})
    };
    let created =
        race(32, |number| shop.till.post(POS_ORDERS, &body(number)).created()["data"]["warnings"].take());
    let warned: usize = created.iter().map(|warnings| warnings.as_array().unwrap().len()).sum();
    assert_eq!((warned, shop.stock(1), shop.stock(2)), (2 * 22, json!(0), json!(0)));
}

#[test]
fn the_status_of_an_order_never_moves_back() {
    let shop = Shop::stocked();
    let to = |order: &Value, status: &str| {
        shop.till.patch(&path_of(POS_ORDERS, order), &json!({"orderStatus": status}))
    };
    let reached = |path: &[&str]| {
        let order = shop.sell(1, 1);
        for status in path {
            to(&order, status).ok();
        }
        order
    };
    for (path, refused) in [
        (&["Processing"][..], &["Pending"][..]),
        (&["Completed"], &["Pending", "Processing", "Cancelled"]),
        (&["Processing", "Completed"], &["Pending", "Processing", "Cancelled"]),
        (&["Cancelled"], &["Pending", "Processing", "Completed"]),
        (&["Processing", "Cancelled"], &["Pending", "Processing", "Completed"]),
    ] {
        let (order, last) = (reached(path), path.last().unwrap());
        let before = shop.team.state();
        for status in refused {
            let message = format!("The order is {last}, which can't become {status}");
            to(&order, status).pos_refused(409, &message);
        }
        let same = to(&order, last).ok();
        assert_eq!(same["data"]["version"], json!(path.len() + 1), "the same again changes nothing");
        assert_eq!(shop.team.state(), before, "{path:?}");
        let completed = *last == "Completed";
        assert_eq!(same["data"]["completedDate"].is_string(), completed, "{path:?}");
    }
}

#[test]
fn customer_and_payment_are_set_and_cleared() {
    let shop = Shop::stocked();
    let order = shop.place(example());
    let patch = json!({
        "paymentStatus": "PartiallyPaid", "paymentMethod": "Card", "notes": null, "customerId": 7, "customerName": "Jane",
        "customerPhone": null, "customerEmail": "jane@example.com", "totalAmount": 0, "orderItems": [],
    });
    let changed = shop.till.patch(&path_of(POS_ORDERS, &order), &patch).ok()["data"].take();
    let mut expected = order.clone();
    for (field, value) in patch.as_object().unwrap() {
        if !["totalAmount", "orderItems"].contains(&field.as_str()) {
            expected[field] = value.clone();
        }
    }
    expected.as_object_mut().unwrap().remove("warnings");
    (expected["version"], expected["updatedAt"]) = (json!(2), changed["updatedAt"].clone());
    assert_eq!(changed, expected);
    let entries = shop.team.count("audit_entries");
    assert_eq!(shop.till.patch(&path_of(POS_ORDERS, &order), &patch).ok()["data"], expected);
    assert_eq!(shop.team.count("audit_entries"), entries, "nothing differs, nothing is written");
    for status in ["Paid", "Failed", "Refunded", "Pending"] {
        let paid = shop.till.patch(&path_of(POS_ORDERS, &order), &json!({"paymentStatus": status})).ok();
        let statuses = (&paid["data"]["paymentStatus"], &paid["data"]["orderStatus"]);
        assert_eq!(statuses, (&json!(status), &json!("Pending")));
    }
}

#[test]
fn a_change_with_an_outdated_version_is_refused() {
    let shop = Shop::stocked();
    let order = shop.sell(1, 1);
    let path = path_of(POS_ORDERS, &order);
    let send = |method: Method, tag: &str, body: &Value| {
        Reply::to(shop.till.request(method, &path).header("If-Match", tag).json(body))
    };
    let note = |text: &str| json!({"notes": text});
    assert_eq!(send(Method::PATCH, "\"1\"", &note("first")).ok()["data"]["version"], json!(2));
    let before = shop.team.state();
    for tag in ["\"1\"", "\"3\"", "W/\"1\"", "\"x\"", "\"02\"", "1", ""] {
        let message = "The order was changed meanwhile; read it again";
        send(Method::PATCH, tag, &note("lost")).pos_refused(412, message);
        send(Method::DELETE, tag, &json!({})).pos_refused(412, message);
    }
    assert_eq!((shop.team.state(), shop.stock(1)), (before, json!(99)));
    for (tag, version) in [("W/\"2\"", 3), ("\"1\", \"3\"", 4), ("4", 5), ("*", 6)] {
        let changed = send(Method::PATCH, tag, &note(tag));
        assert_eq!(changed.ok()["data"]["version"], json!(version), "{tag}");
        assert_eq!(changed.header("etag"), Some(&*format!("\"{version}\"")));
    }
    send(Method::DELETE, "\"6\"", &json!({})).ok();
    let raced = shop.sell(1, 1);
    let (path, tag) = (path_of(POS_ORDERS, &raced), "\"1\"");
    let statuses = race(8, |number| {
        let request = shop.till.request(Method::PATCH, &path).header("If-Match", tag);
        Reply::to(request.json(&note(&number.to_string()))).status
    });
    let count = |status: u16| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(200), count(412)), (1, 7), "one of those who saw it the same wins");
}

#[test]
fn an_oms_order_is_shown_in_pos_but_can_not_be_changed_there() {
    let shop = Shop::stocked();
    let created = shop.create_oms_order();
    let shown = shop.till.get(&format!("{POS_ORDERS}/1")).ok()["data"].take();
    for (field, value) in [
        ("orderNumber", created["orderNumber"].clone()),
        ("channel", json!("oms")),
        ("orderStatus", json!("Pending")),
        ("customerName", json!("Customer Name")),
        ("totalAmount", json!(3000.0)),
        ("paymentMethod", Value::Null),
        ("customerId", Value::Null),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    let line = &shown["orderItems"][0];
    assert_eq!((&line["productId"], &line["productName"]), (&Value::Null, &json!("Organic Tomatoes")));
    assert_eq!((&line["unitPrice"], &line["totalAmount"]), (&json!(45.0), &json!(2250.0)));
    let before = shop.team.state();
    let message = "The order came from the order API, where alone it can be changed";
    shop.till.patch(&format!("{POS_ORDERS}/1"), &json!({"notes": "x"})).pos_refused(409, message);
    shop.till.delete(&format!("{POS_ORDERS}/1")).pos_refused(409, message);
    assert_eq!(shop.team.state(), before);
    shop.admin.post(&format!("{}/cancel", path_of("/api/orders", &created)), &json!({})).ok();
    let listed = shop.till.get(&format!("{POS_ORDERS}/status/Cancelled")).ok();
    assert_eq!(listed["data"]["items"][0]["orderNumber"], created["orderNumber"]);
}
