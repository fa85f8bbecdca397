//! The published payloads of `sales_order.*` and `stock.*`, version 1.

use kernel::events::Payload;
use kernel::money::Money;
use kernel::quantity::Amount;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// What every event of a sales order tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderFacts {
    /// The order.
    pub order_id: Uuid,
    /// What people call it.
    pub order_number: String,
    /// `pos` or `oms`.
    pub channel: &'static str,
    /// Where it stands now, in the words of seed 003.
    pub status: &'static str,
    /// What is known of the payment.
    pub payment_status: &'static str,
    /// What it comes to.
    pub total_amount: Money,
    /// In this currency.
    pub currency: String,
}

macro_rules! sales_order_events {
    ($($(#[$doc:meta])+ $name:ident => $event_type:literal),+ $(,)?) => {
        $(
            $(#[$doc])+
            #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
            #[serde(transparent)]
            pub struct $name(pub OrderFacts);

            impl Payload for $name {
                const EVENT_TYPE: &'static str = $event_type;
            }
        )+
    };
}

sales_order_events! {
    /// `sales_order.created`: an order was taken in.
    SalesOrderCreated => "sales_order.created",
    /// `sales_order.updated`: something of an order changed.
    SalesOrderUpdated => "sales_order.updated",
    /// `sales_order.completed`: an order was completed.
    SalesOrderCompleted => "sales_order.completed",
    /// `sales_order.cancelled`: an order was given up.
    SalesOrderCancelled => "sales_order.cancelled",
    /// `sales_order.deleted`: an order was deleted.
    SalesOrderDeleted => "sales_order.deleted",
}

/// `stock.changed`: a product's stock moved. One event a change, however many movements it had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StockChanged {
    /// The product's number.
    pub product_id: i64,
    /// Its SKU.
    pub sku: String,
    /// How much came in, or less than zero: went out.
    #[serde(serialize_with = "exactly")]
    pub quantity: Decimal,
    /// How much there is now.
    pub stock_quantity: Amount,
    /// Why: `opening`, `sale`, `cancellation`, `deletion`, `production`, `count` or `adjustment`.
    pub reason: &'static str,
}

impl Payload for StockChanged {
    const EVENT_TYPE: &'static str = "stock.changed";
}

/// A signed quantity as a JSON number with exactly its digits.
fn exactly<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let number = serde_json::value::RawValue::from_string(number.normalize().to_string());
    number.map_err(serde::ser::Error::custom)?.serialize(serializer)
}
