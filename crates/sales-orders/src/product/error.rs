use kernel::error::{Classified, ErrorKind, Fault, StoreError};

/// Why something could not be done about a product or its stock.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProductError {
    /// Faulty fields, every one.
    #[error("the product is invalid")]
    Invalid(Vec<Fault>),
    /// The team has no such product.
    #[error("product not found")]
    NotFound,
    /// Another product of the team has the SKU.
    #[error("another product has this SKU; choose another")]
    SkuTaken,
    /// More would be taken than there is.
    #[error("there is not enough in stock: {stock}")]
    InsufficientStock {
        /// How much there is.
        stock: kernel::quantity::Amount,
    },
    /// The product was changed since the caller saw it.
    #[error("the product was changed meanwhile; read it again")]
    Stale,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for ProductError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::SkuTaken | Self::InsufficientStock { .. } => ErrorKind::Conflict,
            Self::Stale => ErrorKind::Stale,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::SkuTaken => "SKU_TAKEN",
            Self::InsufficientStock { .. } => "INSUFFICIENT_STOCK",
            Self::Stale => "STALE_VERSION",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        if let Self::Invalid(faults) = self { faults } else { &[] }
    }
}
