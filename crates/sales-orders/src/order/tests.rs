use std::collections::BTreeMap;

use kernel::error::Fault;
use kernel::id::Id;
use kernel::money::Currency;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::product::Product;
use crate::product::tests::product;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(minute * 60, 0).unwrap()
}

fn object(request: &Value) -> &Map<String, Value> {
    request.as_object().unwrap()
}

fn catalogue(products: &[(i64, &str)]) -> BTreeMap<i64, Product> {
    products.iter().map(|(number, stock)| (*number, product(*number, stock))).collect()
}

fn place(new: &NewOrder, products: &BTreeMap<i64, Product>) -> Result<Placed, Vec<Fault>> {
    let with = Placing {
        id: Id::new(Uuid::from_u128(100)),
        line_ids: (0..new.lines.len()).map(|place| Id::new(Uuid::from_u128(place as u128))).collect(),
        currency: Currency::EUR,
        at: at(0),
    };
    let numbers = Numbers { order_number: "ORD-20241201-0001".into(), order: 1, first_line: 11 };
    new.place(&with, &numbers, products)
}

/// An order of a till for these products and quantities.
fn till(items: &[(i64, f64)]) -> NewOrder {
    let items: Vec<_> =
        items.iter().map(|(product, quantity)| json!({"productId": product, "quantity": quantity})).collect();
    NewOrder::of_till(object(&json!({"orderItems": items}))).unwrap()
}

fn sold() -> SalesOrder {
    place(&till(&[(1, 2.0), (3, 1.0)]), &catalogue(&[(1, "5"), (3, "5")])).unwrap().order
}

fn api_request() -> Value {
    json!({
        "customerInfo": {"name": "Customer Name", "email": "customer@example.com", "phone": "+91-9876543210"},
        "deliveryAddress": {"street": "123 Main Street", "city": "Bangalore", "state": "Karnataka",
                            "pincode": "560001", "landmark": "Near Mall"},
        "items": [
            {"productName": "Organic Tomatoes", "sku": "ORG-TOM-001", "quantity": 50, "pricePerUnit": 45.00},
            {"productName": "Fresh Spinach", "sku": "FRS-SPN-002", "quantity": 30, "pricePerUnit": 25.00}
        ],
        "source": "API", "notes": "Special delivery instructions"
    })
}

fn bought_in() -> SalesOrder {
    let new = NewOrder::of_order_api(object(&api_request())).unwrap();
    place(&new, &BTreeMap::new()).unwrap().order
}

fn messages(faults: Vec<Fault>) -> Vec<(String, String)> {
    faults.into_iter().map(|fault| (fault.field.into_owned(), fault.message.into_owned())).collect()
}

fn to(status: PosStatus) -> Command {
    Command::Change(PosChange { status: Some(status), ..Default::default() })
}

fn paid() -> Command {
    Command::Change(PosChange { payment_status: Some(PaymentStatus::Paid), ..Default::default() })
}

fn done(order: &SalesOrder, command: &Command) -> Changed {
    order.apply(command, at(5)).unwrap().unwrap()
}

#[test]
fn lines_of_tills_are_priced_from_the_catalogue_and_take_from_stock() {
    let placed = place(&till(&[(1, 2.0), (3, 1.0)]), &catalogue(&[(1, "5"), (3, "5")])).unwrap();
    let order = &placed.order;
    let totals = order.totals;
    let sums = [totals.sub_total, totals.tax, totals.discount, totals.total].map(|sum| sum.to_string());
    assert_eq!(sums, ["30.00", "3.00", "0.00", "33.00"]);
    assert_eq!((order.status, order.payment_status), (SalesStatus::Received, PaymentStatus::Pending));
    let lines: Vec<_> = order.lines.iter().map(|line| (line.number, line.taken.to_string())).collect();
    assert_eq!(lines, [(11, "2".to_owned()), (12, "1".to_owned())]);
    assert_eq!(placed.short, []);
}

#[test]
fn a_line_that_is_short_takes_nothing_and_says_what_was_left_for_it() {
    let placed = place(&till(&[(1, 3.0), (1, 3.0), (1, 2.0)]), &catalogue(&[(1, "5")])).unwrap();
    let taken: Vec<_> = placed.order.lines.iter().map(|line| line.taken.to_string()).collect();
    assert_eq!(taken, ["3", "0", "2"]);
    let short: Vec<_> = placed.short.iter().map(|it| (it.line, it.left.to_string())).collect();
    assert_eq!(short, [(1, "2".to_owned())]);
}

#[test]
fn every_unknown_product_is_named_and_nothing_is_placed() {
    let faults = place(&till(&[(7, 1.0), (1, 1.0), (8, 1.0)]), &catalogue(&[(1, "5")])).unwrap_err();
    let fields: Vec<_> = faults.iter().map(|fault| (&*fault.field, &*fault.code)).collect();
    let expected =
        [("orderItems.0.productId", "UNKNOWN_PRODUCT"), ("orderItems.2.productId", "UNKNOWN_PRODUCT")];
    assert_eq!(fields, expected);
}

#[test]
fn totals_past_the_limit_are_refused() {
    let mut dear = catalogue(&[(1, "0")]);
    dear.get_mut(&1).unwrap().unit_price = UnitPrice::try_new(99_999_999_999_i64.into()).unwrap();
    let faults = messages(place(&till(&[(1, 1_000_000.0)]), &dear).unwrap_err());
    let message = "What this comes to must be below 10000000000000000";
    assert_eq!(faults, [("orderItems.0.quantity".to_owned(), message.to_owned())]);
    let faults = messages(place(&till(&[(1, 50_000.0), (1, 50_001.0)]), &dear).unwrap_err());
    assert_eq!(faults, [("orderItems".to_owned(), message.to_owned())]);
}

#[test]
fn lines_of_the_order_api_carry_their_own_price_and_move_no_stock() {
    let order = bought_in();
    assert_eq!(order.totals.total.to_string(), "3000.00");
    let totals: Vec<_> = order.lines.iter().map(|line| line.totals.total.to_string()).collect();
    assert_eq!(totals, ["2250.00", "750.00"]);
    assert!(order.lines.iter().all(|line| line.product.is_none() && line.taken.is_zero()));
}

#[test]
fn every_missing_or_bad_price_is_named_at_once() {
    let mut request = api_request();
    request["items"] = json!([
        {"productName": "A", "quantity": 1},
        {"productName": "B", "quantity": 1, "pricePerUnit": 0},
        {"productName": "C", "quantity": 1, "pricePerUnit": "abc"},
        {"productName": "D", "quantity": 1, "pricePerUnit": 1.00001},
        {"productName": "E", "quantity": 1, "pricePerUnit": "1.0001"},
    ]);
    let faults = messages(NewOrder::of_order_api(object(&request)).unwrap_err());
    let expected = [
        ("items.0.pricePerUnit", "Price per unit is required"),
        ("items.1.pricePerUnit", "Price per unit must be greater than 0"),
        ("items.2.pricePerUnit", "Price per unit must be a decimal number"),
        ("items.3.pricePerUnit", "Price per unit may have at most 4 decimals"),
    ];
    assert_eq!(faults, expected.map(|(field, message)| (field.to_owned(), message.to_owned())));
}

#[test]
fn an_order_of_the_api_needs_a_name_an_address_and_items() {
    let faults = messages(NewOrder::of_order_api(&Map::new()).unwrap_err());
    let fields: Vec<_> = faults.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["customerInfo", "deliveryAddress", "items"]);
    let mut request = api_request();
    request["customerInfo"] = json!({"email": "nobody"});
    request["deliveryAddress"] = json!({"state": ""});
    let fields: Vec<_> = messages(NewOrder::of_order_api(object(&request)).unwrap_err());
    let fields: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
    let expected = [
        "customerInfo.name",
        "customerInfo.email",
        "deliveryAddress.street",
        "deliveryAddress.city",
        "deliveryAddress.pincode",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn a_tills_order_has_1_to_500_lines_with_a_quantity_each() {
    let item = json!({"productId": 1, "quantity": 1});
    for (items, message) in [
        (json!(null), "Order items is required"),
        (json!([]), "Order items must have 1 to 500 entries, this has 0"),
        (json!(vec![item.clone(); 501]), "Order items must have 1 to 500 entries, this has 501"),
    ] {
        let faults = messages(NewOrder::of_till(object(&json!({"orderItems": items}))).unwrap_err());
        assert_eq!(faults, [("orderItems".to_owned(), message.to_owned())]);
    }
    for (quantity, message) in [
        ("0", "Quantity must be greater than 0"),
        ("-1", "Quantity must be greater than 0"),
        ("1e300", "Quantity must be a number of at most 28 digits"),
        ("\"2\"", "Quantity must be a number of at most 28 digits"),
        ("0.0005", "Quantity may have at most 3 decimals"),
    ] {
        let request = format!(r#"{{"orderItems": [{{"productId": 1, "quantity": {quantity}}}]}}"#);
        let request: Value = serde_json::from_str(&request).unwrap();
        let faults = messages(NewOrder::of_till(object(&request)).unwrap_err());
        assert_eq!(faults, [("orderItems.0.quantity".to_owned(), message.to_owned())], "{quantity}");
    }
}

#[test]
fn what_tills_may_do_to_each_status_cell_by_cell() {
    use SalesStatus::{Cancelled, Closed, Fulfilled, Processing, Received};
    let table = [
        (Received, [Some(Received), Some(Processing), Some(Fulfilled), Some(Cancelled)]),
        (Processing, [None, Some(Processing), Some(Fulfilled), Some(Cancelled)]),
        (Fulfilled, [None, None, Some(Fulfilled), None]),
        (Closed, [None, None, Some(Closed), None]),
        (Cancelled, [None, None, None, Some(Cancelled)]),
    ];
    for (status, cells) in table {
        let order = SalesOrder { status, ..sold() };
        let found = PosStatus::ALL.iter().map(|wish| match order.apply(&to(*wish), at(5)) {
            Ok(changed) => Some(changed.map_or(status, |changed| changed.order.status)),
            Err(SalesOrderError::Transition { from, to }) => {
                assert_eq!((from, to), (status.at_tills(), *wish));
                None
            }
            Err(other) => panic!("{other:?}"),
        });
        assert_eq!(found.collect::<Vec<_>>(), cells, "{status:?}");
    }
}

#[test]
fn the_same_status_again_changes_nothing() {
    for status in [SalesStatus::Received, SalesStatus::Fulfilled, SalesStatus::Cancelled] {
        let order = SalesOrder { status, ..sold() };
        assert_eq!(order.apply(&to(status.at_tills()), at(5)).unwrap(), None);
    }
}

#[test]
fn what_is_completed_and_paid_is_closed_whichever_comes_first() {
    let completed = done(&sold(), &to(PosStatus::Completed));
    assert_eq!((completed.order.status, completed.event), (SalesStatus::Fulfilled, SalesEvent::Completed));
    assert_eq!((completed.order.completed_at, completed.order.version), (Some(at(5)), 2));
    let closed = done(&completed.order, &paid());
    assert_eq!((closed.order.status, closed.event), (SalesStatus::Closed, SalesEvent::Updated));
    let paid_first = done(&sold(), &paid());
    assert_eq!(paid_first.order.status, SalesStatus::Received);
    assert_eq!(done(&paid_first.order, &to(PosStatus::Completed)).order.status, SalesStatus::Closed);
}

#[test]
fn stock_goes_back_once_whatever_ends_the_order_first() {
    let order = sold();
    let returned = |changed: &Changed| -> Vec<_> {
        changed.returned.iter().map(|it| (it.product.number, it.quantity.to_string())).collect()
    };
    let all = [(1, "2".to_owned()), (3, "1".to_owned())];
    let cancelled = done(&order, &to(PosStatus::Cancelled));
    assert_eq!((returned(&cancelled), cancelled.event), (all.to_vec(), SalesEvent::Cancelled));
    let deleted = done(&cancelled.order, &Command::Delete);
    assert_eq!((returned(&deleted), deleted.order.deleted), (vec![], true));
    assert_eq!(returned(&done(&order, &Command::Delete)), all);
    let completed = done(&order, &to(PosStatus::Completed)).order;
    assert_eq!(returned(&done(&completed, &Command::Delete)), all);
}

#[test]
fn a_deleted_order_is_gone() {
    let deleted = done(&sold(), &Command::Delete).order;
    for command in [Command::Delete, paid()] {
        assert!(matches!(deleted.apply(&command, at(6)), Err(SalesOrderError::NotFound)));
    }
}

#[test]
fn only_the_channel_an_order_came_from_changes_it() {
    let cancel = Command::Cancel { reason: None };
    assert!(matches!(sold().apply(&cancel, at(5)), Err(SalesOrderError::OtherChannel(Channel::Pos))));
    for command in [Command::Delete, paid()] {
        let refused = bought_in().apply(&command, at(5));
        assert!(matches!(refused, Err(SalesOrderError::OtherChannel(Channel::Oms))));
    }
}

#[test]
fn the_order_api_cancels_until_something_is_there() {
    let reason = Notes::try_new("out of season").unwrap();
    let cancel = Command::Cancel { reason: reason.clone() };
    for status in SalesStatus::ALL.iter().copied() {
        let order = SalesOrder { status, ..bought_in() };
        match order.apply(&cancel, at(5)) {
            Ok(Some(changed)) => {
                assert!(status.can_be_cancelled());
                assert_eq!(changed.order.status, SalesStatus::Cancelled);
                assert_eq!((changed.order.cancel_reason, changed.returned), (reason.clone(), vec![]));
            }
            Ok(None) => assert_eq!(status, SalesStatus::Cancelled),
            Err(SalesOrderError::NotCancellable(at)) => {
                assert!(at == status && !status.can_be_cancelled() && status != SalesStatus::Cancelled);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_change_sets_clears_and_keeps_fields() {
    let request = json!({"customerName": "Jane", "notes": "", "paymentMethod": null});
    let change = PosChange::read(object(&request)).unwrap();
    let order = SalesOrder { notes: Notes::try_new("old").unwrap(), ..sold() };
    let changed = done(&order, &Command::Change(change)).order;
    assert_eq!(changed.customer.name.map(|name| name.to_string()), Some("Jane".to_owned()));
    assert_eq!((changed.notes, changed.payment_method), (None, None));
    let faults =
        PosChange::read(object(&json!({"orderStatus": "Done", "paymentStatus": 1, "customerEmail": "x"})));
    let fields: Vec<_> = messages(faults.unwrap_err()).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["orderStatus", "paymentStatus", "customerEmail"]);
    let nothing = messages(PosChange::read(object(&json!({"totalAmount": 1}))).unwrap_err());
    assert_eq!(nothing[0].0, "body");
}
