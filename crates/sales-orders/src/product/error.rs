use kernel::error::{Classified, ErrorKind, StoreError};
use kernel::quantity::{Amount, AmountFault};

/// Why something could not be done about a product or its stock.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProductError {
    /// The team has no such product.
    #[error("product not found")]
    NotFound,
    /// Another product of the team has the SKU.
    #[error("another product has this SKU; choose another")]
    SkuTaken,
    /// More would be taken than there is.
    #[error("there is not enough in stock: {stock}")]
    InsufficientStock { stock: Amount },
    /// More would come in than stock can hold.
    #[error("what is then in stock {0}")]
    StockTooLarge(AmountFault),
    /// The product was changed since the caller saw it.
    #[error("the product was changed meanwhile; read it again")]
    Stale,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for ProductError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::SkuTaken | Self::InsufficientStock { .. } => ErrorKind::Conflict,
            Self::StockTooLarge(_) => ErrorKind::Invalid,
            Self::Stale => ErrorKind::Stale,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::SkuTaken => "SKU_TAKEN",
            Self::InsufficientStock { .. } => "INSUFFICIENT_STOCK",
            Self::StockTooLarge(_) => "VALIDATION_ERROR",
            Self::Stale => "STALE_VERSION",
            Self::Store(error) => error.code(),
        }
    }
}
