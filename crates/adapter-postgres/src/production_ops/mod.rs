//! Departments and work centres.

mod departments;
mod work_centres;

pub use departments::PgDepartments;
pub use work_centres::PgWorkCentres;

use kernel::error::StoreError;

/// A stored value that the domain does not take: the database and the code disagree.
fn unreadable(fault: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Internal(Box::new(fault))
}
