//! Orders in oms (`docs/spec/oms.md`, "Orders").

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    OMS_ORDERS, POS_ORDERS, Reply, Requests, Shop, is_uuid, oms_order_example, order, path_of,
};

const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";

#[test]
fn the_examples_of_the_api_document_work_to_the_letter() {
    let shop = Shop::new();
    let reply = shop.admin.post(OMS_ORDERS, &oms_order_example());
    let mut created = reply.created();
    let data = created["data"].clone();
    let line = |place: usize, name: &str, sku: &str, quantity: u32, price: f64, total: f64| {
        assert!(is_uuid(&data["items"][place]["id"]), "{data}");
        json!({
            "id": data["items"][place]["id"], "productName": name, "sku": sku, "quantity": quantity,
            "pricePerUnit": price, "totalPrice": total,
        })
    };
    assert!(is_uuid(&data["id"]), "{data}");
    let year = &data["createdAt"].as_str().unwrap()[..4];
    let mut expected = json!({
        "id": data["id"], "orderNumber": format!("ORD-{year}-001"), "totalAmount": 3000.0, "currency": "EUR",
        "status": "RECEIVED",
        "items": [
            line(0, "Organic Tomatoes", "ORG-TOM-001", 50, 45.0, 2250.0),
            line(1, "Fresh Spinach", "FRS-SPN-002", 30, 25.0, 750.0),
        ],
        "customerInfo": oms_order_example()["customerInfo"], "deliveryAddress": oms_order_example()["deliveryAddress"],
        "source": "API", "notes": "Special delivery instructions", "cancelReason": null, "closeReason": null, "assignedItems": [],
        "channel": "oms", "version": 1, "createdAt": data["createdAt"], "updatedAt": data["createdAt"],
    });
    assert_eq!(created["data"].take(), expected);
    assert_eq!(created, json!({"success": true, "message": "Order created successfully", "data": null}));
    for digits in [r#""totalAmount":3000.00"#, r#""pricePerUnit":45.00,"totalPrice":2250.00"#] {
        assert!(reply.text.contains(digits), "{}", reply.text);
    }
    assert_eq!(reply.header("etag"), Some("\"1\""));

    let path = path_of(OMS_ORDERS, &expected);
    let got = shop.admin.get(&path);
    assert_eq!(got.ok(), json!({"success": true, "data": expected}));
    assert_eq!(got.tagged_version(), Some("1"));
    let pagination = json!({"currentPage": 1, "totalPages": 1, "totalItems": 1, "itemsPerPage": 20});
    let listed = shop.admin.get(OMS_ORDERS).ok();
    assert_eq!(listed, json!({"success": true, "data": {"orders": [expected], "pagination": pagination}}));

    let cancelled = shop.admin.post(&format!("{path}/cancel"), &json!({"reason": "Out of season"}));
    let body = cancelled.ok();
    for (field, value) in [
        ("status", json!("CANCELLED")),
        ("cancelReason", json!("Out of season")),
        ("version", json!(2)),
        ("updatedAt", body["data"]["updatedAt"].clone()),
    ] {
        expected[field] = value;
    }
    assert_eq!(body, json!({"success": true, "message": "Order cancelled successfully", "data": expected}));
    assert_eq!(cancelled.header("etag"), Some("\"2\""));
}

#[test]
fn every_missing_or_bad_price_is_named_at_once_and_nothing_is_stored() {
    let shop = Shop::new();
    let before = shop.team.state();
    let mut request = oms_order_example();
    request["items"][0].as_object_mut().unwrap().remove("pricePerUnit");
    let required = "Price per unit is required";
    shop.admin.post(OMS_ORDERS, &request).oms_invalid(json!({"items.0.pricePerUnit": [required]}));
    let priced = |price: Value| json!({"productName": "A", "quantity": 1, "pricePerUnit": price});
    request["items"] = json!([
        priced(json!(null)),
        priced(json!(0)),
        priced(json!("abc")),
        priced(json!(1.00001)),
        priced(json!(-1)),
        priced(json!("45.0001")),
        priced(json!(true)),
        priced(json!("1e5")),
        priced(json!(100_000_000_000_i64)),
    ]);
    shop.admin.post(OMS_ORDERS, &request).oms_invalid(json!({
        "items.0.pricePerUnit": [required],
        "items.1.pricePerUnit": ["Price per unit must be greater than 0"],
        "items.2.pricePerUnit": ["Price per unit must be a decimal number"],
        "items.3.pricePerUnit": ["Price per unit may have at most 4 decimals"],
        "items.4.pricePerUnit": ["Price per unit must be greater than 0"],
        "items.6.pricePerUnit": ["Price per unit must be a decimal number"],
        "items.7.pricePerUnit": ["Price per unit must be a decimal number"],
        "items.8.pricePerUnit": ["Price per unit must be below 100000000000"],
    }));
    let missing = json!({
        "customerInfo": ["Customer info is required"], "deliveryAddress": ["Delivery address is required"],
        "items": ["Items is required"],
    });
    shop.admin.post(OMS_ORDERS, &json!({})).oms_invalid(missing);
    let wrong = json!({
        "customerInfo": {"name": " ", "email": "x"}, "deliveryAddress": {"state": 7},
        "items": [{"quantity": 0, "pricePerUnit": 1}, 7], "notes": [],
    });
    shop.admin.post(OMS_ORDERS, &wrong).oms_invalid(json!({
        "customerInfo.name": ["Name must not be empty"],
        "customerInfo.email": ["Email must be of the form name@example.com"],
        "deliveryAddress.street": ["Street is required"], "deliveryAddress.city": ["City is required"],
        "deliveryAddress.pincode": ["Pincode is required"], "deliveryAddress.state": ["State must be text"],
        "items.0.productName": ["Product name is required"], "items.0.quantity": ["Quantity must be greater than 0"],
        "items.1": ["must be an object"], "notes": ["Notes must be text"],
    }));
    let items = vec![priced(json!(1)); 501];
    request["items"] = json!(items);
    let many = "Items must have 1 to 500 entries, this has 501";
    shop.admin.post(OMS_ORDERS, &request).oms_invalid(json!({"items": [many]}));
    assert_eq!(shop.team.state(), before);
    request["items"] = json!(items[1..]);
    assert_eq!(shop.admin.post(OMS_ORDERS, &request).created()["data"]["totalAmount"], json!(500.0));
}

#[test]
fn the_list_is_filtered_and_paged() {
    let shop = Shop::stocked();
    let id = shop.team.caller.id.clone();
    for (number, at) in
        [(1, "2024-09-30T23:59:59.999Z"), (2, "2024-10-01T00:00:00Z"), (3, "2024-10-08T10:30:00Z")]
    {
        if number == 3 {
            shop.sell(1, 1);
        } else {
            shop.create_oms_order();
        }
        shop.team.database.execute(&format!(
            "UPDATE sales_orders SET created_at = '{at}' WHERE team_id = '{id}' AND number = {number}"
        ));
    }
    shop.till.patch(&format!("{POS_ORDERS}/3"), &json!({"orderStatus": "Processing"})).ok();
    let listed = |query: &str| {
        let data = shop.admin.get(&format!("{OMS_ORDERS}?{query}")).ok()["data"].take();
        let days = data["orders"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["createdAt"].as_str().unwrap()[..10].to_owned());
        (days.collect::<Vec<_>>().join(" "), data["pagination"].clone())
    };
    for (query, expected) in [
        ("", "2024-10-08 2024-10-01 2024-09-30"),
        ("status=RECEIVED", "2024-10-01 2024-09-30"),
        ("status=PROCESSING", "2024-10-08"),
        ("status=CLOSED", ""),
        ("startDate=2024-10-01", "2024-10-08 2024-10-01"),
        ("endDate=2024-10-01", "2024-10-01 2024-09-30"),
        ("startDate=2024-10-01T00:00:00.001Z&endDate=2024-10-08T10:30:00Z", "2024-10-08"),
        ("limit=2", "2024-10-08 2024-10-01"),
        ("limit=2&page=2", "2024-09-30"),
        ("limit=2&page=3", ""),
    ] {
        assert_eq!(listed(query).0, expected, "{query}");
    }
    let pagination = json!({"currentPage": 2, "totalPages": 2, "totalItems": 3, "itemsPerPage": 2});
    assert_eq!(listed("limit=2&page=2").1, pagination);
    let uncounted = json!({"currentPage": 1, "totalPages": null, "totalItems": null, "itemsPerPage": 20});
    assert_eq!(listed("total=false").1, uncounted);
    let reply = shop.admin.get(&format!("{OMS_ORDERS}?page=0&limit=101&status=Pending&startDate=x&total=1"));
    let errors = reply.json()["errors"].clone();
    let named: Vec<_> = errors.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((reply.status, named), (422, vec!["limit", "page", "startDate", "status", "total"]));
    let errors = json!({"endDate": ["must not be before the period begins"]});
    shop.admin.get(&format!("{OMS_ORDERS}?startDate=2024-10-02&endDate=2024-10-01")).oms_invalid(errors);
}

#[test]
fn each_role_sees_and_does_what_the_role_table_says() {
    let shop = Shop::new();
    let created = shop.create_oms_order();
    let path = path_of(OMS_ORDERS, &created);
    let cancel = format!("{path}/cancel");
    let before = shop.team.state();
    let vendor = shop.team.user(&["VENDOR"]);
    let people = [("ACCOUNTS", 1), ("OPS", 1), ("VENDOR", 0)];
    for (role, sees) in people {
        let person = if role == "VENDOR" { vendor.clone() } else { shop.team.user(&[role]) };
        let listed = person.get(OMS_ORDERS).ok();
        assert_eq!(listed["data"]["orders"].as_array().unwrap().len(), sees, "{role}");
        assert_eq!(listed["data"]["pagination"]["totalItems"], json!(sees), "{role}");
        assert_eq!(person.get(&path).status, if sees == 1 { 200 } else { 404 }, "{role}");
        person.post(OMS_ORDERS, &oms_order_example()).oms_refused(403, "Your role does not allow this");
        person.post(&cancel, &json!({})).oms_refused(403, "Your role does not allow this");
    }
    let [foreign, absent] = [&path, &format!("{OMS_ORDERS}/{ABSENT}")].map(|path| vendor.get(path));
    foreign.oms_refused(404, "Order not found");
    assert_eq!(foreign.text, absent.text);
    assert_eq!(
        vendor.get(&format!("{OMS_ORDERS}?total=false")).ok()["data"]["pagination"]["totalItems"],
        Value::Null
    );
    assert_eq!(vendor.get(&format!("{OMS_ORDERS}?status=open")).status, 422);
    let operator = shop.team.user(&["OPERATOR"]);
    for reply in
        [operator.get(OMS_ORDERS), operator.get(&path), operator.post(OMS_ORDERS, &oms_order_example())]
    {
        reply.oms_refused(403, "Your role does not allow this");
    }
    shop.till.get(OMS_ORDERS).oms_refused(403, "This is for people: log in, an API key is not enough");
    let state = |text: &str| {
        text.lines().filter(|line| line.starts_with("sales_")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(state(&shop.team.state()), state(&before));
    assert_eq!(shop.admin.post(&cancel, &json!({})).ok()["data"]["status"], json!("CANCELLED"));
}

#[test]
fn an_order_is_cancelled_once_and_not_after_partial_fulfilment() {
    let shop = Shop::stocked();
    let created = shop.create_oms_order();
    let cancel = |id: &str, body: &Value| shop.admin.post(&format!("{OMS_ORDERS}/{id}/cancel"), body);
    let id = created["id"].as_str().unwrap();
    cancel(id, &json!({"reason": 7})).oms_invalid(json!({"reason": ["Reason must be text"]}));
    let bare = Reply::to(shop.admin.request(Method::POST, &format!("{OMS_ORDERS}/{id}/cancel")));
    assert_eq!(
        (&bare.ok()["data"]["status"], &bare.ok()["data"]["cancelReason"]),
        (&json!("CANCELLED"), &Value::Null)
    );
    let before = shop.team.state();
    assert_eq!(cancel(id, &json!({"reason": "again"})).ok()["data"]["version"], json!(2));
    assert_eq!(shop.team.state(), before, "cancelled once more, nothing changes");
    let team = &shop.team.caller.id;
    for (status, cancels) in [
        ("ASSIGNED", true),
        ("PROCESSING", true),
        ("PARTIALLY_FULFILLED", false),
        ("FULFILLED", false),
        ("CLOSED", false),
    ] {
        let created = shop.create_oms_order();
        let id = created["id"].as_str().unwrap();
        shop.team.database.execute(&format!(
            "UPDATE sales_orders SET status = '{status}' WHERE team_id = '{team}' AND id = '{id}'"
        ));
        let reply = cancel(id, &json!({}));
        if cancels {
            assert_eq!(reply.ok()["data"]["status"], json!("CANCELLED"), "{status}");
        } else {
            reply.oms_refused(409, &format!("The order is {status}, which can't be cancelled"));
        }
    }
    shop.sell(1, 5);
    let sold = shop.admin.get(&format!("{OMS_ORDERS}?limit=1")).ok()["data"]["orders"][0].take();
    assert_eq!((&sold["channel"], &sold["items"][0]["totalPrice"]), (&json!("pos"), &json!(55.0)));
    let sums = (&sold["items"][0]["pricePerUnit"], &sold["items"][0]["sku"], &sold["deliveryAddress"]);
    assert_eq!(sums, (&json!(10.0), &json!("SKU-1"), &Value::Null));
    assert_eq!(shop.admin.get(&path_of(OMS_ORDERS, &sold)).ok()["data"], sold);
    let before = shop.team.state();
    let message = "The order came from a till, where alone it can be changed";
    cancel(sold["id"].as_str().unwrap(), &json!({})).oms_refused(409, message);
    assert_eq!((shop.team.state(), shop.stock(1)), (before, json!(95)));
    for id in [ABSENT, "1", "null", "ORD-2024-001"] {
        cancel(id, &json!({})).oms_refused(404, "Order not found");
        shop.admin.get(&format!("{OMS_ORDERS}/{id}")).oms_refused(404, "Order not found");
    }
}

#[test]
fn a_cancellation_with_an_outdated_version_is_refused() {
    let shop = Shop::new();
    let created = shop.create_oms_order();
    let send = |tag: &str| {
        let request = shop.admin.request(Method::POST, &format!("{}/cancel", path_of(OMS_ORDERS, &created)));
        Reply::to(request.header("If-Match", tag).json(&json!({})))
    };
    let before = shop.team.state();
    for tag in ["\"2\"", "W/\"2\"", "x"] {
        send(tag).oms_refused(412, "The order was changed meanwhile; read it again");
    }
    assert_eq!(shop.team.state(), before);
    assert_eq!(send("W/\"1\"").ok()["data"]["version"], json!(2), "compressing proxies make tags weak");
}

#[test]
fn a_repeated_request_creates_one_order_and_numbers_restart_each_year() {
    let shop = Shop::new();
    let keyed = |body: &Value| {
        Reply::to(shop.admin.request(Method::POST, OMS_ORDERS).header("Idempotency-Key", "k1").json(body))
    };
    let first = keyed(&oms_order_example());
    first.created();
    let again = keyed(&oms_order_example());
    assert_eq!((again.header("idempotent-replayed"), &again.text), (Some("true"), &first.text));
    assert_eq!(shop.team.count("sales_orders"), 1);
    let second = shop.create_oms_order();
    assert!(second["orderNumber"].as_str().unwrap().ends_with("-002"), "{second}");
}

#[test]
fn the_import_routes_are_still_served() {
    let shop = Shop::new();
    assert_eq!(shop.team.import("", &json!([order("A1")])).counts(), [1, 0, 0, 0]);
    assert_eq!(shop.team.get("/api/orders/imports").ok()["imports"].as_array().unwrap().len(), 1);
    let wrong = Reply::to(shop.team.request(Method::GET, "/api/orders/import"));
    wrong.refused(405, "METHOD_NOT_ALLOWED", "This address does not take this method");
    shop.admin.get("/api/orders/importer").oms_refused(404, "Order not found");
}
