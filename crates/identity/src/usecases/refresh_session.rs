use std::sync::Arc;

use kernel::access::ActorRef;
use kernel::clock::{Clock, IdSource};
use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use kernel::write::{WriteContext, Written};

use crate::caller_cache::CallerCache;
use crate::fields::missing;
use crate::ports::{Refreshed, Sessions};
use crate::session::{NewRefreshToken, RefreshTokenText, TokenFault};
use crate::usecases::log_in::{LogIn, LoggedIn};

/// Carries a session on: a refresh token is spent for an access token and the next refresh token.
pub struct RefreshSession {
    sessions: Arc<dyn Sessions>,
    callers: Arc<CallerCache>,
    log_in: Arc<LogIn>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
}

/// Why a session was not carried on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// No token was sent.
    #[error("the refresh token is missing")]
    Missing([Fault; 1]),
    /// The token is malformed, unknown, expired or spent, or its session has ended: which is nobody's business.
    #[error("the refresh token is not valid; log in again")]
    Refused,
    /// A token could not be made.
    #[error(transparent)]
    Token(#[from] TokenFault),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for RefreshError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing(_) => ErrorKind::Invalid,
            Self::Refused => ErrorKind::Unauthorized,
            Self::Token(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "VALIDATION_ERROR",
            Self::Refused => "INVALID_REFRESH_TOKEN",
            Self::Token(_) => "INTERNAL_ERROR",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        if let Self::Missing(fault) = self { fault } else { &[] }
    }
}

impl RefreshSession {
    /// Stands on sessions, callers, the log-in's tokens, ids and a clock.
    pub fn new(
        sessions: Arc<dyn Sessions>,
        callers: Arc<CallerCache>,
        log_in: Arc<LogIn>,
        ids: Arc<dyn IdSource>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { sessions, callers, log_in, ids, clock }
    }

    /// Spends `presented`.
    ///
    /// # Errors
    /// [`RefreshError::Refused`] for whatever isn't good now; one that was spent before has ended its session.
    pub async fn run(&self, presented: Option<&str>, request_id: &str) -> Result<LoggedIn, RefreshError> {
        let presented = presented.ok_or_else(|| RefreshError::Missing([missing("refreshToken")]))?;
        let presented = RefreshTokenText::parse(presented).ok_or(RefreshError::Refused)?;
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
