use std::fmt;

use sha2::{Digest, Sha256};

use super::AccountingInvoice;

/// SHA-256 of an invoice's content, whatever way it was written: "50.00" and "50.0" are one price.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PayloadHash([u8; 32]);

/// The version of the hashed form: another form never gives an old hash by chance.
const FORM: &str = "accounting-invoice/1";

impl PayloadHash {
    /// Hashes an invoice's content, of which its id is no part.
    pub(super) fn of(invoice: &AccountingInvoice) -> Self {
        let mut hash = Sha256::new();
        for text in [FORM, invoice.contractor().as_str(), invoice.currency().code()] {
            add(&mut hash, text);
        }
        for item in invoice.items() {
            add(&mut hash, item.name.as_str());
            add(&mut hash, &item.unit_price.value().to_string());
            add(&mut hash, &item.quantity.get().to_string());
            add(&mut hash, item.unit.as_str());
            add(&mut hash, item.vat.code());
        }
        Self(hash.finalize().into())
    }

    /// Takes the bytes of a stored hash.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for stores.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The length goes before the text, so that no two lists of texts are written alike.
fn add(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}

impl fmt::Debug for PayloadHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PayloadHash(")?;
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounting::invoice::tests::{invoice, item};
    use crate::accounting::{ContractorId, Item, ItemName, Unit};

    fn hash(items: Vec<Item>) -> PayloadHash {
        invoice(items).unwrap().payload()
    }

    #[test]
    fn a_price_hashes_alike_however_it_is_written() {
        let first = hash(vec![item("50.00", 3, "23%")]);
        for price in ["50", "50.0", "50.0000", "0050.00"] {
            assert_eq!(hash(vec![item(price, 3, "23%")]), first, "{price}");
        }
    }

    #[test]
    fn every_part_of_the_content_changes_the_hash() {
        let base = item("50.00", 3, "23%");
        let first = hash(vec![base.clone()]);
        let others = [
            vec![item("50.01", 3, "23%")],
            vec![item("50.00", 4, "23%")],
            vec![item("50.00", 3, "8%")],
            vec![Item { name: ItemName::try_new("Tea").unwrap(), ..base.clone() }],
            vec![Item { unit: Unit::try_new("szt.").unwrap(), ..base.clone() }],
            vec![base.clone(), base.clone()],
        ];
        for items in others {
            assert_ne!(hash(items.clone()), first, "{items:?}");
        }
        let id = "550e8400-e29b-41d4-a716-446655440001".parse().unwrap();
        let hash_for = |contractor: &str, currency: &str| {
            let contractor = ContractorId::try_new(contractor).unwrap();
            let currency = currency.parse().unwrap();
            AccountingInvoice::try_new(id, contractor, currency, vec![base.clone()]).unwrap().payload()
        };
        assert_eq!(hash_for("152158328", "PLN"), first);
        assert_ne!(hash_for("15485872", "PLN"), first);
        assert_ne!(hash_for("152158328", "EUR"), first);
    }

    #[test]
    fn the_order_of_items_counts_and_texts_do_not_run_into_each_other() {
        let (a, b) = (item("1", 1, "23%"), item("2", 1, "23%"));
        assert_ne!(hash(vec![a.clone(), b.clone()]), hash(vec![b, a.clone()]));
        let named = |name: &str, unit: &str| {
            let (name, unit) = (ItemName::try_new(name).unwrap(), Unit::try_new(unit).unwrap());
            hash(vec![Item { name, unit, unit_price: a.unit_price, quantity: a.quantity, vat: a.vat }])
        };
        assert_ne!(named("ab", "c"), named("a", "bc"));
    }
}
