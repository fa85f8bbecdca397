//! Sales orders: one aggregate, whether a till or the order API created it (`docs/spec/common.md`, "Sales orders").

mod change;
mod error;
mod event;
mod place;
mod pricing;
mod status;
mod stock_reduction;
mod supply;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::email::Email;
use kernel::id::Uuid;
use kernel::manufacturing::Sku;
use kernel::money::{Currency, UnitPrice};
use kernel::quantity::{Amount, Quantity};
use serde_json::json;

pub use self::change::{Changed, Command, LineGoods, PosChange};
pub use self::error::{OrderFault, SalesOrderError};
pub use self::event::SalesEvent;
pub use self::place::{NewLine, NewOrder, Numbers, Placed, Placing, Shortage};
pub use self::pricing::{Pricing, Totals};
pub use self::status::{Channel, PaymentStatus, PosStatus, SalesStatus};
pub use self::supply::{Obstacles, SupplyProgress};
use crate::product::ProductId;
use crate::values::{AddressLine, CustomerName, Notes, PaymentMethod, Phone, ProductName, Source};

kernel::id_type!(SalesOrderId, SalesOrder, "sales_order");
kernel::id_type!(OrderLineId, OrderLine, "order_line");

/// A sales order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesOrder {
    pub id: SalesOrderId,
    /// Its number in the team, which tills know it by.
    pub number: i64,
    /// What people call it: `ORD-20241201-0001` from a till, `ORD-2024-001` from the order API.
    pub order_number: Box<str>,
    pub channel: Channel,
    pub status: SalesStatus,
    pub payment_status: PaymentStatus,
    pub payment_method: Option<PaymentMethod>,
    pub customer: Customer,
    /// Where it goes; orders of tills are taken along.
    pub delivery: Option<DeliveryAddress>,
    pub source: Option<Source>,
    pub notes: Option<Notes>,
    pub currency: Currency,
    pub totals: Totals,
    pub lines: Vec<OrderLine>,
    pub completed_at: Option<DateTime<Utc>>,
    pub cancel_reason: Option<Notes>,
    /// Why it was closed before all of it was there.
    pub close_reason: Option<Notes>,
    /// Whether what it took from stock was given back.
    pub stock_returned: bool,
    /// Whether it was deleted, and is shown nowhere any more.
    pub deleted: bool,
    pub version: i64,
    /// When it was created, which is the order's date.
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    pub id: OrderLineId,
    /// Its number in the team, which tills know it by.
    pub number: i64,
    /// The product it is sold from; what is bought in has none.
    pub product: Option<LineProduct>,
    /// What the product was called then.
    pub product_name: ProductName,
    /// The product's SKU then.
    pub sku: Option<Sku>,
    /// What one cost.
    pub unit_price: UnitPrice,
    pub quantity: Quantity,
    pub totals: Totals,
    /// How much it took from stock.
    pub taken: Amount,
    pub notes: Option<Notes>,
}

/// The product that a line is sold from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineProduct {
    pub id: ProductId,
    /// Its number in the team.
    pub number: i64,
}

/// Who buys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// The caller's own number for them, stored as it came.
    pub number: Option<i64>,
    pub name: Option<CustomerName>,
    pub phone: Option<Phone>,
    pub email: Option<Email>,
}

/// Where an order goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryAddress {
    pub street: AddressLine,
    pub city: AddressLine,
    pub state: Option<AddressLine>,
    pub pincode: AddressLine,
    pub landmark: Option<AddressLine>,
}

impl Audited for SalesOrder {
    const KIND: &'static str = "sales_order";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "orderNumber": self.order_number, "channel": self.channel.as_str(), "status": self.status.as_str(),
            "paymentStatus": self.payment_status.as_str(),
            "paymentMethod": self.payment_method.as_ref().map(PaymentMethod::as_str),
            "customerId": self.customer.number,
            "customerName": self.customer.name.as_ref().map(CustomerName::as_str),
            "customerPhone": self.customer.phone.as_ref().map(Phone::as_str),
            "customerEmail": self.customer.email.as_ref().map(Email::as_str),
            "notes": self.notes.as_ref().map(Notes::as_str),
            "cancelReason": self.cancel_reason.as_ref().map(Notes::as_str),
            "closeReason": self.close_reason.as_ref().map(Notes::as_str),
            "totalAmount": self.totals.total, "currency": self.currency.code(), "lines": self.lines.len(),
            "deleted": self.deleted,
        })
        .to_string()
    }
}

#[cfg(test)]
pub(crate) mod tests;
