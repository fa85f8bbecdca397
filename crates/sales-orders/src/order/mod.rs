//! Sales orders: one aggregate, whether a till made it or the order API (contract, *One domain*).

mod change;
mod error;
mod event;
mod input;
mod place;
mod pricing;
mod status;

use chrono::{DateTime, Utc};
use kernel::email::Email;
use kernel::manufacturing::Sku;
use kernel::money::{Currency, UnitPrice};
use kernel::quantity::{Amount, Quantity};
use serde_json::json;

pub use self::change::{Changed, Command, PosChange, Returned};
pub use self::error::SalesOrderError;
pub use self::event::SalesEvent;
pub use self::place::{NewLine, NewOrder, Numbers, Placed, Placing, Shortage};
pub use self::pricing::{Pricing, Totals};
pub use self::status::{Channel, PaymentStatus, PosStatus, SalesStatus};
use crate::product::ProductId;
use crate::values::{AddressLine, CustomerName, Notes, PaymentMethod, Phone, ProductName, Source};

kernel::id_type!(SalesOrderId, SalesOrder, "sales_order");
kernel::id_type!(OrderLineId, OrderLine, "order_line");

/// A sales order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesOrder {
    /// Its id, which the order API knows it by.
    pub id: SalesOrderId,
    /// Its number in the team, which tills know it by.
    pub number: i64,
    /// What people call it: `ORD-20241201-0001` from a till, `ORD-2024-001` from the order API.
    pub order_number: Box<str>,
    /// Where it came from.
    pub channel: Channel,
    /// Where it stands.
    pub status: SalesStatus,
    /// What is known of the payment.
    pub payment_status: PaymentStatus,
    /// How it is paid.
    pub payment_method: Option<PaymentMethod>,
    /// Who buys.
    pub customer: Customer,
    /// Where it goes; orders of tills are taken along.
    pub delivery: Option<DeliveryAddress>,
    /// Where it came from, in the caller's words.
    pub source: Option<Source>,
    /// Whatever else is to be known.
    pub notes: Option<Notes>,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What it comes to.
    pub totals: Totals,
    /// What is ordered.
    pub lines: Vec<OrderLine>,
    /// When it was completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// Why it was given up, if somebody said.
    pub cancel_reason: Option<Notes>,
    /// Whether what it took from stock was given back.
    pub stock_returned: bool,
    /// Whether it was deleted, and is shown nowhere any more.
    pub deleted: bool,
    /// 1 when it was created, one more with each change.
    pub version: i64,
    /// When it was created, which is the order's date.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Its id.
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
    /// How much is ordered.
    pub quantity: Quantity,
    /// What it comes to.
    pub totals: Totals,
    /// How much it took from stock.
    pub taken: Amount,
    /// Whatever else is to be known.
    pub notes: Option<Notes>,
}

/// The product that a line is sold from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineProduct {
    /// Its id.
    pub id: ProductId,
    /// Its number in the team.
    pub number: i64,
}

/// Who buys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// The caller's own number for them, kept as it came.
    pub number: Option<i64>,
    /// Their name.
    pub name: Option<CustomerName>,
    /// Their telephone number.
    pub phone: Option<Phone>,
    /// Their e-mail address.
    pub email: Option<Email>,
}

/// Where an order goes (seed 003, *Create Order*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryAddress {
    /// Street and house.
    pub street: AddressLine,
    /// Town.
    pub city: AddressLine,
    /// State or region.
    pub state: Option<AddressLine>,
    /// Postal code.
    pub pincode: AddressLine,
    /// What is near it.
    pub landmark: Option<AddressLine>,
}

impl SalesOrder {
    /// What the audit trail keeps of it.
    pub fn snapshot(&self) -> String {
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
            "totalAmount": self.totals.total, "currency": self.currency.code(), "lines": self.lines.len(),
            "deleted": self.deleted,
        })
        .to_string()
    }
}

#[cfg(test)]
pub(crate) mod tests;
