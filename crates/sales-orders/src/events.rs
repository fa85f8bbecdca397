//! The published payloads of `sales_order.*` and `stock.*`, version 1.

use kernel::events::Payload;
use kernel::money::Money;
use kernel::quantity::{Amount, exactly};
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

/// What every event of a sales order says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderFacts {
    pub order_id: Uuid,
    pub order_number: String,
    /// `pos` or `oms`.
    pub channel: &'static str,
    /// By its name in oms.
    pub status: &'static str,
    pub payment_status: &'static str,
    pub total_amount: Money,
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
    /// `sales_order.created`: an order was created.
    SalesOrderCreated => "sales_order.created",
    /// `sales_order.updated`: something of an order changed.
    SalesOrderUpdated => "sales_order.updated",
    /// `sales_order.assigned`: lines of an order were assigned to vendors.
    SalesOrderAssigned => "sales_order.assigned",
    /// `sales_order.closed`: an order was closed short.
    SalesOrderClosed => "sales_order.closed",
    /// `sales_order.completed`: an order was completed.
    SalesOrderCompleted => "sales_order.completed",
    /// `sales_order.cancelled`: an order was cancelled.
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
