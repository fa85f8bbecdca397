use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::money::MoneyFault;
use kernel::period::EmptyPeriods;
use kernel::quantity::{Amount, Quantity};

/// Why something about the supply of an order was not done, or not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SupplyError {
    /// The team has no such thing, or the caller may not see it.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The request names what does not exist, or asks for more than there ever was; every such entry, from 0.
    #[error("the request is invalid")]
    Invalid(Vec<SupplyFault>),
    /// Entries assign more than is left to assign; every such entry, from 0.
    #[error("{}", shortfalls(.0))]
    NotAvailable(Vec<Shortfall>),
    /// Entries send more than is left to dispatch; every such entry, from 0.
    #[error("{}", shortfalls(.0))]
    NotDispatchable(Vec<Shortfall>),
    /// The order was cancelled or closed; its status.
    #[error("the order is {0}; nothing more of it can be bought in")]
    OrderEnded(&'static str),
    /// The order came from a till, which sells from stock.
    #[error("the order came from a till; only orders of the order API are bought in")]
    OrderOfTill,
    /// The vendor answered before; how much it confirmed.
    #[error("the assignment was answered before: {0} confirmed")]
    AlreadyConfirmed(Amount),
    /// The order ended before the vendor answered.
    #[error("the assignment was released: its order has ended")]
    Released,
    /// Nothing that the vendor confirmed of the order can be ordered.
    #[error("the vendor has confirmed nothing of this order; a purchase order needs a confirmed assignment")]
    NothingConfirmed,
    /// The goods of the dispatch arrived before.
    #[error("the dispatch {dispatch} was received before, as {receipt}")]
    AlreadyReceived { dispatch: Box<str>, receipt: Box<str> },
    /// The purchase order comes to too much.
    #[error("the purchase order's total {0}")]
    Total(MoneyFault),
    /// A list's period ends before it begins.
    #[error(transparent)]
    EmptyPeriods(#[from] EmptyPeriods),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a request, whatever happened before. Entries are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SupplyFault {
    /// The order has no such line.
    UnknownLine { entry: usize },
    /// The team has no such vendor.
    UnknownVendor { entry: usize },
    /// The vendor is out of use.
    VendorOutOfUse { entry: usize },
    /// More than was ordered of the line at all.
    MoreThanOrdered { entry: usize, ordered: Quantity },
    /// More than the vendor was asked for.
    MoreThanAssigned { assigned: Quantity },
    /// Less than the vendor was asked for, without a reason.
    ReasonMissing,
    /// The team has no such order.
    UnknownOrder,
    /// The team has no vendor of that id to order from.
    NoSuchVendor,
    /// The team has no such purchase order, or it is another vendor's.
    UnknownPurchaseOrder,
    /// A dispatch of nothing.
    NothingDispatched,
    /// The purchase order has no such item.
    UnknownItem { entry: usize },
    /// An earlier entry has the same item.
    RepeatedItem { entry: usize },
    /// More than the vendor confirmed of the item at all.
    MoreThanConfirmed { entry: usize, confirmed: Amount },
}

/// An entry, from 0, that asks for more than is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    pub entry: usize,
    pub wanted: Quantity,
    pub left: Amount,
}

fn shortfalls(entries: &[Shortfall]) -> String {
    let entries = entries.iter().map(|it| format!("{} wanted, {} left", it.wanted, it.left));
    format!("there is not that much left: {}", entries.collect::<Vec<_>>().join("; "))
}

impl Classified for SupplyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Invalid(_) | Self::Total(_) | Self::EmptyPeriods(_) => ErrorKind::Invalid,
            Self::NotAvailable(_)
            | Self::NotDispatchable(_)
            | Self::OrderEnded(_)
            | Self::OrderOfTill
            | Self::AlreadyConfirmed(_)
            | Self::Released
            | Self::NothingConfirmed
            | Self::AlreadyReceived { .. } => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::Invalid(_) | Self::Total(_) | Self::EmptyPeriods(_) => "VALIDATION_ERROR",
            Self::NotAvailable(_) | Self::NotDispatchable(_) => "QUANTITY_NOT_AVAILABLE",
            Self::OrderEnded(_) => "INVALID_TRANSITION",
            Self::OrderOfTill => "OTHER_CHANNEL",
            Self::AlreadyConfirmed(_) => "ALREADY_CONFIRMED",
            Self::Released => "ASSIGNMENT_RELEASED",
            Self::NothingConfirmed => "NOTHING_CONFIRMED",
            Self::AlreadyReceived { .. } => "ALREADY_RECEIVED",
            Self::Store(error) => error.code(),
        }
    }
}
