//! Reads requests about products (contract, *pos*).

use kernel::error::Fault;
use kernel::fields::{Fields, decimal, number, text};
use kernel::manufacturing::Sku;
use kernel::money::{Rate, UnitPrice};
use kernel::quantity::Amount;
use serde_json::{Map, Value};

use super::{NewProduct, ProductChange};
use crate::values::ProductName;

impl NewProduct {
    /// Reads a request to create a product.
    ///
    /// # Errors
    /// Every faulty field.
    pub fn read(request: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::new(request);
        let sku = fields.required("sku", text, Sku::try_new);
        let name = fields.required("name", text, ProductName::try_new);
        let unit_price = fields.required("unitPrice", decimal, UnitPrice::try_new);
        let tax_rate = fields.optional("taxRate", decimal, Rate::try_new).unwrap_or_default();
        let discount_rate = fields.optional("discountRate", decimal, Rate::try_new).unwrap_or_default();
        let stock = fields.optional("stockQuantity", number, Amount::try_new).unwrap_or_default();
        let read = sku.zip(name).zip(unit_price);
        fields.finish(read.map(|((sku, name), unit_price)| Self {
            sku,
            name,
            unit_price,
            tax_rate,
            discount_rate,
            stock,
        }))
    }
}

impl ProductChange {
    /// Reads a request to change a product.
    ///
    /// # Errors
    /// Every faulty field; or that there is nothing to change.
    pub fn read(request: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::new(request);
        let change = Self {
            sku: fields.optional("sku", text, Sku::try_new),
            name: fields.optional("name", text, ProductName::try_new),
            unit_price: fields.optional("unitPrice", decimal, UnitPrice::try_new),
            tax_rate: fields.optional("taxRate", decimal, Rate::try_new),
            discount_rate: fields.optional("discountRate", decimal, Rate::try_new),
            stock: fields.optional("stockQuantity", number, Amount::try_new),
        };
        let change = fields.finish(Some(change))?;
        if change == Self::default() {
            const MEND: &str = "must have sku, name, unitPrice, taxRate, discountRate or stockQuantity";
            return Err(vec![Fault::new("body", "MISSING_FIELD", MEND)]);
        }
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults<T>(read: Result<T, Vec<Fault>>) -> Vec<(String, String)> {
        let found = read.err().unwrap_or_default();
        found.into_iter().map(|fault| (fault.field.into_owned(), fault.code.into_owned())).collect()
    }

    fn read<T>(read: impl Fn(&Map<String, Value>) -> T, request: Value) -> T {
        read(request.as_object().unwrap())
    }

    #[test]
    fn a_new_product_needs_sku_name_and_price() {
        let missing =
            ["sku", "name", "unitPrice"].map(|field| (field.to_owned(), "MISSING_FIELD".to_owned()));
        assert_eq!(faults(read(NewProduct::read, json!({}))), missing);
        let good = read(NewProduct::read, json!({"sku": "A", "name": "Apple", "unitPrice": "0.25"})).unwrap();
        assert_eq!((good.tax_rate, good.discount_rate, good.stock), (Rate::ZERO, Rate::ZERO, Amount::ZERO));
    }

    #[test]
    fn prices_have_four_decimals_rates_are_fractions_and_stock_is_no_text() {
        let request = json!({"sku": "A", "name": "Apple", "unitPrice": 0.12345, "taxRate": 19, "discountRate": -0.1,
                             "stockQuantity": "5"});
        let fields = ["unitPrice", "taxRate", "discountRate", "stockQuantity"];
        let named: Vec<_> =
            faults(read(NewProduct::read, request)).into_iter().map(|fault| fault.0).collect();
        assert_eq!(named, fields);
    }

    #[test]
    fn a_change_changes_something() {
        let nothing = faults(read(ProductChange::read, json!({"number": 7})));
        assert_eq!(nothing, [("body".to_owned(), "MISSING_FIELD".to_owned())]);
        let change = read(ProductChange::read, json!({"stockQuantity": 0})).unwrap();
        assert_eq!(change.stock, Some(Amount::ZERO));
    }
}
