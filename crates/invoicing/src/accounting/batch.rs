use std::collections::HashMap;

use super::{AccountingInvoice, InvoiceId, PayloadHash};

/// The invoices of one request, in its order. The default is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    entries: Vec<BatchEntry>,
    /// The first position of each id.
    positions: HashMap<InvoiceId, usize>,
}

/// An invoice of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchEntry {
    pub invoice: AccountingInvoice,
    pub payload: PayloadHash,
    /// The position, from 0, of the first entry with this invoice, if this one repeats it.
    pub repeats: Option<usize>,
}

/// The refusal of an invoice whose id stands in the batch already, with other content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stands at another invoice of this request, with other content")]
pub struct DuplicateInvoice;

impl Batch {
    /// The most invoices of a request (`docs/spec/gepard.md`, "Request").
    pub const MAX_INVOICES: usize = 100;

    /// Adds the next invoice of the request. One that is there already with the same content repeats the first.
    ///
    /// # Errors
    /// [`DuplicateInvoice`].
    pub fn add(&mut self, invoice: AccountingInvoice) -> Result<(), DuplicateInvoice> {
        let (position, payload) = (self.entries.len(), invoice.payload());
        let first = *self.positions.entry(invoice.id()).or_insert(position);
        if self.entries.get(first).is_some_and(|entry| entry.payload != payload) {
            return Err(DuplicateInvoice);
        }
        self.entries.push(BatchEntry { invoice, payload, repeats: (first != position).then_some(first) });
        Ok(())
    }

    /// The invoices in the order of the request.
    pub fn entries(&self) -> &[BatchEntry] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounting::invoice::tests::{invoice_with_id, item};

    const A: &str = "550e8400-e29b-41d4-a716-446655440001";
    const B: &str = "660e8400-e29b-41d4-a716-446655440002";

    #[test]
    fn the_same_id_twice_repeats_the_first_or_is_refused() {
        let mut batch = Batch::default();
        for (id, price) in [(A, "50.0"), (B, "50"), (A, "50.00"), (A, "50.0")] {
            batch.add(invoice_with_id(id, vec![item(price, 3, "23%")]).unwrap()).unwrap();
        }
        let other = invoice_with_id(A, vec![item("50.0", 4, "23%")]).unwrap();
        assert_eq!(batch.add(other), Err(DuplicateInvoice));
        let repeats: Vec<_> = batch.entries().iter().map(|entry| entry.repeats).collect();
        assert_eq!(repeats, [None, None, Some(0), Some(0)]);
    }
}
