use kernel::error::{Classified, ErrorKind, Fault, StoreError};

use crate::fields::fixed;
use crate::ports::VendorStoreError;

static CODE_TAKEN: [Fault; 1] =
    [fixed("code", "VENDOR_CODE_TAKEN", "Code is taken by another vendor; choose another")];

/// Why a vendor was not made, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VendorError {
    /// What was given is wrong; the faults say what. The words are seed 003's.
    #[error("validation failed")]
    Invalid(Vec<Fault>),
    /// The team has no such vendor, or the caller may not see it.
    #[error("vendor not found")]
    NotFound,
    /// Another vendor of the team has that code.
    #[error("a vendor of this code exists; choose another code")]
    CodeTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<VendorStoreError> for VendorError {
    fn from(error: VendorStoreError) -> Self {
        match error {
            VendorStoreError::NotFound => Self::NotFound,
            VendorStoreError::CodeTaken => Self::CodeTaken,
            VendorStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for VendorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::CodeTaken => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::CodeTaken => "VENDOR_CODE_TAKEN",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::CodeTaken => &CODE_TAKEN,
            Self::NotFound | Self::Store(_) => &[],
        }
    }
}
