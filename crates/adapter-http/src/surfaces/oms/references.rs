//! What answers show of the things that they refer to.

use kernel::id::UserId;
use procurement::assignment::{OrderRef, VendorRef};

use crate::prelude::*;

/// An order, by its id and number.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderReference {
    #[schema(value_type = Uuid)]
    id: String,
    order_number: String,
}

impl OrderReference {
    pub(crate) fn new(id: impl ToString, number: &str) -> Self {
        Self { id: id.to_string(), order_number: number.to_owned() }
    }
}

impl From<&OrderRef> for OrderReference {
    fn from(order: &OrderRef) -> Self {
        Self::new(order.id, &order.number)
    }
}

/// A purchase order, by its id and number.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PurchaseOrderReference {
    #[schema(value_type = Uuid)]
    id: String,
    po_number: String,
}

impl PurchaseOrderReference {
    pub(crate) fn new(id: impl ToString, number: &str) -> Self {
        Self { id: id.to_string(), po_number: number.to_owned() }
    }
}

/// A vendor, by its id, code and name.
#[derive(Serialize, ToSchema)]
pub(crate) struct VendorReference {
    #[schema(value_type = Uuid)]
    id: String,
    code: String,
    name: String,
}

impl From<&VendorRef> for VendorReference {
    fn from(vendor: &VendorRef) -> Self {
        Self {
            id: vendor.id.to_string(),
            code: vendor.code.to_string(),
            name: vendor.name.as_str().to_owned(),
        }
    }
}

/// A goods receipt, by its id, number and status.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GoodsReceiptReference {
    #[schema(value_type = Uuid)]
    id: String,
    grn_number: String,
    #[schema(value_type = crate::openapi::closed_sets::ReceiptStatus)]
    status: String,
}

impl GoodsReceiptReference {
    pub(crate) fn new(id: impl ToString, number: &str, status: &str) -> Self {
        Self { id: id.to_string(), grn_number: number.to_owned(), status: status.to_owned() }
    }
}

/// A user, by their id and e-mail.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserReference {
    #[schema(value_type = Uuid)]
    id: String,
    email: String,
}

impl UserReference {
    pub(crate) fn of(user: Option<&(UserId, Box<str>)>) -> Option<Self> {
        user.map(|(id, email)| Self { id: id.to_string(), email: email.to_string() })
    }
}
