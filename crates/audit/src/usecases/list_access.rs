use std::sync::Arc;

use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};

use crate::access::AccessRecord;
use crate::ports::{AccessFilter, AccessLog};

/// Lists the access log, newest first.
pub struct ListAccess {
    log: Arc<dyn AccessLog>,
}

impl ListAccess {
    /// Creates the use case.
    pub fn new(log: Arc<dyn AccessLog>) -> Self {
        Self { log }
    }

    /// Returns the window of the team's records that match `filter`.
    pub async fn run(
        &self,
        team: TeamId,
        filter: AccessFilter,
        window: Window,
    ) -> Result<Listing<AccessRecord>, StoreError> {
        self.log.list(team, filter, window).await
    }
}
