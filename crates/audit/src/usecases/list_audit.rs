use std::sync::Arc;

use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};

use crate::ports::{AuditTrail, EntryFilter, ListedEntry};

/// Lists the audit trail, newest first.
pub struct ListAudit {
    trail: Arc<dyn AuditTrail>,
}

impl ListAudit {
    /// Creates the use case.
    pub fn new(trail: Arc<dyn AuditTrail>) -> Self {
        Self { trail }
    }

    /// Returns the window of the team's entries that match `filter`.
    pub async fn run(
        &self,
        team: TeamId,
        filter: EntryFilter,
        window: Window,
    ) -> Result<Listing<ListedEntry>, StoreError> {
        self.trail.list(team, filter, window).await
    }
}
