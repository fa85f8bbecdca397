//! Products and movements of their stock, as tills see them.

use kernel::manufacturing::Sku;
use kernel::money::{Rate, UnitPrice};
use kernel::quantity::{Amount, exactly};
use rust_decimal::Decimal;
use sales_orders::product::{NewProduct, Product, ProductChange, ProductError};
use sales_orders::stock::{Adjustment, Cause, Movement};
use sales_orders::values::{AdjustmentReason, ProductName};

use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::response::envelope::envelope;
use crate::surfaces::pos::page;

/// A product to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "sku": "TOM-1", "name": "Tomatoes", "unitPrice": 12.50, "taxRate": 0.10, "discountRate": 0, "stockQuantity": 100
}))]
pub(crate) struct CreateProductRequest {
    /// Unique in the team; what manufacturing orders of this product make is received into its stock.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    sku: Field<String>,
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Field<String>,
    /// Of one, before discount and tax: 0 or more, below 10¹¹, up to four decimals; a number, or text.
    #[schema(value_type = f64, minimum = 0, exclusive_maximum = 100_000_000_000_i64)]
    unit_price: Field<Decimal>,
    /// A fraction from 0 to 1 with up to four decimals; 0 if left out.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    tax_rate: Field<Decimal>,
    /// Likewise.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    discount_rate: Field<Decimal>,
    /// 0 or more, below 10¹², up to three decimals; 0 if left out.
    #[schema(value_type = Option<f64>)]
    stock_quantity: Field<Decimal>,
}

/// What to change of a product; what is left out stays. Orders that exist keep their prices and names.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"unitPrice": 13.00, "stockQuantity": 98}))]
pub(crate) struct ChangeProductRequest {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    sku: Field<String>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    name: Field<String>,
    #[schema(value_type = Option<f64>, minimum = 0, exclusive_maximum = 100_000_000_000_i64)]
    unit_price: Field<Decimal>,
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    tax_rate: Field<Decimal>,
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    discount_rate: Field<Decimal>,
    /// How much was counted: the difference is moved.
    #[schema(value_type = Option<f64>)]
    stock_quantity: Field<Decimal>,
}

/// An adjustment of stock.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"quantity": -2, "reason": "broken"}))]
pub(crate) struct AdjustStockRequest {
    /// What came in, or less than 0: went out; not 0, up to three decimals.
    #[schema(value_type = f64)]
    quantity: Field<Decimal>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    reason: Field<String>,
}

impl RequestBody for CreateProductRequest {
    type Domain = NewProduct;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<NewProduct> {
        let sku = faults.field("sku", self.sku).required(Sku::try_new);
        let name = faults.field("name", self.name).required(ProductName::try_new);
        let unit_price = faults.field("unitPrice", self.unit_price).required(UnitPrice::try_new);
        let tax_rate = faults.field("taxRate", self.tax_rate).optional(Rate::try_new).unwrap_or_default();
        let discount_rate = faults.field("discountRate", self.discount_rate).optional(Rate::try_new);
        let stock = faults.field("stockQuantity", self.stock_quantity).optional(Amount::try_new);
        let (discount_rate, stock) = (discount_rate.unwrap_or_default(), stock.unwrap_or_default());
        Some(NewProduct { sku: sku?, name: name?, unit_price: unit_price?, tax_rate, discount_rate, stock })
    }
}

impl RequestBody for ChangeProductRequest {
    type Domain = ProductChange;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<ProductChange> {
        let change = ProductChange {
            sku: faults.field("sku", self.sku).optional(Sku::try_new),
            name: faults.field("name", self.name).optional(ProductName::try_new),
            unit_price: faults.field("unitPrice", self.unit_price).optional(UnitPrice::try_new),
            tax_rate: faults.field("taxRate", self.tax_rate).optional(Rate::try_new),
            discount_rate: faults.field("discountRate", self.discount_rate).optional(Rate::try_new),
            stock: faults.field("stockQuantity", self.stock_quantity).optional(Amount::try_new),
        };
        faults.some_change(change, "must have sku, name, unitPrice, taxRate, discountRate or stockQuantity")
    }
}

impl RequestBody for AdjustStockRequest {
    type Domain = Adjustment;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<Adjustment> {
        let adjustment = faults.field("quantity", self.quantity).required(Adjustment::try_new);
        let reason = faults.field("reason", self.reason).optional(AdjustmentReason::try_new);
        Some(adjustment?.because(reason))
    }
}

impl DomainError for ProductError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::StockTooLarge(fault) => {
                vec![Fault::new("quantity", "OUT_OF_RANGE", format!("What is then in stock {fault}"))]
            }
            _ => Vec::new(),
        }
    }
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
    #[schema(value_type = sets::MovementType)]
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
    #[schema(value_type = Option<Uuid>, required)]
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

envelope!(
    /// A product, in its envelope.
    ProductShownResponse(ProductResponse, "Operation successful")
);

page!(
    /// A page of products.
    ProductPage(ProductResponse), u64
);

envelope!(
    /// A page of products, in its envelope.
    ProductPageResponse(ProductPage, "Operation successful")
);

envelope!(
    /// An entry of a ledger, in its envelope.
    MovementShownResponse(MovementResponse, "Operation successful")
);

page!(
    /// A page of a ledger.
    MovementPage(MovementResponse), u64
);

envelope!(
    /// A page of a ledger, in its envelope.
    MovementPageResponse(MovementPage, "Operation successful")
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::read;
    use serde_json::{Value, json};

    fn faults<B: RequestBody>(body: &Value) -> Vec<(String, String, String)> {
        let found = read::<B>(body.as_object().unwrap().clone()).err().unwrap_or_default();
        found.into_iter().map(|it| (it.field.into(), it.code.into(), it.message.into())).collect()
    }

    #[test]
    fn a_new_product_needs_sku_name_and_price() {
        let missing = [("sku", "Sku"), ("name", "Name"), ("unitPrice", "Unit price")];
        let missing = missing.map(|(field, label)| {
            (field.to_owned(), "MISSING_FIELD".to_owned(), format!("{label} is required"))
        });
        assert_eq!(faults::<CreateProductRequest>(&json!({})), missing);
        let good = json!({"sku": "A", "name": "Apple", "unitPrice": "0.25"});
        let good = read::<CreateProductRequest>(good.as_object().unwrap().clone()).unwrap();
        assert_eq!((good.tax_rate, good.discount_rate, good.stock), (Rate::ZERO, Rate::ZERO, Amount::ZERO));
    }

    #[test]
    fn prices_have_four_decimals_rates_are_fractions_and_stock_is_a_number() {
        let request = json!({"sku": "A", "name": "Apple", "unitPrice": 0.12345, "taxRate": 19, "discountRate": -0.1,
                             "stockQuantity": "five"});
        let found = faults::<CreateProductRequest>(&request);
        let fields: Vec<_> = found.iter().map(|(field, ..)| field.as_str()).collect();
        assert_eq!(fields, ["unitPrice", "taxRate", "discountRate", "stockQuantity"]);
    }

    #[test]
    fn a_change_changes_something() {
        let nothing = faults::<ChangeProductRequest>(&json!({"number": 7}));
        let message = "must have sku, name, unitPrice, taxRate, discountRate or stockQuantity";
        assert_eq!(nothing, [("body".to_owned(), "MISSING_FIELD".to_owned(), message.to_owned())]);
        let counted = json!({"stockQuantity": 0});
        let change = read::<ChangeProductRequest>(counted.as_object().unwrap().clone()).unwrap();
        assert_eq!(change.stock, Some(Amount::ZERO));
    }

    #[test]
    fn an_adjustment_goes_both_ways_but_not_nowhere() {
        let broken = json!({"quantity": -2.5, "reason": "broken"});
        let broken = read::<AdjustStockRequest>(broken.as_object().unwrap().clone()).unwrap();
        assert_eq!(broken.quantity().to_string(), "-2.5");
        for (quantity, message) in [
            (json!(0), "Quantity must not be 0"),
            (json!("two"), "Quantity must be a decimal number"),
            (json!(null), "Quantity is required"),
            (json!(0.0001), "Quantity may have at most 3 decimals"),
        ] {
            assert_eq!(faults::<AdjustStockRequest>(&json!({"quantity": quantity}))[0].2, message);
        }
    }
}
