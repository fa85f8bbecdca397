//! Crowds at the tills: stock is taken to the last and no further, and no number comes twice.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{eventually, race};

use crate::support::{PRODUCTS, Reply, SALES, SOLD, Shop, Team, own_house};

/// A shop in a service of its own: a crowd leaves no room for other tests.
fn alone() -> Shop {
    let fixture = own_house();
    Shop::of(Team::found(&fixture.database, fixture.service))
}

/// What became of an order: whether its line was served, or `None` where the service was too busy to take it.
fn served(shop: &Shop, quantity: u32) -> Option<bool> {
    let reply = shop.till.post(SOLD, &json!({"orderItems": [{"productId": 1, "quantity": quantity}]}));
    if reply.status == 503 {
        assert!(reply.header("retry-after").is_some(), "{}", reply.text);
        return None;
    }
    Some(reply.created()["data"]["warnings"] == json!([]))
}

#[test]
fn a_hundred_are_taken_by_64_clients_in_200_rounds_and_nothing_falls_below_nothing() {
    let shop = alone();
    shop.product(json!({"sku": "A", "unitPrice": 1, "stockQuantity": 100}));
    let rounds = race(64, |_| (0..200).map(|_| served(&shop, 1)).collect::<Vec<_>>());
    let made: Vec<_> = rounds.into_iter().flatten().flatten().collect();
    assert_eq!(made.iter().filter(|served| **served).count(), 100, "of {} orders", made.len());
    assert_eq!(shop.stock(1), json!(0));
    let lowest = "SELECT min(balance)::text || ' ' || count(*) FROM stock_movements WHERE team_id =";
    let lowest = shop.team.database.scalar(&format!("{lowest} '{}'", shop.team.id));
    assert_eq!(lowest, "0.000 101", "one movement each, and the opening one");
    let orders = shop.till.get(&format!("{SOLD}?pageSize=1")).ok()["data"]["totalCount"].take();
    assert_eq!(orders, json!(made.len()), "what was answered is there, and nothing else");
}

/// Sends until the service has room.
fn made(send: impl Fn() -> Reply) -> Value {
    eventually("the service to take an order", || {
        let reply = send();
        (reply.status != 503).then(|| reply.created()["data"].take())
    })
}

#[test]
fn two_hundred_created_at_once_have_two_hundred_numbers_in_both_channels() {
    let shop = alone();
    shop.product(json!({"sku": "A", "unitPrice": 1, "stockQuantity": 100}));
    let sale = json!({"orderItems": [{"productId": 1, "quantity": 1}]});
    let order = json!({
        "customerInfo": {"name": "Ann"}, "deliveryAddress": {"street": "S", "city": "C", "pincode": "1"},
        "items": [{"productName": "P", "quantity": 1, "pricePerUnit": 1}],
    });
    let orders = race(200, |racer| match racer % 2 {
        0 => made(|| shop.till.post(SOLD, &sale)),
        _ => made(|| shop.admin.post(SALES, &order)),
    });
    let numbers: BTreeSet<_> = orders.iter().map(|order| order["orderNumber"].as_str().unwrap()).collect();
    assert_eq!(numbers.len(), 200);
    let products = race(200, |racer| {
        made(|| shop.till.post(PRODUCTS, &json!({"sku": format!("P{racer}"), "name": "P", "unitPrice": 1})))
    });
    let numbers: BTreeSet<_> = products.iter().map(|product| product["id"].as_i64().unwrap()).collect();
    assert_eq!(numbers.len(), 200);
}
