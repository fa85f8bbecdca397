use kernel::error::{Classified, ErrorKind, StoreError};

/// Why a vendor was not made, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VendorError {
    /// The team has no such vendor, or the caller may not see it.
    #[error("vendor not found")]
    NotFound,
    /// Another vendor of the team has that code.
    #[error("a vendor of this code exists; choose another code")]
    CodeTaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for VendorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::CodeTaken => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::CodeTaken => "VENDOR_CODE_TAKEN",
            Self::Store(error) => error.code(),
        }
    }
}
