use kernel::error::{Classified, ErrorKind, Fault, StoreError};

use crate::fields::{UNKNOWN_DEPARTMENT, UNKNOWN_WORK_ORDER_OPERATION, listed};
use crate::ports::EquipmentStoreError;

/// Why a report was not taken, or equipment not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EquipmentError {
    /// What was given is wrong, or names what the team has not.
    #[error("the report is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The team has no such equipment.
    #[error("there is no such equipment")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<EquipmentStoreError> for EquipmentError {
    fn from(error: EquipmentStoreError) -> Self {
        match error {
            EquipmentStoreError::Unknown { department, operation } => {
                let faults = [(department, UNKNOWN_DEPARTMENT), (operation, UNKNOWN_WORK_ORDER_OPERATION)];
                let faults = faults.into_iter().filter_map(|(unknown, fault)| unknown.then_some(fault));
                Self::Invalid(faults.collect())
            }
            EquipmentStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for EquipmentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        if let Self::Invalid(faults) = self { faults } else { &[] }
    }
}
