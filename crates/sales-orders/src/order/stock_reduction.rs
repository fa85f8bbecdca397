//! What the lines of an order take from stock (`docs/spec/pos.md`, "Stock reduction").

use std::collections::BTreeMap;

use kernel::quantity::{Amount, Quantity};

use crate::product::ProductId;

/// What a line of an order wants, and which product it wants it of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) product: ProductId,
    pub(super) quantity: Quantity,
}

/// What each line gets out of `stock`, in the order of the lines: all it wants, or nothing where that is more than is
/// left.
pub(super) fn serve(wants: &[Want], stock: &BTreeMap<ProductId, Amount>) -> Vec<Amount> {
    let mut left = stock.clone();
    let mut serve_one = |want: &Want| {
        let stock = left.get_mut(&want.product)?;
        let wanted = Amount::from(want.quantity);
        (wanted <= *stock).then(|| {
            *stock = stock.less(wanted);
            wanted
        })
    };
    wants.iter().map(|want| serve_one(want).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Id;
    use proptest::prelude::*;
    use rust_decimal::Decimal;
    use uuid::Uuid;

    fn amount(text: &str) -> Amount {
        Amount::try_new(text.parse().unwrap()).unwrap()
    }

    fn want(product: u128, quantity: &str) -> Want {
        let quantity = Quantity::try_new(quantity.parse().unwrap()).unwrap();
        Want { product: Id::new(Uuid::from_u128(product)), quantity }
    }

    #[test]
    fn lines_are_served_in_their_order_and_never_in_part() {
        let stock = BTreeMap::from([(Id::new(Uuid::from_u128(1)), amount("5"))]);
        for (wants, served) in [
            (vec![want(1, "5")], vec!["5"]),
            (vec![want(1, "5.001")], vec!["0"]),
            (vec![want(1, "3"), want(1, "3"), want(1, "2")], vec!["3", "0", "2"]),
            (vec![want(2, "1"), want(1, "1")], vec!["0", "1"]),
        ] {
            let served: Vec<_> = served.into_iter().map(amount).collect();
            assert_eq!(serve(&wants, &stock), served, "{wants:?}");
        }
    }

    proptest! {
        #[test]
        fn no_more_is_taken_than_there_is(
            wants in proptest::collection::vec((1_u128..4, 1_i64..5_000), 0..20),
            stock in proptest::collection::btree_map(1_u128..4, 0_i64..10_000, 0..4),
        ) {
            let thousandths = |number: i64| Decimal::new(number, 3);
            let wants: Vec<_> = wants.into_iter().map(|(product, quantity)| Want {
                product: Id::new(Uuid::from_u128(product)),
                quantity: Quantity::try_new(thousandths(quantity)).unwrap(),
            }).collect();
            let stock: BTreeMap<ProductId, _> = stock.into_iter()
                .map(|(product, there)| (Id::new(Uuid::from_u128(product)), Amount::try_new(thousandths(there)).unwrap()))
                .collect();
            let served = serve(&wants, &stock);
            let mut left: BTreeMap<_, Decimal> = stock.iter().map(|(product, there)| (*product, there.value())).collect();
            for (want, served) in wants.iter().zip(&served) {
                let there = left.entry(want.product).or_default();
                let expected = if want.quantity.value() <= *there { want.quantity.value() } else { Decimal::ZERO };
                prop_assert_eq!(served.value(), expected);
                *there -= expected;
            }
            prop_assert!(left.values().all(|left| *left >= Decimal::ZERO));
        }
    }
}
