//! The catalogue: what is sold, for how much, and how much of it there is.

mod error;

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::id::Uuid;
use kernel::manufacturing::Sku;
use kernel::money::{Rate, UnitPrice};
use kernel::quantity::Amount;
use rust_decimal::Decimal;
use serde_json::json;

pub use self::error::ProductError;
use crate::values::ProductName;

kernel::id_type!(ProductId, Product, "product");

/// A product as it is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    /// Its number in the team, which tills know it by.
    pub number: i64,
    /// What manufacturing orders call it; unique in the team.
    pub sku: Sku,
    pub name: ProductName,
    /// What one of it costs, before discount and tax.
    pub unit_price: UnitPrice,
    pub tax_rate: Rate,
    /// What is taken off its price.
    pub discount_rate: Rate,
    /// How much of it there is: the sum of its movements.
    pub stock: Amount,
    /// How many movements its stock has had.
    pub movements: i64,
    /// 1 when it was created, one more with each change of the product itself; stock moves without one.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A product to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    /// What manufacturing orders call it.
    pub sku: Sku,
    pub name: ProductName,
    pub unit_price: UnitPrice,
    pub tax_rate: Rate,
    pub discount_rate: Rate,
    /// How much of it there is at first.
    pub stock: Amount,
}

/// What to change of a product; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductChange {
    pub sku: Option<Sku>,
    pub name: Option<ProductName>,
    /// Orders that exist keep their prices.
    pub unit_price: Option<UnitPrice>,
    pub tax_rate: Option<Rate>,
    pub discount_rate: Option<Rate>,
    /// How much of it was counted: the difference is moved.
    pub stock: Option<Amount>,
}

impl Product {
    /// A new product: nothing of it has moved, its opening stock comes with its first movement.
    pub fn create(id: ProductId, number: i64, new: NewProduct, at: DateTime<Utc>) -> Self {
        let NewProduct { sku, name, unit_price, tax_rate, discount_rate, stock: _ } = new;
        Self {
            id,
            number,
            sku,
            name,
            unit_price,
            tax_rate,
            discount_rate,
            stock: Amount::ZERO,
            movements: 0,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    /// The product after a change, its stock aside; `None` if nothing differs.
    #[must_use]
    pub fn change(&self, change: &ProductChange, at: DateTime<Utc>) -> Option<Self> {
        let changed = Self {
            sku: change.sku.as_ref().unwrap_or(&self.sku).clone(),
            name: change.name.as_ref().unwrap_or(&self.name).clone(),
            unit_price: change.unit_price.unwrap_or(self.unit_price),
            tax_rate: change.tax_rate.unwrap_or(self.tax_rate),
            discount_rate: change.discount_rate.unwrap_or(self.discount_rate),
            ..self.clone()
        };
        (changed != *self).then(|| Self { version: self.version + 1, updated_at: at, ..changed })
    }

    /// How much more was counted than there is, or less than zero: fewer; `None` if that is what there is.
    pub fn counted_difference(&self, change: &ProductChange) -> Option<Decimal> {
        let difference = change.stock?.value() - self.stock.value();
        (!difference.is_zero()).then_some(difference)
    }
}

impl Audited for Product {
    const KIND: &'static str = "product";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "number": self.number, "sku": self.sku.as_str(), "name": self.name.as_str(),
            "unitPrice": self.unit_price, "taxRate": self.tax_rate, "discountRate": self.discount_rate,
            "stockQuantity": self.stock,
        })
        .to_string()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A product with that number and stock, 10.00 a piece with 10 % tax.
    pub(crate) fn product(number: i64, stock: &str) -> Product {
        Product {
            id: kernel::id::Id::new(Uuid::from_u128(number.unsigned_abs().into())),
            number,
            sku: Sku::try_new(&format!("SKU-{number}")).unwrap(),
            name: ProductName::try_new(&format!("Product {number}")).unwrap(),
            unit_price: UnitPrice::try_new(10.into()).unwrap(),
            tax_rate: Rate::percent(10),
            discount_rate: Rate::ZERO,
            stock: Amount::try_new(stock.parse().unwrap()).unwrap(),
            movements: 1,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_change_that_changes_nothing_is_none() {
        let product = product(1, "5");
        let at = DateTime::from_timestamp(60, 0).unwrap();
        let same = ProductChange { name: Some(product.name.clone()), ..Default::default() };
        assert_eq!(product.change(&same, at), None);
        let dearer = ProductChange { unit_price: UnitPrice::try_new(11.into()).ok(), ..Default::default() };
        let changed = product.change(&dearer, at).unwrap();
        assert_eq!((changed.unit_price.to_string(), changed.version), ("11.00".into(), 2));
        assert_eq!((changed.updated_at, &changed.name), (at, &product.name));
    }
}
