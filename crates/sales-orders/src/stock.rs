//! Stock: an append-only ledger of movements, whose sum is what there is (`docs/spec/pos.md`, "Stock").

use chrono::{DateTime, Utc};
use kernel::events::{Event, PayloadFault};
use kernel::manufacturing::{OrderId, Sku};
use kernel::quantity::{Amount, Quantity, QuantityFault};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::events::StockChanged;
use crate::order::{SalesOrder, SalesOrderId};
use crate::product::{Product, ProductError, ProductId};
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
    /// Why an order that is over gives back what it took.
    pub const fn of_return(order: &SalesOrder) -> Self {
        if order.deleted { Self::Deletion(order.id) } else { Self::Cancellation(order.id) }
    }

    /// Its name in stores and answers.
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
    pub cause: Cause,
    /// The number of the sales order behind it, as tills know it.
    pub order_number: Option<i64>,
    pub at: DateTime<Utc>,
}

/// An adjustment of a product's stock by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    quantity: Decimal,
    pub reason: Option<AdjustmentReason>,
}

/// Why a number is no adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdjustmentFault {
    #[error("must not be 0")]
    Zero,
    #[error(transparent)]
    Size(#[from] QuantityFault),
}

impl Adjustment {
    /// An adjustment by so much, or less than zero: out of stock.
    ///
    /// # Errors
    /// When that is zero, or without its sign no [`Quantity`].
    pub fn try_new(quantity: Decimal) -> Result<Self, AdjustmentFault> {
        if quantity.is_zero() {
            return Err(AdjustmentFault::Zero);
        }
        Quantity::try_new(quantity.abs())?;
        Ok(Self { quantity: quantity.normalize(), reason: None })
    }

    /// The same adjustment with that reason.
    #[must_use]
    pub fn because(self, reason: Option<AdjustmentReason>) -> Self {
        Self { reason, ..self }
    }

    /// How much comes in, or less than zero: goes out; never zero.
    pub const fn quantity(&self) -> Decimal {
        self.quantity
    }

    /// Checks that the product's stock can be adjusted so.
    ///
    /// # Errors
    /// [`ProductError::InsufficientStock`], [`ProductError::StockTooLarge`].
    pub fn check(&self, product: &Product) -> Result<(), ProductError> {
        let after = product.stock.value() + self.quantity;
        if after < Decimal::ZERO {
            return Err(ProductError::InsufficientStock { stock: product.stock });
        }
        Amount::try_new(after).map(drop).map_err(ProductError::StockTooLarge)
    }
}

/// Goods that a manufacturing order made, or made less of than was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The event that announced them: they are received once for it.
    pub event: Uuid,
    pub order: OrderId,
    pub sku: Sku,
    /// How much more of it is good, or less than zero: how much less; never zero.
    pub quantity: Decimal,
}

/// Why an event announces no goods.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptFault {
    /// Its payload is neither that of `order.completed` nor of `order.corrected`.
    #[error("the payload of the event can't be read: {0}")]
    Unreadable(&'static str),
}

impl Receipt {
    /// The goods that an `order.completed` or `order.corrected` announces; none where stock stays as it is.
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
        let amount = |name: &'static str| {
            let number = payload.get(name).and_then(Value::as_number);
            let number = number.and_then(|number| Decimal::from_str_exact(&number.to_string()).ok());
            number.ok_or(ReceiptFault::Unreadable(name))
        };
        let before =
            if payload.get("quantityBefore").is_some() { amount("quantityBefore")? } else { Decimal::ZERO };
        let quantity = amount("quantityCompleted")? - before;
        Ok((!quantity.is_zero()).then_some(Self { event, order, sku, quantity }))
    }

    /// What moves of the product's stock, which never goes below zero: goods that a correction says were never made may
    /// be sold already. `None` where nothing does.
    pub fn movement(&self, stock: Amount) -> Option<Decimal> {
        let moved = self.quantity.max(-stock.value());
        (!moved.is_zero()).then_some(moved)
    }
}

/// What a product's stock has come to, as an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockChange {
    pub product: ProductId,
    /// The product's number.
    pub number: i64,
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
    /// The event `stock.changed`.
    ///
    /// # Errors
    /// Never: the payload has a form in JSON.
    pub fn event(&self, id: Uuid, at: DateTime<Utc>) -> Result<Event, PayloadFault> {
        let payload = StockChanged {
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
    use serde_json::json;

    #[test]
    fn an_adjustment_goes_both_ways_but_not_nowhere() {
        let adjustment = |quantity: &str| {
            Adjustment::try_new(quantity.parse().unwrap()).map(|it| it.quantity().to_string())
        };
        assert_eq!(adjustment("-2.50"), Ok("-2.5".into()));
        assert_eq!(adjustment("0.001"), Ok("0.001".into()));
        for (quantity, fault) in [
            ("0", AdjustmentFault::Zero),
            ("-0.000", AdjustmentFault::Zero),
            ("0.0001", QuantityFault::TooPrecise.into()),
            ("-1000000000000", QuantityFault::TooLarge.into()),
        ] {
            assert_eq!(adjustment(quantity), Err(fault), "{quantity}");
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
        assert_eq!(fault.to_string(), "the payload of the event can't be read: quantityCompleted");
    }

    #[test]
    fn a_corrected_order_is_a_receipt_of_the_difference_as_far_as_stock_reaches() {
        let payload = |before: Value, good: Value| {
            let order = Uuid::from_u128(7);
            json!({
                "orderId": order, "productIdentifier": "WIDGET", "quantityBefore": before, "quantityCompleted": good,
            })
            .to_string()
        };
        let stock = |number: i64| Amount::try_new(number.into()).unwrap();
        let less = Receipt::of(Uuid::nil(), &payload(json!(100), json!(97.5))).unwrap().unwrap();
        let moved = [stock(100), stock(1), stock(0)].map(|stock| less.movement(stock));
        assert_eq!(moved, [Some(Decimal::new(-25, 1)), Some(Decimal::NEGATIVE_ONE), None]);
        let more = Receipt::of(Uuid::nil(), &payload(json!(90), json!(95))).unwrap().unwrap();
        assert_eq!(more.movement(stock(0)), Some(5.into()));
        assert_eq!(Receipt::of(Uuid::nil(), &payload(json!(90), json!(90))).unwrap(), None);
        assert!(Receipt::of(Uuid::nil(), &payload(json!("few"), json!(1))).is_err());
    }
}
