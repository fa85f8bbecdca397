//! The clock and the source of ids of this machine.

use std::sync::Arc;

use kernel::clock::{Clock, IdSource, SystemClock, SystemIds};

/// The system clock.
pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// The system's source of ids and secrets.
pub fn ids() -> Arc<dyn IdSource> {
    Arc::new(SystemIds)
}
