//! A new order: priced, served from stock where it is sold from stock, and refused as a whole where it is faulty.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::manufacturing::Sku;
use kernel::money::{Currency, UnitPrice};
use kernel::numbering::Series;
use kernel::quantity::{Amount, Quantity};
use kernel::team_locale::TeamLocale;

use super::stock_reduction::{Want, serve};
use super::{
    Channel, Customer, DeliveryAddress, LineProduct, OrderFault, OrderLine, OrderLineId, PaymentStatus,
    Pricing, SalesOrder, SalesOrderError, SalesOrderId, SalesStatus, Totals,
};
use crate::product::{Product, ProductId};
use crate::values::{Notes, PaymentMethod, ProductName, Source};

/// An order to take in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    pub customer: Customer,
    pub delivery: Option<DeliveryAddress>,
    pub source: Option<Source>,
    pub payment_method: Option<PaymentMethod>,
    pub notes: Option<Notes>,
    pub channel: Channel,
    /// 1 to [`NewOrder::MAX_LINES`].
    pub lines: Vec<NewLine>,
}

/// What is ordered, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewLine {
    /// Sold from stock, at the catalogue's price: orders of tills. The product is named by its number.
    FromStock { product: i64, quantity: Quantity, notes: Option<Notes> },
    /// Bought in, at the line's own price: orders of the order API.
    BoughtIn { name: ProductName, sku: Option<Sku>, quantity: Quantity, unit_price: UnitPrice },
}

impl NewOrder {
    pub const MAX_LINES: usize = 500;

    /// An order of these lines that says nothing else.
    pub fn of(channel: Channel, lines: Vec<NewLine>) -> Self {
        Self {
            customer: Customer::default(),
            delivery: None,
            source: None,
            payment_method: None,
            notes: None,
            channel,
            lines,
        }
    }

    /// The numbers of the products it is sold from, each once.
    pub fn products(&self) -> Vec<i64> {
        let numbers = self.lines.iter().filter_map(|line| match line {
            NewLine::FromStock { product, .. } => Some(*product),
            NewLine::BoughtIn { .. } => None,
        });
        let mut numbers: Vec<_> = numbers.collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The series its number is of: a till's counts days, the order API's years (`docs/spec/common.md`, "Document
    /// numbers").
    pub fn series(&self, at: DateTime<Utc>, locale: &TeamLocale) -> Series {
        match self.channel {
            Channel::Pos => Series::daily("pos_order", "ORD", at, locale.zone),
            Channel::Oms => Series::yearly("oms_order", "ORD", at, locale.zone),
        }
    }
}

/// The numbers that were reserved for a new order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// What people call the order.
    pub order_number: Box<str>,
    /// The order's number in the team.
    pub order: i64,
    /// The number of its first line; the others follow.
    pub first_line: i64,
}

/// What a new order is placed with, its numbers aside.
#[derive(Debug, Clone)]
pub struct Placing {
    pub id: SalesOrderId,
    pub line_ids: Vec<OrderLineId>,
    pub currency: Currency,
    pub at: DateTime<Utc>,
}

/// A line whose product did not suffice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// The line's place in the order, from 0.
    pub line: usize,
    pub product: LineProduct,
    pub name: ProductName,
    pub wanted: Quantity,
    /// How much was left for the line.
    pub left: Amount,
}

/// A placed order, and where stock did not suffice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its lines say what they took.
    pub order: SalesOrder,
    pub short: Vec<Shortage>,
}

impl NewOrder {
    /// Places the order with the team's products as they are, by number. Prices and names are the catalogue's where it
    /// sells from stock; lines are served in their order.
    ///
    /// # Errors
    /// [`SalesOrderError::NotPlaceable`] with every line whose product is unknown or whose total is too large.
    pub fn place(
        &self,
        with: &Placing,
        numbers: &Numbers,
        products: &BTreeMap<i64, Product>,
    ) -> Result<Placed, SalesOrderError> {
        let refused = |faults| SalesOrderError::NotPlaceable { channel: self.channel, faults };
        let priced = self.priced(with, numbers, products).map_err(refused)?;
        let totals = Totals::sum(priced.iter().map(|line| line.totals));
        let totals = totals.map_err(|fault| refused(vec![OrderFault::Total(fault)]))?;
        let (lines, short) = served(priced, products);
        let order = SalesOrder {
            id: with.id,
            number: numbers.order,
            order_number: numbers.order_number.clone(),
            channel: self.channel,
            status: SalesStatus::Received,
            payment_status: PaymentStatus::Pending,
            payment_method: self.payment_method.clone(),
            customer: self.customer.clone(),
            delivery: self.delivery.clone(),
            source: self.source.clone(),
            notes: self.notes.clone(),
            currency: with.currency,
            totals,
            lines,
            completed_at: None,
            cancel_reason: None,
            close_reason: None,
            stock_returned: false,
            deleted: false,
            version: 1,
            created_at: with.at,
            updated_at: with.at,
        };
        Ok(Placed { order, short })
    }

    /// The lines with their prices, nothing taken yet.
    fn priced(
        &self,
        with: &Placing,
        numbers: &Numbers,
        products: &BTreeMap<i64, Product>,
    ) -> Result<Vec<OrderLine>, Vec<OrderFault>> {
        let mut faults = Vec::new();
        let mut lines = Vec::with_capacity(self.lines.len());
        let numbered = (numbers.first_line..).zip(&with.line_ids);
        for (place, ((number, id), new)) in numbered.zip(&self.lines).enumerate() {
            match line(place, *id, number, new, products, with.currency) {
                Ok(line) => lines.push(line),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(lines) } else { Err(faults) }
    }
}

fn line(
    place: usize,
    id: OrderLineId,
    number: i64,
    new: &NewLine,
    products: &BTreeMap<i64, Product>,
    currency: Currency,
) -> Result<OrderLine, OrderFault> {
    let too_large = |fault| OrderFault::LineTotal { line: place, fault };
    match new {
        NewLine::FromStock { product, quantity, notes } => {
            let unknown = OrderFault::UnknownProduct { line: place, product: *product };
            let product = products.get(product).ok_or(unknown)?;
            let pricing = Pricing {
                unit_price: product.unit_price,
                discount_rate: product.discount_rate,
                tax_rate: product.tax_rate,
            };
            Ok(OrderLine {
                id,
                number,
                product: Some(LineProduct { id: product.id, number: product.number }),
                product_name: product.name.clone(),
                sku: Some(product.sku.clone()),
                unit_price: product.unit_price,
                quantity: *quantity,
                totals: pricing.of(*quantity, currency).map_err(too_large)?,
                taken: Amount::ZERO,
                notes: notes.clone(),
            })
        }
        NewLine::BoughtIn { name, sku, quantity, unit_price } => Ok(OrderLine {
            id,
            number,
            product: None,
            product_name: name.clone(),
            sku: sku.clone(),
            unit_price: *unit_price,
            quantity: *quantity,
            totals: Pricing::bare(*unit_price).of(*quantity, currency).map_err(too_large)?,
            taken: Amount::ZERO,
            notes: None,
        }),
    }
}

/// The lines with what each took, and those that were short.
fn served(mut lines: Vec<OrderLine>, products: &BTreeMap<i64, Product>) -> (Vec<OrderLine>, Vec<Shortage>) {
    let mut left: BTreeMap<ProductId, Amount> = products.values().map(|it| (it.id, it.stock)).collect();
    let wants =
        lines.iter().filter_map(|line| Some(Want { product: line.product?.id, quantity: line.quantity }));
    let served = serve(&wants.collect::<Vec<_>>(), &left);
    let mut short = Vec::new();
    let from_stock = lines.iter_mut().enumerate().filter(|(_, line)| line.product.is_some());
    for ((place, line), taken) in from_stock.zip(served) {
        let Some((product, stock)) = line.product.and_then(|it| Some((it, left.get_mut(&it.id)?))) else {
            continue;
        };
        if taken.is_zero() {
            let (name, wanted, left) = (line.product_name.clone(), line.quantity, *stock);
            short.push(Shortage { line: place, product, name, wanted, left });
        }
        *stock = stock.less(taken);
        line.taken = taken;
    }
    (lines, short)
}
