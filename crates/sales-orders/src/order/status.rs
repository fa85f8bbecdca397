//! Where a sales order stands, and what each document calls that (contract, *One domain*).

use std::str::FromStr;

use kernel::access::UnknownWord;

/// Where a sales order stands: the words of seed 003, which are also those stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SalesStatus {
    /// Taken in.
    Received,
    /// Assigned to vendors.
    Assigned,
    /// Being seen to.
    Processing,
    /// Some items are there.
    PartiallyFulfilled,
    /// All items are there.
    Fulfilled,
    /// Paid, and done with.
    Closed,
    /// Given up.
    Cancelled,
}

/// What seed 001 calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PosStatus {
    /// Not begun.
    Pending,
    /// Begun.
    Processing,
    /// Done.
    Completed,
    /// Given up.
    Cancelled,
}

/// What is known of the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaymentStatus {
    /// Nothing was paid yet.
    Pending,
    /// Some of it was.
    PartiallyPaid,
    /// All of it was.
    Paid,
    /// It was tried in vain.
    Failed,
    /// It was given back.
    Refunded,
}

/// Where an order came from, which alone may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Tills: sold from stock at the catalogue's prices (seed 001).
    Pos,
    /// The order API: bought in, each line with its own price (seed 003).
    Oms,
}

/// Words of an enum: all of them, each one's own, and how they are read back.
macro_rules! words {
    ($name:ident: $($case:ident => $word:literal),+ $(,)?) => {
        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$case),+];

            /// Its word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$case => $word),+
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                let found = Self::ALL.iter().copied().find(|it| it.as_str() == word);
                found.ok_or_else(|| UnknownWord::new(word, Self::ALL.iter().map(|it| it.as_str())))
            }
        }
    };
}

words!(SalesStatus:
    Received => "RECEIVED",
    Assigned => "ASSIGNED",
    Processing => "PROCESSING",
    PartiallyFulfilled => "PARTIALLY_FULFILLED",
    Fulfilled => "FULFILLED",
    Closed => "CLOSED",
    Cancelled => "CANCELLED",
);
words!(PosStatus:
    Pending => "Pending",
    Processing => "Processing",
    Completed => "Completed",
    Cancelled => "Cancelled",
);
words!(PaymentStatus:
    Pending => "Pending",
    PartiallyPaid => "PartiallyPaid",
    Paid => "Paid",
    Failed => "Failed",
    Refunded => "Refunded",
);
words!(Channel: Pos => "pos", Oms => "oms");

impl SalesStatus {
    /// What seed 001 calls it.
    pub const fn at_tills(self) -> PosStatus {
        match self {
            Self::Received | Self::Assigned => PosStatus::Pending,
            Self::Processing | Self::PartiallyFulfilled => PosStatus::Processing,
            Self::Fulfilled | Self::Closed => PosStatus::Completed,
            Self::Cancelled => PosStatus::Cancelled,
        }
    }

    /// Whether an order that stands here can still be given up, as long as nothing was dispatched.
    pub const fn can_be_cancelled(self) -> bool {
        matches!(self, Self::Received | Self::Assigned | Self::Processing)
    }
}

impl PosStatus {
    /// What tills may make of it, itself aside (contract, *pos*).
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::Processing, Self::Completed, Self::Cancelled],
            Self::Processing => &[Self::Completed, Self::Cancelled],
            Self::Completed | Self::Cancelled => &[],
        }
    }

    /// The status that is stored when tills ask for this one: what is completed and paid is closed.
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
    fn tills_see_seed_003s_statuses_in_their_own_words() {
        let seen: Vec<_> = SalesStatus::ALL.iter().map(|status| status.at_tills().as_str()).collect();
        let expected =
            ["Pending", "Pending", "Processing", "Processing", "Completed", "Completed", "Cancelled"];
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_tills_may_make_of_a_status_cell_by_cell() {
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
    fn what_tills_ask_for_is_stored_in_seed_003s_words() {
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
    fn an_order_can_be_given_up_until_some_of_it_is_there() {
        let can: Vec<_> = SalesStatus::ALL.iter().map(|status| status.can_be_cancelled()).collect();
        assert_eq!(can, [true, true, true, false, false, false, false]);
    }

    #[test]
    fn words_are_read_back_and_unknown_ones_name_what_is_allowed() {
        for status in SalesStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        let fault = "Done".parse::<PosStatus>().unwrap_err().to_string();
        assert_eq!(fault, "`Done` is unknown; it is one of Pending, Processing, Completed, Cancelled");
    }
}
