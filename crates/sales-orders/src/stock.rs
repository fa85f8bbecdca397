//! Stock: an append-only ledger of movements, whose sum is what there is (contract, *pos*).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::error::Fault;
use kernel::events::Event;
use kernel::fields::{Fields, number, text};
use kernel::manufacturing::{OrderId, Sku};
use kernel::quantity::{Amount, Quantity};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::order::SalesOrderId;
use crate::product::ProductId;
use crate::values::AdjustmentReason;

/// Why stock moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// There was some when the product was created.
    Opening,
    /// An order took it.
    Sale(SalesOrderId),
    /// A cancelled order gave it back.
    Cancellation(SalesOrderId),
    /// A deleted order gave it back.
    Deletion(SalesOrderId),
    /// A manufacturing order made it.
    Production(OrderId),
    /// Somebody counted it.
    Count,
    /// Somebody adjusted it, and may have said why.
    Adjustment(Option<AdjustmentReason>),
}

impl Cause {
    /// Its word, in stores and answers.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Sale(_) => "sale",
            Self::Cancellation(_) => "cancellation",
            Self::Deletion(_) => "deletion",
            Self::Production(_) => "production",
            Self::Count => "count",
            Self::Adjustment(_) => "adjustment",
        }
    }

    /// The sales order behind it.
    pub const fn sales_order(&self) -> Option<SalesOrderId> {
        match self {
            Self::Sale(order) | Self::Cancellation(order) | Self::Deletion(order) => Some(*order),
            _ => None,
        }
    }
}

/// An entry of a product's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Its place in the product's ledger, from 1.
    pub sequence: i64,
    /// How much came in, or less than zero: went out; never zero.
    pub quantity: Decimal,
    /// How much there was after it.
    pub balance: Amount,
    /// Why.
    pub cause: Cause,
    /// The number of the sales order behind it, as tills know it.
    pub order_number: Option<i64>,
    /// When.
    pub at: DateTime<Utc>,
}

/// An adjustment of a product's stock by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// How much came in, or less than zero: went out; never zero.
    pub quantity: Decimal,
    /// Why.
    pub reason: Option<AdjustmentReason>,
}

impl Adjustment {
    /// Reads a request to adjust stock.
    ///
    /// # Errors
    /// Every faulty field.
    pub fn read(request: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::new(request);
        let quantity =
            fields.required("quantity", number, |quantity| match Quantity::try_new(quantity.abs()) {
                Ok(size) => Ok(if quantity.is_sign_negative() { -size.value() } else { size.value() }),
                Err(_) if quantity.is_zero() => Err("must not be 0".to_owned()),
                Err(fault) => Err(fault.to_string()),
            });
        let reason = fields.optional("reason", text, AdjustmentReason::try_new);
        fields.finish(quantity.map(|quantity| Self { quantity, reason }))
    }
}

/// What a line of an order wants, and which product it wants it of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// Which product.
    pub product: ProductId,
    /// How much of it.
    pub quantity: Quantity,
}

/// What each line gets out of `stock`, in the order of the lines: all it wants, or nothing where that is more than is
/// left (seed 001, *Stock Validation*; contract, *pos*).
pub fn serve(wants: &[Want], stock: &BTreeMap<ProductId, Amount>) -> Vec<Amount> {
    let mut left = stock.clone();
    let mut serve_one = |want: &Want| {
        let stock = left.get_mut(&want.product)?;
        let wanted = Amount::from(want.quantity);
        (wanted <= *stock).then(|| {
            *stock = stock.less(wanted);
            wanted
        })
    };
    wants.iter().map(|want| serve_one(want).unwrap_or_default()).collect()
}

/// Goods that a manufacturing order made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The event that told of them: they are received once for it.
    pub event: Uuid,
    /// Which order.
    pub order: OrderId,
    /// What was made.
    pub sku: Sku,
    /// How much of it is good.
    pub quantity: Quantity,
}

/// Why an event tells of no goods.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptFault {
    /// Its payload is not that of `order.completed`.
    #[error("the payload of order.completed can't be read: {0}")]
    Unreadable(&'static str),
}

impl Receipt {
    /// The goods that an `order.completed` tells of; none where nothing was good.
    ///
    /// # Errors
    /// When its payload can't be read.
    pub fn of(event: Uuid, payload: &str) -> Result<Option<Self>, ReceiptFault> {
        let payload: Value =
            serde_json::from_str(payload).map_err(|_| ReceiptFault::Unreadable("no JSON"))?;
        let text = |name: &'static str| {
            payload.get(name).and_then(Value::as_str).ok_or(ReceiptFault::Unreadable(name))
        };
        let order = text("orderId")?.parse().map_err(|_| ReceiptFault::Unreadable("orderId"))?;
        let sku = Sku::try_new(text("productIdentifier")?);
        let sku = sku.map_err(|_| ReceiptFault::Unreadable("productIdentifier"))?;
        let quantity = payload.get("quantityCompleted").map(number).and_then(Result::ok);
        let quantity = quantity.ok_or(ReceiptFault::Unreadable("quantityCompleted"))?;
        Ok(Quantity::try_new(quantity).ok().map(|quantity| Self { event, order, sku, quantity }))
    }
}

/// What a product's stock has come to, as an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockChange {
    /// Which product.
    pub product: ProductId,
    /// Its number.
    pub number: i64,
    /// Its SKU.
    pub sku: Sku,
    /// How much came in, or less than zero: went out.
    pub quantity: Decimal,
    /// How much there is now.
    pub balance: Amount,
    /// How many movements there were; events of one product come in this order.
    pub sequence: i64,
    /// Why it moved.
    pub cause: &'static str,
}

impl StockChange {
    /// `stock.changed`.
    ///
    /// # Errors
    /// Never: the payload has a form in JSON.
    pub fn event(&self, id: Uuid, at: DateTime<Utc>) -> Result<Event, kernel::events::PayloadFault> {
        let payload = crate::events::StockChanged {
            product_id: self.number,
            sku: self.sku.as_str().to_owned(),
            quantity: self.quantity,
            stock_quantity: self.balance,
            reason: self.cause,
        };
        Event::new(id, self.product.uuid(), self.sequence, at, &payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Id;
    use proptest::prelude::*;
    use serde_json::json;

    fn amount(text: &str) -> Amount {
        Amount::try_new(text.parse().unwrap()).unwrap()
    }

    fn want(product: u128, quantity: &str) -> Want {
        let quantity = Quantity::try_new(quantity.parse().unwrap()).unwrap();
        Want { product: Id::new(Uuid::from_u128(product)), quantity }
    }

    #[test]
    fn lines_are_served_in_their_order_and_never_in_part() {
        let stock = BTreeMap::from([(Id::new(Uuid::from_u128(1)), amount("5"))]);
        for (wants, served) in [
            (vec![want(1, "5")], vec!["5"]),
            (vec![want(1, "5.001")], vec!["0"]),
            (vec![want(1, "3"), want(1, "3"), want(1, "2")], vec!["3", "0", "2"]),
            (vec![want(2, "1"), want(1, "1")], vec!["0", "1"]),
        ] {
            let served: Vec<_> = served.into_iter().map(amount).collect();
            assert_eq!(serve(&wants, &stock), served, "{wants:?}");
        }
    }

    proptest! {
        #[test]
        fn no_more_is_taken_than_there_is(
            wants in proptest::collection::vec((1_u128..4, 1_i64..5_000), 0..20),
            stock in proptest::collection::btree_map(1_u128..4, 0_i64..10_000, 0..4),
        ) {
            let thousandths = |number: i64| Decimal::new(number, 3);
            let wants: Vec<_> = wants.into_iter().map(|(product, quantity)| Want {
                product: Id::new(Uuid::from_u128(product)),
                quantity: Quantity::try_new(thousandths(quantity)).unwrap(),
            }).collect();
            let stock: BTreeMap<ProductId, _> = stock.into_iter()
                .map(|(product, there)| (Id::new(Uuid::from_u128(product)), Amount::try_new(thousandths(there)).unwrap()))
                .collect();
            let served = serve(&wants, &stock);
            let mut left: BTreeMap<_, Decimal> = stock.iter().map(|(product, there)| (*product, there.value())).collect();
            for (want, served) in wants.iter().zip(&served) {
                let there = left.entry(want.product).or_default();
                let expected = if want.quantity.value() <= *there { want.quantity.value() } else { Decimal::ZERO };
                prop_assert_eq!(served.value(), expected);
                *there -= expected;
            }
            prop_assert!(left.values().all(|left| *left >= Decimal::ZERO));
        }
    }

    #[test]
    fn an_adjustment_goes_both_ways_but_not_nowhere() {
        let read =
            |request: Value| Adjustment::read(request.as_object().unwrap()).map(|it| it.quantity.to_string());
        assert_eq!(read(json!({"quantity": -2.5, "reason": "broken"})), Ok("-2.5".into()));
        for (quantity, message) in [
            (json!(0), "Quantity must not be 0"),
            (json!("2"), "Quantity must be a number of at most 28 digits"),
            (json!(null), "Quantity is required"),
            (json!(0.0001), "Quantity may have at most 3 decimals"),
        ] {
            assert_eq!(read(json!({"quantity": quantity})).unwrap_err()[0].message, message);
        }
    }

    #[test]
    fn a_completed_order_is_a_receipt_of_what_is_good() {
        let order = Uuid::from_u128(7);
        let payload = |good: Value| {
            json!({"orderId": order, "productIdentifier": "WIDGET", "quantityCompleted": good}).to_string()
        };
        let receipt = Receipt::of(Uuid::nil(), &payload(json!(97.5))).unwrap().unwrap();
        assert_eq!((receipt.order.uuid(), receipt.quantity.to_string()), (order, "97.5".into()));
        assert_eq!(Receipt::of(Uuid::nil(), &payload(json!(0))).unwrap(), None);
        let fault = Receipt::of(Uuid::nil(), &payload(json!("many"))).unwrap_err();
        assert_eq!(fault.to_string(), "the payload of order.completed can't be read: quantityCompleted");
    }
}
