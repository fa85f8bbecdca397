use std::sync::Arc;

use kernel::error::StoreError;
use kernel::write::WriteContext;

use crate::caller_cache::CallerCache;
use crate::ports::Sessions;
use crate::session::SessionId;

/// Ends a session: its access tokens and its refresh token are no longer taken.
pub struct LogOut {
    sessions: Arc<dyn Sessions>,
    callers: Arc<CallerCache>,
}

impl LogOut {
    pub fn new(sessions: Arc<dyn Sessions>, callers: Arc<CallerCache>) -> Self {
        Self { sessions, callers }
    }

    /// Ends the session.
    pub async fn run(&self, context: WriteContext<()>, session: SessionId) -> Result<(), StoreError> {
        let ended = self.sessions.end(context, session).await.map(drop);
        self.callers.forget();
        ended
    }
}
