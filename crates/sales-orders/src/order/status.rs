//! The statuses of a sales order, and what each API calls them (`docs/spec/common.md`, "Sales orders").

use kernel::names;

/// The status of a sales order, by its names in oms, which are also those stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SalesStatus {
    Received,
    /// Assigned to vendors.
    Assigned,
    Processing,
    /// Some items are there.
    PartiallyFulfilled,
    /// All items are there.
    Fulfilled,
    /// All items are there and paid.
    Closed,
    Cancelled,
}

/// The same by its names in pos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PosStatus {
    Pending,
    Processing,
    Completed,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaymentStatus {
    Pending,
    PartiallyPaid,
    Paid,
    Failed,
    Refunded,
}

/// Where an order came from, which alone may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Tills: sold from stock at the catalogue's prices.
    Pos,
    /// The order API: bought in, each line with its own price.
    Oms,
}

names!(SalesStatus:
    Received => "RECEIVED",
    Assigned => "ASSIGNED",
    Processing => "PROCESSING",
    PartiallyFulfilled => "PARTIALLY_FULFILLED",
    Fulfilled => "FULFILLED",
    Closed => "CLOSED",
    Cancelled => "CANCELLED",
);
names!(PosStatus:
    Pending => "Pending",
    Processing => "Processing",
    Completed => "Completed",
    Cancelled => "Cancelled",
);
names!(PaymentStatus:
    Pending => "Pending",
    PartiallyPaid => "PartiallyPaid",
    Paid => "Paid",
    Failed => "Failed",
    Refunded => "Refunded",
);
names!(Channel: Pos => "pos", Oms => "oms");

impl SalesStatus {
    /// What pos calls it.
    pub const fn at_tills(self) -> PosStatus {
        match self {
            Self::Received | Self::Assigned => PosStatus::Pending,
            Self::Processing | Self::PartiallyFulfilled => PosStatus::Processing,
            Self::Fulfilled | Self::Closed => PosStatus::Completed,
            Self::Cancelled => PosStatus::Cancelled,
        }
    }

    /// Whether an order of this status can still be cancelled, as long as nothing was dispatched.
    pub const fn can_be_cancelled(self) -> bool {
        matches!(self, Self::Received | Self::Assigned | Self::Processing)
    }
}

impl PosStatus {
    /// The statuses tills may change it to, itself aside (`docs/spec/pos.md`, "Change an order").
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::Processing, Self::Completed, Self::Cancelled],
            Self::Processing => &[Self::Completed, Self::Cancelled],
            Self::Completed | Self::Cancelled => &[],
        }
    }

    /// The status that is stored when tills set this one: what is completed and paid is closed.
    pub fn stored(self, payment: PaymentStatus) -> SalesStatus {
        match self {
            Self::Pending => SalesStatus::Received,
            Self::Processing => SalesStatus::Processing,
            Self::Completed if payment == PaymentStatus::Paid => SalesStatus::Closed,
            Self::Completed => SalesStatus::Fulfilled,
            Self::Cancelled => SalesStatus::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tills_see_the_statuses_by_their_own_names() {
        let seen: Vec<_> = SalesStatus::ALL.iter().map(|status| status.at_tills().as_str()).collect();
        let expected =
            ["Pending", "Pending", "Processing", "Processing", "Completed", "Completed", "Cancelled"];
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_tills_may_change_a_status_to_cell_by_cell() {
        use PosStatus::{Cancelled, Completed, Pending, Processing};
        let table = [
            (Pending, [false, true, true, true]),
            (Processing, [false, false, true, true]),
            (Completed, [false; 4]),
            (Cancelled, [false; 4]),
        ];
        for (from, cells) in table {
            let found: Vec<_> = PosStatus::ALL.iter().map(|to| from.next().contains(to)).collect();
            assert_eq!(found, cells, "{from:?}");
        }
    }

    #[test]
    fn what_tills_set_is_stored_by_its_name_in_oms() {
        for payment in PaymentStatus::ALL.iter().copied() {
            let closed = payment == PaymentStatus::Paid;
            let completed = if closed { SalesStatus::Closed } else { SalesStatus::Fulfilled };
            let stored: Vec<_> = PosStatus::ALL.iter().map(|status| status.stored(payment)).collect();
            let expected =
                [SalesStatus::Received, SalesStatus::Processing, completed, SalesStatus::Cancelled];
            assert_eq!(stored, expected, "{payment:?}");
        }
    }

    #[test]
    fn an_order_can_be_cancelled_until_some_of_it_is_there() {
        let can: Vec<_> = SalesStatus::ALL.iter().map(|status| status.can_be_cancelled()).collect();
        assert_eq!(can, [true, true, true, false, false, false, false]);
    }

    #[test]
    fn names_are_read_back_and_unknown_ones_name_what_is_allowed() {
        for status in SalesStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        let fault = "Done".parse::<PosStatus>().unwrap_err().to_string();
        assert_eq!(fault, "`Done` is unknown; it is one of Pending, Processing, Completed, Cancelled");
    }
}
