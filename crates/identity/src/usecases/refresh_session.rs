use std::sync::Arc;

use kernel::access::ActorRef;
use kernel::clock::{Clock, IdSource};
use kernel::write::{WriteContext, Written};
use secrets::Secret;

use crate::caller_cache::CallerCache;
use crate::ports::{Refreshed, Sessions};
use crate::session::{NewRefreshToken, RefreshError, RefreshTokenText};
use crate::usecases::log_in::{LogIn, LoggedIn};

/// Continues a session: a refresh token is exchanged for an access token and the next refresh token.
pub struct RefreshSession {
    sessions: Arc<dyn Sessions>,
    callers: Arc<CallerCache>,
    log_in: Arc<LogIn>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
}

impl RefreshSession {
    pub fn new(
        sessions: Arc<dyn Sessions>,
        callers: Arc<CallerCache>,
        log_in: Arc<LogIn>,
        ids: Arc<dyn IdSource>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { sessions, callers, log_in, ids, clock }
    }

    /// Exchanges `presented` for the next tokens.
    ///
    /// # Errors
    /// [`RefreshError::Refused`] for whatever isn't good now; one that was spent before has ended its session.
    pub async fn run(&self, presented: &Secret, request_id: &str) -> Result<LoggedIn, RefreshError> {
        let presented = RefreshTokenText::parse(presented.expose()).ok_or(RefreshError::Refused)?;
        let (team, user) = self.sessions.owner(presented.id()).await?.ok_or(RefreshError::Refused)?;
        let now = self.clock.now();
        let next = RefreshTokenText::compose(self.ids.id(), &self.ids.secret());
        let (actor, request_id) = (ActorRef::User(user), request_id.to_owned());
        let context = WriteContext { team, actor, request_id, at: now, claim: None };
        let refreshed = self.sessions.refresh(context, presented, NewRefreshToken::of(&next, now)).await?;
        match refreshed {
            Written::Done(Refreshed::Renewed { session, user }) => {
                let access_token = self.log_in.access_token(&user, session)?;
                Ok(LoggedIn { access_token, refresh_token: next, user })
            }
            Written::Done(Refreshed::Reused) => {
                self.callers.forget();
                Err(RefreshError::Refused)
            }
            Written::Done(Refreshed::Refused) | Written::Replayed(_) => Err(RefreshError::Refused),
        }
    }
}
