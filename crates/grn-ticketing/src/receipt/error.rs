use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::period::EmptyPeriods;
use kernel::quantity::{Amount, Quantity};
use rust_decimal::Decimal;

use super::ItemStatus;

/// Why a receipt was not made, verified or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The team has no such thing.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The goods of the dispatch arrived before.
    #[error("the dispatch {dispatch} was received before, as {receipt}")]
    AlreadyReceived { dispatch: Box<str>, receipt: Box<str> },
    /// What the verification says and what is recorded differ; every disagreement.
    #[error("the verification disagrees with the records")]
    Disagrees(Vec<Disagreement>),
    /// All of the receipt, or an item that the verification names, was verified before; in words.
    #[error("{0} was verified before")]
    AlreadyVerified(String),
    /// A list's period ends before it begins.
    #[error(transparent)]
    EmptyPeriods(#[from] EmptyPeriods),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where a verification disagrees with the records, or with itself. Entries are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disagreement {
    /// The team has no such receipt.
    UnknownReceipt,
    /// The receipt has another number.
    Number {
        recorded: Box<str>,
    },
    /// The receipt is of another dispatch.
    Dispatch {
        recorded: Box<str>,
    },
    /// No item is to be verified.
    NothingVerified,
    /// The receipt has no such item to verify.
    UnknownVerifiedItem {
        entry: usize,
    },
    /// An earlier entry names the same item to verify.
    RepeatedVerifiedItem {
        entry: usize,
    },
    /// The receipt has no such item.
    UnknownItem {
        entry: usize,
    },
    /// An earlier entry counts the same item.
    RepeatedItem {
        entry: usize,
    },
    /// The item is none of those that are verified now.
    NotVerifiedNow {
        entry: usize,
    },
    /// The item is of another assignment.
    AssignedItem {
        entry: usize,
    },
    Assigned {
        entry: usize,
        recorded: Quantity,
    },
    Confirmed {
        entry: usize,
        recorded: Quantity,
    },
    /// The discrepancy is not what was received less what was confirmed.
    Discrepancy {
        entry: usize,
        computed: Decimal,
    },
    /// The status does not fit the numbers.
    Status {
        entry: usize,
        fitting: &'static [ItemStatus],
    },
    /// The status says that goods are damaged, or the flag does, and the other does not.
    DamageContradicted {
        entry: usize,
    },
    /// Goods are damaged, and nothing says how.
    DamageNotDescribed {
        entry: usize,
    },
    /// A damage is described, and none is reported.
    DamageNotReported {
        entry: usize,
    },
    /// Damaged units are counted, and none are reported.
    DamagedUnreported {
        entry: usize,
    },
    /// More units are damaged than were received.
    DamagedBeyondReceived {
        entry: usize,
        received: Amount,
    },
    /// An excess is to be accepted where there is none.
    NoExcess {
        entry: usize,
    },
    /// Together with earlier receipts more than was assigned was received, though not as an excess.
    PastAssignment {
        entry: usize,
        assigned: Quantity,
        before: Amount,
    },
    /// Together with earlier receipts that is more than can be counted.
    TooMuch {
        entry: usize,
        before: Amount,
    },
}

impl Classified for ReceiptError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::AlreadyReceived { .. } | Self::AlreadyVerified(_) => ErrorKind::Conflict,
            Self::Disagrees(_) | Self::EmptyPeriods(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::AlreadyReceived { .. } => "ALREADY_RECEIVED",
            Self::AlreadyVerified(_) => "ALREADY_VERIFIED",
            Self::Disagrees(_) | Self::EmptyPeriods(_) => "VALIDATION_ERROR",
            Self::Store(error) => error.code(),
        }
    }
}
