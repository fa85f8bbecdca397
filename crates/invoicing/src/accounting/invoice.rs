use kernel::money::{Currency, MoneyFault, UnitPrice};

use super::{ContractorId, Count, InvoiceId, ItemName, PayloadHash, PriceType, Totals, Unit, VatRate};

/// An invoice to be made in the accounting system (seed 002, *Request Structure*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountingInvoice {
    id: InvoiceId,
    contractor: ContractorId,
    currency: Currency,
    items: Vec<Item>,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is sold.
    pub name: ItemName,
    /// What one of it costs, in the invoice's currency; without or with tax as the connection says.
    pub unit_price: UnitPrice,
    /// How many are sold.
    pub quantity: Count,
    /// What it is counted in.
    pub unit: Unit,
    /// Its VAT.
    pub vat: VatRate,
}

/// Why items make no invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvoiceFault {
    /// There is none, or there are too many.
    #[error("must have 1 to {max} items, this has {0}", max = AccountingInvoice::MAX_ITEMS)]
    Items(usize),
    /// They come to more than can be written.
    #[error("come to too much: the sum {0}")]
    Total(#[from] MoneyFault),
}

impl AccountingInvoice {
    /// The most items of an invoice (contract, *gepard*).
    pub const MAX_ITEMS: usize = 500;

    /// Makes an invoice of items.
    ///
    /// # Errors
    /// When there are no items or more than 500, or when they come to 10¹⁶ or more.
    pub fn try_new(
        id: InvoiceId,
        contractor: ContractorId,
        currency: Currency,
        items: Vec<Item>,
    ) -> Result<Self, InvoiceFault> {
        if items.is_empty() || items.len() > Self::MAX_ITEMS {
            return Err(InvoiceFault::Items(items.len()));
        }
        // with tax on top it is never less than with tax within
        Totals::of(&items, PriceType::Net)?;
        Ok(Self { id, contractor, currency, items })
    }

    /// The caller's id.
    pub const fn id(&self) -> InvoiceId {
        self.id
    }

    /// Whom it is made out to.
    pub const fn contractor(&self) -> &ContractorId {
        &self.contractor
    }

    /// The currency of its prices.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Its lines, at least one.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// What it comes to, to be compared with what the accounting system makes of it.
    ///
    /// # Errors
    /// None that [`AccountingInvoice::try_new`] lets through.
    pub fn totals(&self, prices: PriceType) -> Result<Totals, MoneyFault> {
        Totals::of(&self.items, prices)
    }

    /// What tells whether two requests of one id ask for the same.
    pub fn payload(&self) -> PayloadHash {
        PayloadHash::of(self)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn item(price: &str, quantity: i64, vat: &str) -> Item {
        Item {
            name: ItemName::try_new("Premium Coffee Beans").unwrap(),
            unit_price: UnitPrice::try_new(price.parse().unwrap()).unwrap(),
            quantity: Count::try_new(quantity).unwrap(),
            unit: Unit::try_new("kg").unwrap(),
            vat: vat.parse().unwrap(),
        }
    }

    pub(crate) fn invoice(items: Vec<Item>) -> Result<AccountingInvoice, InvoiceFault> {
        let id = "550e8400-e29b-41d4-a716-446655440001".parse().unwrap();
        let contractor = ContractorId::try_new("152158328").unwrap();
        AccountingInvoice::try_new(id, contractor, "PLN".parse().unwrap(), items)
    }

    #[test]
    fn an_invoice_has_1_to_500_items() {
        for (count, good) in [(0, false), (1, true), (500, true), (501, false)] {
            let made = invoice(vec![item("1", 1, "23%"); count]);
            assert_eq!(made.as_ref().err(), (!good).then_some(&InvoiceFault::Items(count)));
        }
        assert_eq!(InvoiceFault::Items(501).to_string(), "must have 1 to 500 items, this has 501");
    }

    #[test]
    fn an_invoice_that_comes_to_too_much_with_its_tax_is_refused() {
        // 9,000,000,000,000,000 without tax
        let dear = invoice(vec![item("90000000000", 100_000, "23%")]);
        assert!(matches!(dear, Err(InvoiceFault::Total(MoneyFault::TooLarge(_)))), "{dear:?}");
        let exempt = invoice(vec![item("90000000000", 100_000, "zw")]).unwrap();
        let gross = exempt.totals(PriceType::Net).unwrap().gross;
        assert_eq!(gross.to_string(), "9000000000000000.00");
    }
}
