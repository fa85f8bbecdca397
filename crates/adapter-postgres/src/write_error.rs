//! Errors of transactions, and how PostgreSQL's errors become the ports'.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use kernel::error::StoreError;
use kernel::events::PayloadFault;

/// Why work within a transaction failed.
#[derive(Debug)]
pub enum WriteError<E> {
    /// A statement failed.
    Statement(DieselError),
    /// The work returned an error of its port.
    Port(E),
}

impl<E> From<DieselError> for WriteError<E> {
    fn from(error: DieselError) -> Self {
        Self::Statement(error)
    }
}

impl<E: From<StoreError>> WriteError<E> {
    /// An error of the store itself.
    pub fn store(error: StoreError) -> Self {
        Self::Port(error.into())
    }

    /// A state that should never occur.
    pub fn internal(cause: impl Into<kernel::error::Cause>) -> Self {
        Self::store(StoreError::Internal(cause.into()))
    }

    /// The error that the port returns.
    pub fn into_port_error(self) -> E {
        match self {
            Self::Statement(error) => store_error(error).into(),
            Self::Port(error) => error,
        }
    }
}

/// A payload that has no form in JSON: no published event has one.
pub(crate) fn unwritable<E: From<StoreError>>(fault: PayloadFault) -> WriteError<E> {
    WriteError::internal(Box::new(fault))
}

/// A failed statement as an error of the store.
pub fn store_error(error: DieselError) -> StoreError {
    if is_unavailable(&error) {
        StoreError::Unavailable(Box::new(error))
    } else {
        StoreError::Internal(Box::new(error))
    }
}

/// A stored value that the domain refuses: the database and the code disagree.
pub(crate) fn unreadable(fault: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Internal(Box::new(fault))
}

/// Whether the connection can't be used any more.
pub fn breaks_connection(error: &DieselError) -> bool {
    match error {
        DieselError::BrokenTransactionManager | DieselError::AlreadyInTransaction => true,
        DieselError::DatabaseError(kind, _) => {
            matches!(kind, DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::ReadOnlyTransaction)
        }
        _ => false,
    }
}

/// Whether the transaction may succeed if repeated: 40001 and 40P01.
pub fn is_worth_repeating(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _))
        || message(error).is_some_and(|message| message == "deadlock detected")
}

/// The constraint that a statement violated, if that is why it failed.
pub fn constraint(error: &DieselError) -> Option<&str> {
    match error {
        DieselError::DatabaseError(
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::CheckViolation,
            information,
        ) => information.constraint_name(),
        _ => None,
    }
}

fn is_unavailable(error: &DieselError) -> bool {
    breaks_connection(error)
        || is_worth_repeating(error)
        || message(error).is_some_and(|message| {
            // diesel hides SQLSTATE; the service's role has lc_messages = C (roles.rs), so texts are stable
            message.starts_with("canceling statement due to")
                || message.starts_with("terminating connection")
                || message.starts_with("the database system is")
                || message.starts_with("could not extend file")
                || message.starts_with("server closed the connection")
        })
}

fn message(error: &DieselError) -> Option<&str> {
    if let DieselError::DatabaseError(_, information) = error { Some(information.message()) } else { None }
}
