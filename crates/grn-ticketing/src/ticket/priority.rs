//! How urgent mismatches are (`docs/spec/oms.md`, "Ticket priority").

use kernel::quantity::{Amount, Quantity};
use rust_decimal::Decimal;

use crate::receipt::{ItemCheck, ItemStatus, ReceiptItem};

/// How urgent a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Only more arrived than was sent.
    Low,
    Medium,
    High,
    Urgent,
}

kernel::names!(Priority: Low => "LOW", Medium => "MEDIUM", High => "HIGH", Urgent => "URGENT");

/// An item that was not as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch<'a> {
    pub product_name: &'a str,
    pub assigned: Quantity,
    pub confirmed: Quantity,
    pub received: Amount,
    /// What was received less what was confirmed.
    pub discrepancy: Decimal,
    pub status: ItemStatus,
    pub remarks: Option<&'a str>,
    pub damage: Option<&'a str>,
}

impl<'a> Mismatch<'a> {
    /// The mismatch of an item that was verified; `None` of one that was as it was sent, or is still open.
    pub fn of(item: &'a ReceiptItem) -> Option<Self> {
        let check = item.check.as_ref().filter(|check| ItemCheck::is_mismatch(check))?;
        Some(Self {
            product_name: &item.goods.product_name,
            assigned: item.goods.assigned,
            confirmed: item.goods.dispatched,
            received: check.received,
            discrepancy: item.discrepancy()?,
            status: check.status,
            remarks: check.remarks.as_ref().map(|remarks| remarks.as_str()),
            damage: check.damage.as_ref().map(|damage| damage.description.as_str()),
        })
    }

    fn is_damaged(&self) -> bool {
        self.status == ItemStatus::DamageReported
    }

    fn is_excess(&self) -> bool {
        self.discrepancy > Decimal::ZERO && !self.is_damaged()
    }
}

impl Priority {
    const HIGH_ABOVE: Decimal = Decimal::from_parts(50, 0, 0, false, 0);
    const URGENT_ABOVE: Decimal = Decimal::from_parts(100, 0, 0, false, 0);

    /// The priority of mismatches together. An excess counts for nothing where something else is wrong.
    pub fn of<'a>(mismatches: impl IntoIterator<Item = &'a Mismatch<'a>>) -> Self {
        let (mut damaged, mut only_excess, mut sum) = (false, true, Decimal::ZERO);
        for mismatch in mismatches {
            damaged |= mismatch.is_damaged();
            if !mismatch.is_excess() {
                only_excess = false;
                sum += mismatch.discrepancy.abs();
            }
        }
        if damaged || sum > Self::URGENT_ABOVE {
            Self::Urgent
        } else if sum > Self::HIGH_ABOVE {
            Self::High
        } else if only_excess {
            Self::Low
        } else {
            Self::Medium
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mismatch(discrepancy: &str, status: ItemStatus) -> Mismatch<'static> {
        let quantity = Quantity::try_new(1_000.into()).unwrap();
        Mismatch {
            product_name: "Tomatoes",
            assigned: quantity,
            confirmed: quantity,
            received: Amount::ZERO,
            discrepancy: discrepancy.parse().unwrap(),
            status,
            remarks: None,
            damage: None,
        }
    }

    #[test]
    fn the_priority_of_mismatches_case_by_case() {
        use ItemStatus::{DamageReported, ExcessReceived, QuantityMismatch, ShortageReported};
        for (mismatches, priority) in [
            (vec![("-5", QuantityMismatch)], Priority::Medium),
            (vec![("-50", QuantityMismatch)], Priority::Medium),
            (vec![("-50.001", QuantityMismatch)], Priority::High),
            (vec![("-51", ShortageReported)], Priority::High),
            (vec![("-100", ShortageReported)], Priority::High),
            (vec![("-100.001", ShortageReported)], Priority::Urgent),
            (vec![("-60", QuantityMismatch), ("-41", QuantityMismatch)], Priority::Urgent),
            (vec![("0", DamageReported)], Priority::Urgent),
            (vec![("7", DamageReported)], Priority::Urgent),
            (vec![("5000", ExcessReceived)], Priority::Low),
            (vec![("5000", QuantityMismatch)], Priority::Low),
            (vec![("60", ExcessReceived), ("-60", ShortageReported)], Priority::High),
            (vec![("5000", ExcessReceived), ("-1", ShortageReported)], Priority::Medium),
            (vec![("5000", ExcessReceived), ("-1", DamageReported)], Priority::Urgent),
        ] {
            let lines: Vec<_> = mismatches.iter().map(|(number, status)| mismatch(number, *status)).collect();
            assert_eq!(Priority::of(&lines), priority, "{mismatches:?}");
        }
    }

    proptest! {
        #[test]
        fn more_mismatches_never_lower_the_priority(lines in proptest::collection::vec((-200_i64..200, 0..4_usize), 1..8)) {
            let statuses = &ItemStatus::ALL[1..];
            let lines: Vec<_> =
                lines.into_iter().map(|(number, status)| mismatch(&number.to_string(), statuses[status])).collect();
            for count in 1..lines.len() {
                prop_assert!(Priority::of(&lines[..count]) <= Priority::of(&lines[..=count]));
            }
        }
    }
}
