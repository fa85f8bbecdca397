use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::money::MoneyFault;
use kernel::period::EmptyPeriods;
use serde_json::{Value, json};

use super::{Channel, PosStatus, SalesStatus};

/// Why something could not be done about a sales order.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SalesOrderError {
    /// The order can't be placed; every fault of it.
    #[error("the order is invalid")]
    NotPlaceable { channel: Channel, faults: Vec<OrderFault> },
    /// A list's periods end before they begin.
    #[error(transparent)]
    EmptyPeriods(EmptyPeriods),
    /// The team has no such order.
    #[error("order not found")]
    NotFound,
    /// The order's status does not allow it, at a till.
    #[error("the order is {}, which can't become {}", from.as_str(), to.as_str())]
    Transition { from: PosStatus, to: PosStatus },
    /// The order can't be cancelled any more.
    #[error("the order is {}, which can't be cancelled", .0.as_str())]
    NotCancellable(SalesStatus),
    /// The order can't be closed any more.
    #[error("the order is {}, which can't be closed", .0.as_str())]
    NotClosable(SalesStatus),
    /// Some of the order was dispatched, so that it can only be closed.
    #[error("some of the order was dispatched, so it can't be cancelled; it can be closed")]
    Dispatched,
    /// Something of the order is not over, so that it can't be closed: each in words.
    #[error("the order can't be closed: {}", .0.join("; "))]
    StillOpen(Vec<String>),
    /// The order came from elsewhere, which alone may change it.
    #[error("the order came from {}, where alone it can be changed", place(.0))]
    OtherChannel(Channel),
    /// The order was changed since the caller saw it.
    #[error("the order was changed meanwhile; read it again")]
    Stale,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a new order can't be placed. Lines are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderFault {
    /// The line's product is not in the catalogue.
    UnknownProduct { line: usize, product: i64 },
    /// The line comes to too much.
    LineTotal { line: usize, fault: MoneyFault },
    /// The lines together come to too much.
    Total(MoneyFault),
}

const fn place(channel: &Channel) -> &'static str {
    match channel {
        Channel::Pos => "a till",
        Channel::Oms => "the order API",
    }
}

impl Classified for SalesOrderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotPlaceable { .. } | Self::EmptyPeriods(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::Transition { .. }
            | Self::NotCancellable(_)
            | Self::NotClosable(_)
            | Self::Dispatched
            | Self::StillOpen(_)
            | Self::OtherChannel(_) => ErrorKind::Conflict,
            Self::Stale => ErrorKind::Stale,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotPlaceable { .. } | Self::EmptyPeriods(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::Transition { .. } | Self::NotCancellable(_) | Self::NotClosable(_) => "INVALID_TRANSITION",
            Self::Dispatched => "DISPATCHED",
            Self::StillOpen(_) => "NOT_CLOSABLE",
            Self::OtherChannel(_) => "OTHER_CHANNEL",
            Self::Stale => "STALE_VERSION",
            Self::Store(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Transition { from, .. } => {
                let allowed: Vec<_> = from.next().iter().map(|status| status.as_str()).collect();
                vec![("status", json!(from.as_str())), ("allowedStatuses", json!(allowed))]
            }
            Self::NotCancellable(status) => vec![("status", json!(status.as_str()))],
            _ => Vec::new(),
        }
    }
}
