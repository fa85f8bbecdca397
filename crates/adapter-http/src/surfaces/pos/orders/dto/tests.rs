use super::*;
use crate::request::body::read;
use kernel::change::Change;
use kernel::money::MoneyFault;
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn faults<B: RequestBody>(body: &Value) -> Vec<(String, String)> {
    messages(read::<B>(body.as_object().unwrap().clone()).err().unwrap_or_default())
}

fn messages(faults: Vec<Fault>) -> Vec<(String, String)> {
    faults.into_iter().map(|fault| (fault.field.into_owned(), fault.message.into_owned())).collect()
}

#[test]
fn a_tills_order_has_1_to_500_lines_with_a_quantity_each() {
    let item = json!({"productId": 1, "quantity": 1});
    for (items, message) in [
        (json!(null), "Order items is required"),
        (json!([]), "Order items must have 1 to 500 entries, this has 0"),
        (json!(vec![item.clone(); 501]), "Order items must have 1 to 500 entries, this has 501"),
    ] {
        let found = faults::<CreateOrderRequest>(&json!({"orderItems": items}));
        assert_eq!(found, [("orderItems".to_owned(), message.to_owned())]);
    }
    for (quantity, message) in [
        ("0", "Quantity must be greater than 0"),
        ("-1", "Quantity must be greater than 0"),
        ("1e300", "Quantity must be a decimal number"),
        ("\"two\"", "Quantity must be a decimal number"),
        ("0.0005", "Quantity may have at most 3 decimals"),
    ] {
        let request = format!(r#"{{"orderItems": [{{"productId": 1, "quantity": {quantity}}}]}}"#);
        let found = faults::<CreateOrderRequest>(&serde_json::from_str(&request).unwrap());
        assert_eq!(found, [("orderItems.0.quantity".to_owned(), message.to_owned())], "{quantity}");
    }
}

#[test]
fn a_change_sets_clears_and_keeps_fields() {
    let request = json!({"customerName": "Jane", "notes": "", "paymentMethod": null});
    let change = read::<ChangeOrderRequest>(request.as_object().unwrap().clone()).unwrap();
    let customer_name = Change::Set(CustomerName::try_new("Jane").unwrap());
    let expected = PosChange {
        customer_name,
        notes: Change::Clear,
        payment_method: Change::Clear,
        ..PosChange::default()
    };
    assert_eq!(change, expected);
    let found = faults::<ChangeOrderRequest>(
        &json!({"orderStatus": "Done", "paymentStatus": 1, "customerEmail": "x"}),
    );
    let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["orderStatus", "paymentStatus", "customerEmail"]);
    assert_eq!(faults::<ChangeOrderRequest>(&json!({"totalAmount": 1}))[0].0, "body");
}

#[test]
fn faults_of_lines_are_named_by_their_channels_list() {
    let fault = MoneyFault::TooLarge(Decimal::from(10_000_000_000_000_000_u64));
    let named = |channel| {
        let faults = vec![
            OrderFault::UnknownProduct { line: 0, product: 7 },
            OrderFault::LineTotal { line: 2, fault },
            OrderFault::Total(fault),
        ];
        messages(SalesOrderError::NotPlaceable { channel, faults }.wire_faults())
    };
    let unknown = "Product 7 is not in the catalogue; send the id of one that is";
    let too_large = "What this comes to must be below 10000000000000000";
    let expected = [
        ("orderItems.0.productId", unknown),
        ("orderItems.2.quantity", too_large),
        ("orderItems", too_large),
    ];
    assert_eq!(named(Channel::Pos), expected.map(|(field, message)| (field.to_owned(), message.to_owned())));
    assert_eq!(
        named(Channel::Oms)[1..],
        ["items.2.quantity", "items"].map(|field| (field.to_owned(), too_large.to_owned()))
    );
}
