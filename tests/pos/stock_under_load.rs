//! Stock and numbers under load: stock never goes negative, and numbers are unique.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{eventually, race};

use crate::support::{OMS_ORDERS, POS_ORDERS, PRODUCTS, Reply, Requests, Shop, Team, dedicated_server};

/// Creates a shop in a dedicated server.
fn dedicated_shop() -> Shop {
    let server = dedicated_server();
    Shop::of(Team::create(&server.database, server.service))
}

/// Orders a product; returns whether it was taken from stock, or `None` if the service was overloaded.
fn try_to_sell(shop: &Shop, quantity: u32) -> Option<bool> {
    let reply = shop.till.post(POS_ORDERS, &json!({"orderItems": [{"productId": 1, "quantity": quantity}]}));
    if reply.status == 503 {
        assert!(reply.header("retry-after").is_some(), "{}", reply.text);
        return None;
    }
    Some(reply.created()["data"]["warnings"] == json!([]))
}

#[test]
fn a_stock_of_100_is_sold_exactly_once_by_64_clients_in_200_rounds() {
    let shop = dedicated_shop();
    shop.product(json!({"sku": "A", "unitPrice": 1, "stockQuantity": 100}));
    let rounds = race(64, |_| (0..200).map(|_| try_to_sell(&shop, 1)).collect::<Vec<_>>());
    let created: Vec<_> = rounds.into_iter().flatten().flatten().collect();
    assert_eq!(created.iter().filter(|served| **served).count(), 100, "of {} orders", created.len());
    assert_eq!(shop.stock(1), json!(0));
    let lowest = "SELECT min(balance)::text || ' ' || count(*) FROM stock_movements WHERE team_id =";
    let lowest = shop.team.database.scalar(&format!("{lowest} '{}'", shop.team.id));
    assert_eq!(lowest, "0.000 101", "one movement each, and the opening one");
    let orders = shop.till.get(&format!("{POS_ORDERS}?pageSize=1")).ok()["data"]["totalCount"].take();
    assert_eq!(orders, json!(created.len()), "exactly the confirmed orders are there");
}

/// Sends a request until the service is not overloaded.
fn create_with_retry(send: impl Fn() -> Reply) -> Value {
    eventually("the service to take an order", || {
        let reply = send();
        (reply.status != 503).then(|| reply.created()["data"].take())
    })
}

#[test]
fn two_hundred_concurrent_orders_of_both_channels_get_two_hundred_numbers() {
    let shop = dedicated_shop();
    shop.product(json!({"sku": "A", "unitPrice": 1, "stockQuantity": 100}));
    let sale = json!({"orderItems": [{"productId": 1, "quantity": 1}]});
    let order = json!({
        "customerInfo": {"name": "Ann"}, "deliveryAddress": {"street": "S", "city": "C", "pincode": "1"},
        "items": [{"productName": "P", "quantity": 1, "pricePerUnit": 1}],
    });
    let orders = race(200, |racer| match racer % 2 {
        0 => create_with_retry(|| shop.till.post(POS_ORDERS, &sale)),
        _ => create_with_retry(|| shop.admin.post(OMS_ORDERS, &order)),
    });
    let numbers: BTreeSet<_> = orders.iter().map(|order| order["orderNumber"].as_str().unwrap()).collect();
    assert_eq!(numbers.len(), 200);
    let products = race(200, |racer| {
        create_with_retry(|| {
            shop.till.post(PRODUCTS, &json!({"sku": format!("P{racer}"), "name": "P", "unitPrice": 1}))
        })
    });
    let numbers: BTreeSet<_> = products.iter().map(|product| product["id"].as_i64().unwrap()).collect();
    assert_eq!(numbers.len(), 200);
}
