use kernel::money::{Currency, MoneyFault, UnitPrice};
use kernel::text::TextFault;

use super::{ContractorId, Count, InvoiceId, ItemName, PayloadHash, PriceType, Totals, Unit, VatRate};

/// An invoice to create in the accounting system (`docs/spec/gepard.md`, "Request").
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
    pub name: ItemName,
    /// In the invoice's currency; without or with tax as the connection says.
    pub unit_price: UnitPrice,
    pub quantity: Count,
    pub unit: Unit,
    pub vat: VatRate,
}

/// The refusal of an invoice's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvoiceFault {
    /// The number of items is 0 or too high.
    #[error("must have 1 to {max} items, this has {0}", max = AccountingInvoice::MAX_ITEMS)]
    Items(usize),
    /// The total is too high to be written.
    #[error("come to too much: the sum {0}")]
    Total(#[from] MoneyFault),
}

impl AccountingInvoice {
    /// The most items of an invoice (`docs/spec/gepard.md`, "Request").
    pub const MAX_ITEMS: usize = 500;

    /// Creates an invoice.
    ///
    /// # Errors
    /// When there are no items or more than 500, or when the total is 10¹⁶ or more.
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

    pub const fn id(&self) -> InvoiceId {
        self.id
    }

    pub const fn contractor(&self) -> &ContractorId {
        &self.contractor
    }

    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The lines, at least one.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// What fails the invoice before it is sent: its first faulty item, counted from 1, and why.
    pub fn fault(&self) -> Option<(usize, &TextFault)> {
        (1..).zip(&self.items).find_map(|(place, item)| Some((place, item.name.fault()?)))
    }

    /// The totals, to be compared with the accounting system's.
    ///
    /// # Errors
    /// None that [`AccountingInvoice::try_new`] lets through.
    pub fn totals(&self, prices: PriceType) -> Result<Totals, MoneyFault> {
        Totals::of(&self.items, prices)
    }

    /// The hash by which two requests with one id are compared.
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
        invoice_with_id("550e8400-e29b-41d4-a716-446655440001", items)
    }

    pub(crate) fn invoice_with_id(id: &str, items: Vec<Item>) -> Result<AccountingInvoice, InvoiceFault> {
        let contractor = ContractorId::try_new("152158328").unwrap();
        AccountingInvoice::try_new(id.parse().unwrap(), contractor, "PLN".parse().unwrap(), items)
    }

    #[test]
    fn an_invoice_has_1_to_500_items() {
        for (count, good) in [(0, false), (1, true), (500, true), (501, false)] {
            let created = invoice(vec![item("1", 1, "23%"); count]);
            assert_eq!(created.as_ref().err(), (!good).then_some(&InvoiceFault::Items(count)));
        }
        assert_eq!(InvoiceFault::Items(501).to_string(), "must have 1 to 500 items, this has 501");
    }

    #[test]
    fn an_invoice_whose_total_with_tax_is_too_high_is_refused() {
        // 9,000,000,000,000,000 without tax
        let dear = invoice(vec![item("90000000000", 100_000, "23%")]);
        assert!(matches!(dear, Err(InvoiceFault::Total(MoneyFault::TooLarge(_)))), "{dear:?}");
        let exempt = invoice(vec![item("90000000000", 100_000, "zw")]).unwrap();
        let gross = exempt.totals(PriceType::Net).unwrap().gross;
        assert_eq!(gross.to_string(), "9000000000000000.00");
    }
}
