//! Lists of orders in pos (`docs/spec/pos.md`, "Lists").

use serde_json::{Value, json};

use crate::support::{OMS_ORDERS, POS_ORDERS, Reply, Requests, Shop, path_of};

/// The notes of the orders on a page, and the total.
#[track_caller]
fn shown(reply: &Reply) -> (String, Option<u64>) {
    let data = reply.ok()["data"].take();
    let items = data["items"].as_array().unwrap();
    let notes = items.iter().map(|order| order["notes"].as_str().unwrap()).collect();
    (notes, data["totalCount"].as_u64())
}

/// Five orders, oldest first: a, b, c and d in pos, e in oms. Their dates are those in Warsaw.
fn orders() -> Shop {
    let shop = Shop::stocked();
    shop.admin.patch("/api/team", &json!({"timeZone": "Europe/Warsaw"})).ok();
    for (notes, name, phone, customer, quantity) in [
        ("a", "John Doe", "+1234567890", 1, 1),
        ("b", "JOHNNY 50%", "+48 600 700", 2, 2),
        ("c", "Ångström", "0900", 1, 3),
        ("d", "Jane", "X_1", -7, 100),
    ] {
        shop.place(json!({
            "notes": notes, "customerName": name, "customerPhone": phone, "customerId": customer,
            "orderItems": [{"productId": 3, "quantity": quantity}],
        }));
    }
    let mut order = crate::support::oms_order_example();
    order["notes"] = json!("e");
    shop.admin.post(OMS_ORDERS, &order).created();
    for (number, patch) in [
        (2, json!({"orderStatus": "Processing", "paymentStatus": "Paid"})),
        (3, json!({"orderStatus": "Completed", "paymentStatus": "Paid"})),
        (4, json!({"orderStatus": "Cancelled", "paymentStatus": "Refunded"})),
    ] {
        shop.till.patch(&format!("{POS_ORDERS}/{number}"), &patch).ok();
    }
    let id = &shop.team.caller.id;
    for (number, at) in [
        (1, "2025-08-28T21:59:59.999Z"),
        (2, "2025-08-28T22:00:00Z"),
        (3, "2025-08-30T12:00:00.5Z"),
        (4, "2025-08-30T21:59:59.999999Z"),
        (5, "2025-08-31T08:00:00Z"),
    ] {
        shop.team.database.execute(&format!(
            "UPDATE sales_orders SET created_at = '{at}' WHERE team_id = '{id}' AND number = {number}"
        ));
    }
    shop
}

#[test]
fn filters_work_alone_and_combined() {
    let shop = orders();
    let numbers = shop.till.get(POS_ORDERS).ok();
    let of = |place: usize| numbers["data"]["items"][place]["orderNumber"].as_str().unwrap().to_owned();
    let (sold, bought) = (of(4), of(0));
    for (query, expected) in [
        ("", "edcba"),
        ("orderStatus=Pending", "ea"),
        ("orderStatus=Processing", "b"),
        ("orderStatus=Completed", "c"),
        ("orderStatus=Cancelled", "d"),
        ("paymentStatus=Paid", "cb"),
        ("paymentStatus=Pending", "ea"),
        ("paymentStatus=Refunded", "d"),
        (&format!("orderNumber={sold}"), "a"),
        (&format!("orderNumber={}", &sold[..12]), "dcba"),
        (&format!("orderNumber={bought}"), "e"),
        ("orderNumber=ORD-", "edcba"),
        ("customerName=john", "ba"),
        ("customerName=DOE", "a"),
        ("customerName=50%25", "b"),
        ("customerName=%C3%A5NG", "c"),
        ("customerName=A%CC%8Angstr", "c"),
        ("customerPhone=345", "a"),
        ("customerPhone=%2B1234567890", "a"),
        ("customerPhone=x_1", "d"),
        ("customerPhone=00", "cb"),
        ("minTotal=11", "edcb"),
        ("minTotal=11.00&maxTotal=16.5", "cb"),
        ("maxTotal=5.50", "a"),
        ("minTotal=550&maxTotal=550", "d"),
        ("startDate=2025-08-29", "edcb"),
        ("startDate=2025-08-28", "edcba"),
        ("endDate=2025-08-28", "a"),
        ("endDate=2025-08-30", "dcba"),
        ("startDate=2025-08-29&endDate=2025-08-30", "dcb"),
        ("startDate=2025-08-28T22:00:00Z", "edcb"),
        ("startDate=2025-08-30T14:00:00.5%2B02:00&endDate=2025-08-30T12:00:00.500Z", "c"),
        ("orderStartDate=2025-08-28T23:59:59.000Z&orderEndDate=2025-08-30T23:59:59.999Z", "dc"),
        ("orderStartDate=2025-08-31", "e"),
        // the team's clocks are two hours ahead
        ("startDate=2025-08-29T00:00:00&endDate=2025-08-30T14:00", "b"),
        ("startDate=2025-08-30T14:00:00.5&endDate=2025-08-31T10:00:00", "edc"),
        ("startDate=0001-01-01&endDate=9999-12-31", "edcba"),
        ("orderStartDate=0001-01-01T00:00:00Z&orderEndDate=9999-12-31T23:59:59-12:00", "edcba"),
        ("orderEndDate=2025-08-28T21:59:59.999Z", "a"),
        ("startDate=2025-08-29&orderEndDate=2025-08-30T12:00:00.5Z", "cb"),
        ("startDate=2025-08-01&endDate=2025-09-01&orderStartDate=2025-08-30&orderEndDate=2025-08-30", "dc"),
        ("customerName=j&paymentStatus=Paid&minTotal=1&endDate=2025-08-30", "b"),
    ] {
        let reply = shop.till.get(&format!("{POS_ORDERS}?{query}"));
        assert_eq!(shown(&reply), (expected.to_owned(), Some(expected.len() as u64)), "{query}");
        let uncounted = shop.till.get(&format!("{POS_ORDERS}?{query}&total=false"));
        assert_eq!(shown(&uncounted), (expected.to_owned(), None), "{query}");
    }
    for (path, expected) in [
        ("status/Pending", "ea"),
        ("status/Processing", "b"),
        ("status/Completed", "c"),
        ("status/Cancelled", "d"),
        ("customer/1", "ca"),
        ("customer/2", "b"),
        ("customer/-7", "d"),
    ] {
        let reply = shop.till.get(&format!("{POS_ORDERS}/{path}"));
        assert_eq!(shown(&reply), (expected.to_owned(), Some(expected.len() as u64)), "{path}");
    }
}

#[test]
fn a_filter_without_matches_gets_404_and_an_empty_list_without_a_filter_does_not() {
    let shop = Shop::stocked();
    let empty = json!({"items": [], "pageNumber": 1, "pageSize": 10, "totalCount": 0, "totalPages": 0});
    assert_eq!(shop.till.get(POS_ORDERS).ok()["data"], empty);
    assert_eq!(
        shown(&shop.till.get(&format!("{POS_ORDERS}?total=false&pageNumber=7"))),
        (String::new(), None)
    );
    shop.place(json!({"customerId": 1, "notes": "a", "orderItems": [{"productId": 1, "quantity": 1}]}));
    for query in [
        "?orderStatus=Completed",
        "?customerName=nobody",
        "?orderNumber=RD-",
        "?minTotal=1000000",
        "?startDate=2099-01-01",
        "?endDate=2000-01-01",
        "?startDate=2099-01-01&orderEndDate=2098-01-01",
        "/status/Completed",
        "/customer/2",
        "/customer/9223372036854775807",
    ] {
        for paging in ["", "&total=false", "&total=false&pageNumber=2"] {
            let separator = if query.contains('?') { "" } else { "?" };
            let reply = shop.till.get(&format!("{POS_ORDERS}{query}{separator}{paging}"));
            reply.pos_refused(404, "No orders found");
        }
    }
    for query in [
        "?pageNumber=2",
        "?pageNumber=2&orderStatus=Pending",
        "/status/Pending?pageNumber=2",
        "/customer/1?pageNumber=9",
    ] {
        assert_eq!(
            shown(&shop.till.get(&format!("{POS_ORDERS}{query}"))),
            (String::new(), Some(1)),
            "{query}"
        );
        let separator = if query.contains('?') { '&' } else { '?' };
        let uncounted = shop.till.get(&format!("{POS_ORDERS}{query}{separator}total=false"));
        assert_eq!(shown(&uncounted), (String::new(), None), "{query}");
    }
    let entries = shop.team.database.scalar(&format!(
        "SELECT count(*) FROM audit_entries WHERE team_id = '{}' AND action = 'access.refused'",
        shop.team.caller.id
    ));
    assert_eq!(entries, "0", "nothing found is no refusal");
}

#[test]
fn pages_follow_each_other_without_overlap_while_orders_come_in() {
    let shop = orders();
    let page = |path: &str, number: u32, size: u32| {
        let separator = if path.contains('?') { '&' } else { '?' };
        shop.till.get(&format!("{POS_ORDERS}{path}{separator}pageNumber={number}&pageSize={size}"))
    };
    for (path, number, size, expected, pages) in [
        ("", 1, 2, "ed", 3),
        ("", 2, 2, "cb", 3),
        ("", 3, 2, "a", 3),
        ("?customerName=j", 2, 1, "b", 3),
        ("/status/Pending", 2, 1, "a", 2),
        ("/customer/1", 1, 1, "c", 2),
        ("/customer/1", 2, 1, "a", 2),
    ] {
        let reply = page(path, number, size);
        let data = &reply.ok()["data"];
        assert_eq!(shown(&reply).0, expected, "{path} {number}");
        let paging = (&data["pageNumber"], &data["pageSize"], &data["totalPages"]);
        assert_eq!(paging, (&json!(number), &json!(size), &json!(pages)), "{path} {number}");
    }
    let id = &shop.team.caller.id;
    shop.team
        .database
        .execute(&format!("UPDATE sales_orders SET created_at = '2025-08-30Z' WHERE team_id = '{id}'"));
    let seen: String = (1..=5).map(|number| shown(&page("", number, 1)).0).collect();
    let mut letters: Vec<_> = seen.chars().collect();
    letters.sort_unstable();
    assert_eq!(letters, ['a', 'b', 'c', 'd', 'e'], "orders of one moment: {seen}");
}

#[test]
fn faulty_parameters_are_named_all_at_once() {
    let shop = Shop::stocked();
    let status = "is unknown; it is one of Pending, Processing, Completed, Cancelled";
    let payment = "`paid` is unknown; it is one of Pending, PartiallyPaid, Paid, Failed, Refunded";
    let date = "must be a date such as 2025-01-20, or a time with its offset such as 2025-01-20T08:00:00Z, of the years 0001 to 9999";
    let query = "pageNumber=0&pageSize=10000&orderStatus=RECEIVED&paymentStatus=paid&startDate=yesterday&orderEndDate=1.2.2025\
                 &minTotal=abc&maxTotal=-1&total=no&customerName=%00&orderNumber=a%0Ab";
    let reply = shop.till.get(&format!("{POS_ORDERS}?{query}"));
    reply.pos_invalid(json!({
        "pageNumber": ["must be a whole number, 1 or more"], "pageSize": ["must be between 1 and 100"],
        "orderStatus": [format!("`RECEIVED` {status}")], "paymentStatus": [payment], "startDate": [date],
        "orderEndDate": [date], "minTotal": ["must be a decimal number"], "maxTotal": ["must be 0 or more"],
        "total": ["must be true or false"],
        "customerName": ["holds the character U+0000 at position 1, which is not allowed"],
        "orderNumber": ["holds the character U+000A at position 2, which is not allowed"],
    }));
    let ends = "must not be before the period begins";
    for (query, errors) in [
        ("pageSize=0", json!({"pageSize": ["must be between 1 and 100"]})),
        ("pageSize=101", json!({"pageSize": ["must be between 1 and 100"]})),
        ("minTotal=2&maxTotal=1.99", json!({"maxTotal": ["must not be less than minTotal"]})),
        ("minTotal=0.001", json!({"minTotal": ["may have at most 2 decimals"]})),
        ("startDate=2025-01-02&endDate=2025-01-01", json!({"endDate": [ends]})),
        (
            "startDate=2025-01-02&endDate=2025-01-01&orderStartDate=2025-01-02T00:00:01Z&orderEndDate=2025-01-02T00:00:00Z",
            json!({"endDate": [ends], "orderEndDate": [ends]}),
        ),
    ] {
        shop.till.get(&format!("{POS_ORDERS}?{query}")).pos_invalid(errors);
    }
    let reply = shop.till.get(&format!("{POS_ORDERS}/status/pending?pageSize=x"));
    let errors =
        json!({"status": [format!("`pending` {status}")], "pageSize": ["must be a whole number, 0 or more"]});
    reply.pos_invalid(errors);
    shop.till
        .get(&format!("{POS_ORDERS}/customer/1?pageNumber=-1"))
        .pos_invalid(json!({"pageNumber": ["must be a whole number, 1 or more"]}));
}

#[test]
fn both_lists_show_both_channels_each_with_its_own_status_names() {
    let shop = Shop::stocked();
    let sold = shop.sell(1, 1);
    let bought = shop.create_oms_order();
    let statuses = || {
        let at_tills = shop.till.get(POS_ORDERS).ok()["data"]["items"].take();
        let in_oms = shop.admin.get(OMS_ORDERS).ok()["data"]["orders"].take();
        let listed = |list: &Value, status: &str| -> Vec<(String, String)> {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            list.as_array()
                .unwrap()
                .iter()
                .map(|order| (text(&order["orderNumber"]), text(&order[status])))
                .collect()
        };
        (listed(&at_tills, "orderStatus"), listed(&in_oms, "status"))
    };
    let number = |order: &Value| order["orderNumber"].as_str().unwrap().to_owned();
    let both = |of_bought: &str, of_sold: &str| {
        vec![(number(&bought), of_bought.to_owned()), (number(&sold), of_sold.to_owned())]
    };
    assert_eq!(statuses(), (both("Pending", "Pending"), both("RECEIVED", "RECEIVED")));
    let to = |change: Value| shop.till.patch(&path_of(POS_ORDERS, &sold), &change).ok();
    to(json!({"orderStatus": "Processing"}));
    assert_eq!(statuses(), (both("Pending", "Processing"), both("RECEIVED", "PROCESSING")));
    to(json!({"orderStatus": "Completed"}));
    assert_eq!(statuses(), (both("Pending", "Completed"), both("RECEIVED", "FULFILLED")));
    to(json!({"paymentStatus": "Paid"}));
    assert_eq!(statuses(), (both("Pending", "Completed"), both("RECEIVED", "CLOSED")));
    shop.admin.post(&format!("{}/cancel", path_of(OMS_ORDERS, &bought)), &json!({})).ok();
    assert_eq!(statuses(), (both("Cancelled", "Completed"), both("CANCELLED", "CLOSED")));
    shop.till.delete(&path_of(POS_ORDERS, &sold)).ok();
    let left = |status: &str| vec![(number(&bought), status.to_owned())];
    assert_eq!(statuses(), (left("Cancelled"), left("CANCELLED")));
}
