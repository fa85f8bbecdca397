//! Products and movements of their stock, as tills see them.

use chrono::{DateTime, Utc};
use kernel::money::{Rate, UnitPrice};
use kernel::quantity::Amount;
use rust_decimal::Decimal;
use sales_orders::product::Product;
use sales_orders::stock::{Cause, Movement};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A product to create.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "sku": "TOM-1", "name": "Tomatoes", "unitPrice": 12.50, "taxRate": 0.10, "discountRate": 0, "stockQuantity": 100
}))]
pub(crate) struct CreateProductRequest {
    /// Unique in the team; what manufacturing orders of this product make is received into its stock.
    #[schema(min_length = 1, max_length = 100)]
    sku: String,
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Of one, before discount and tax: 0 or more, below 10¹¹, up to four decimals; a number, or text.
    unit_price: f64,
    /// A fraction from 0 to 1 with up to four decimals; 0 if left out.
    tax_rate: Option<f64>,
    /// Likewise.
    discount_rate: Option<f64>,
    /// 0 or more, below 10¹², up to three decimals; 0 if left out.
    stock_quantity: Option<f64>,
}

/// What to change of a product; what is left out stays. Orders that exist keep their prices and names.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `change` reads")]
#[schema(rename_all = "camelCase", example = json!({"unitPrice": 13.00, "stockQuantity": 98}))]
pub(crate) struct ChangeProductRequest {
    #[schema(min_length = 1, max_length = 100)]
    sku: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    unit_price: Option<f64>,
    tax_rate: Option<f64>,
    discount_rate: Option<f64>,
    /// How much was counted: the difference is moved.
    stock_quantity: Option<f64>,
}

/// An adjustment of stock.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `adjust` reads")]
#[schema(rename_all = "camelCase", example = json!({"quantity": -2, "reason": "broken"}))]
pub(crate) struct AdjustStockRequest {
    /// What came in, or less than 0: went out; not 0, up to three decimals.
    quantity: f64,
    #[schema(min_length = 1, max_length = 100)]
    reason: Option<String>,
}

/// A product.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 1, "sku": "TOM-1", "name": "Tomatoes", "unitPrice": 12.50, "taxRate": 0.10, "discountRate": 0.00,
    "stockQuantity": 100, "version": 1, "createdAt": "2024-12-01T10:30:00Z", "updatedAt": "2024-12-01T10:30:00Z"
}))]
pub(crate) struct ProductResponse {
    /// Its number in the team.
    id: i64,
    sku: String,
    name: String,
    #[schema(value_type = f64)]
    unit_price: UnitPrice,
    #[schema(value_type = f64)]
    tax_rate: Rate,
    #[schema(value_type = f64)]
    discount_rate: Rate,
    /// The sum of its movements.
    #[schema(value_type = f64)]
    stock_quantity: Amount,
    /// 1 at first, one more with each change of the product; stock moves without one. The `ETag`, too.
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Product> for ProductResponse {
    fn from(product: &Product) -> Self {
        Self {
            id: product.number,
            sku: product.sku.as_str().to_owned(),
            name: product.name.as_str().to_owned(),
            unit_price: product.unit_price,
            tax_rate: product.tax_rate,
            discount_rate: product.discount_rate,
            stock_quantity: product.stock,
            version: product.version,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// An entry of a product's ledger.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 2, "type": "sale", "quantity": -5, "balance": 95, "reason": "sale", "orderId": 1,
    "manufacturingOrderId": null, "createdAt": "2024-12-01T10:30:00Z"
}))]
pub(crate) struct MovementResponse {
    /// Its place in the product's ledger, from 1.
    id: i64,
    /// `opening`, `sale`, `cancellation`, `deletion`, `production`, `count` or `adjustment`.
    #[serde(rename = "type")]
    cause: &'static str,
    /// What came in, or less than 0: went out.
    #[serde(serialize_with = "exactly")]
    #[schema(value_type = f64)]
    quantity: Decimal,
    /// What there was after it.
    #[schema(value_type = f64)]
    balance: Amount,
    /// What was said of an adjustment, else its type.
    reason: String,
    /// The order that took it or gave it back.
    #[schema(required)]
    order_id: Option<i64>,
    /// The manufacturing order that made it.
    #[schema(required)]
    manufacturing_order_id: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<&Movement> for MovementResponse {
    fn from(movement: &Movement) -> Self {
        let cause = movement.cause.as_str();
        let (reason, made_by) = match &movement.cause {
            Cause::Adjustment(Some(reason)) => (reason.as_str(), None),
            Cause::Production(order) => (cause, Some(order.to_string())),
            _ => (cause, None),
        };
        Self {
            id: movement.sequence,
            cause,
            quantity: movement.quantity,
            balance: movement.balance,
            reason: reason.to_owned(),
            order_id: movement.order_number,
            manufacturing_order_id: made_by,
            created_at: movement.at,
        }
    }
}

/// A product, in its envelope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the envelope that `shown` writes")]
pub(crate) struct ProductShownResponse {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "Operation successful")]
    message: String,
    data: ProductResponse,
}

/// A page of products, in its envelope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the envelope that `shown` writes")]
pub(crate) struct ProductPageResponse {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "Operation successful")]
    message: String,
    data: ProductPage,
}

/// A page of products.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what `Paging` makes of a list")]
#[schema(rename_all = "camelCase")]
struct ProductPage {
    items: Vec<ProductResponse>,
    #[schema(example = 1)]
    page_number: u32,
    #[schema(example = 10)]
    page_size: u32,
    #[schema(example = 1)]
    total_count: u64,
    #[schema(example = 1)]
    total_pages: u64,
}

/// An entry of a ledger, in its envelope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the envelope that `done` writes")]
pub(crate) struct MovementShownResponse {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "Operation successful")]
    message: String,
    data: MovementResponse,
}

/// A page of a ledger, in its envelope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the envelope that `shown` writes")]
pub(crate) struct MovementPageResponse {
    #[schema(example = true)]
    success: bool,
    #[schema(example = "Operation successful")]
    message: String,
    data: MovementPage,
}

/// A page of a ledger.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what `Paging` makes of a list")]
#[schema(rename_all = "camelCase")]
struct MovementPage {
    items: Vec<MovementResponse>,
    #[schema(example = 1)]
    page_number: u32,
    #[schema(example = 10)]
    page_size: u32,
    #[schema(example = 1)]
    total_count: u64,
    #[schema(example = 1)]
    total_pages: u64,
}

/// A signed quantity as a JSON number with exactly its digits.
fn exactly<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let number = serde_json::value::RawValue::from_string(number.normalize().to_string());
    number.map_err(serde::ser::Error::custom)?.serialize(serializer)
}
