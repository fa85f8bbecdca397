use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::clock::{Clock, IdSource};
use kernel::write::WriteContext;
use secrets::Secret;

use crate::ports::{Account, Attempt, LogIns, Sessions};
use crate::session::{
    AccessTokens, LogInError, NewRefreshToken, NewSession, RefreshTokenText, SessionId, TokenFault,
};
use crate::user::{Email, PasswordHash, User};

/// Logs a user in: a session, an access token, and the first refresh token (`docs/spec/oms.md`, "Tokens").
///
/// Hashing takes tens of milliseconds of a processor: callers bound how many run at once.
pub struct LogIn {
    log_ins: Arc<dyn LogIns>,
    sessions: Arc<dyn Sessions>,
    tokens: Arc<AccessTokens>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
}

/// An e-mail and a password, as somebody typed them: neither need be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    pub email: String,
    pub password: Secret,
}

/// What a log-in or a refresh gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// Good for 15 minutes.
    pub access_token: String,
    /// Good once, for 30 days.
    pub refresh_token: RefreshTokenText,
    pub user: User,
}

impl LogIn {
    pub fn new(
        log_ins: Arc<dyn LogIns>,
        sessions: Arc<dyn Sessions>,
        tokens: Arc<AccessTokens>,
        ids: Arc<dyn IdSource>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { log_ins, sessions, tokens, ids, clock }
    }

    /// Logs in the owner of the credentials, who calls from `address`.
    ///
    /// # Errors
    /// [`LogInError::Refused`] for a wrong password and for an unknown e-mail alike, in the same time;
    /// [`LogInError::Locked`] for either after five wrong ones.
    pub async fn run(
        &self,
        credentials: &Credentials,
        address: Option<IpAddr>,
        request_id: &str,
    ) -> Result<LoggedIn, LogInError> {
        // what is no e-mail is no account's: refused as an unknown one is, without an attempt to count
        let email = Email::try_new(&credentials.email).map_err(|_| LogInError::Refused)?;
        let account = self.verified(&Attempt { email, address }, &credentials.password).await?;
        let session = NewSession { id: self.ids.id(), user: account.user.id, address };
        let now = self.clock.now();
        let refresh_token = RefreshTokenText::compose(self.ids.id(), &self.ids.secret());
        let access_token = self.tokens.issue(self.ids.uuid(), account.user.id, session.id, now)?;
        let context = WriteContext::unclaimed(&account.user.actor(account.team), request_id, now);
        self.sessions.begin(context, session, NewRefreshToken::of(&refresh_token, now)).await?;
        Ok(LoggedIn { access_token, refresh_token, user: account.user })
    }

    /// The account of an attempt whose password is right and which the lock lets through.
    async fn verified(&self, attempt: &Attempt, password: &Secret) -> Result<Account, LogInError> {
        if let Some(until) = self.log_ins.locked_until(attempt, self.clock.now()).await? {
            return Err(self.locked(until));
        }
        let account = self.log_ins.account(&attempt.email).await?;
        let hash = account.as_ref().map_or_else(PasswordHash::of_nobody, |account| account.password.clone());
        let right = hash.matches(password) && account.is_some();
        if let Some(until) = self.log_ins.settle(attempt, right, self.clock.now()).await? {
            return Err(self.locked(until));
        }
        account.filter(|_| right).ok_or(LogInError::Refused)
    }

    fn locked(&self, until: DateTime<Utc>) -> LogInError {
        let seconds = (until - self.clock.now()).num_seconds() + 1;
        LogInError::Locked(until, u32::try_from(seconds.max(1)).unwrap_or(u32::MAX))
    }

    /// Whether a password is an account's own, under the same lock as a log-in.
    ///
    /// # Errors
    /// As [`LogIn::run`].
    pub(crate) async fn check(
        &self,
        user: &User,
        address: Option<IpAddr>,
        password: &Secret,
    ) -> Result<(), LogInError> {
        let attempt = Attempt { email: user.email.clone(), address };
        self.verified(&attempt, password).await.map(drop)
    }

    /// Issues an access token for a session that is continued.
    pub(crate) fn access_token(&self, user: &User, session: SessionId) -> Result<String, TokenFault> {
        self.tokens.issue(self.ids.uuid(), user.id, session, self.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{MockLogIns, MockSessions};
    use crate::user::{Membership, Password};
    use chrono::TimeDelta;
    use kernel::clock::{CountedIds, FixedClock};
    use kernel::error::{Classified, ErrorKind};
    use kernel::id::Id;
    use kernel::write::Written;
    use secrets::signing::SigningKeys;
    use uuid::Uuid;

    fn account() -> Account {
        let email = Email::try_new("ann@works.example").unwrap();
        let user =
            User::create(Id::new(Uuid::from_u128(1)), email, Membership::admin(), DateTime::UNIX_EPOCH);
        Account {
            team: Id::new(Uuid::from_u128(2)),
            user,
            password: PasswordHash::of(&Password::try_new("correct horse").unwrap()).unwrap(),
        }
    }

    fn log_in(log_ins: MockLogIns, sessions: MockSessions) -> LogIn {
        let tokens = AccessTokens::new(Arc::new(SigningKeys::new([7; 32], None))).unwrap();
        let clock = Arc::new(FixedClock(DateTime::UNIX_EPOCH));
        let ids = Arc::new(CountedIds::default());
        LogIn::new(Arc::new(log_ins), Arc::new(sessions), Arc::new(tokens), ids, clock)
    }

    fn run(log_in: &LogIn, email: &str, password: &str) -> Result<LoggedIn, LogInError> {
        let credentials = Credentials { email: email.into(), password: password.into() };
        pollster::block_on(log_in.run(&credentials, None, "request"))
    }

    /// Log-ins that know `account`, expect attempts to settle so, and lock none.
    fn log_ins(account: Option<Account>, right: bool) -> MockLogIns {
        let mut log_ins = MockLogIns::new();
        log_ins.expect_locked_until().returning(|_, _| Ok(None));
        log_ins.expect_account().returning(move |_| Ok(account.clone()));
        log_ins
            .expect_settle()
            .times(1)
            .withf(move |_, found, _| *found == right)
            .returning(|_, _, _| Ok(None));
        log_ins
    }

    #[test]
    fn the_right_password_begins_a_session() {
        let mut sessions = MockSessions::new();
        sessions.expect_begin().times(1).returning(|context, session, token| {
            assert_eq!((context.team, session.user), (account().team, account().user.id));
            assert_eq!(token.expires_at, DateTime::UNIX_EPOCH + TimeDelta::days(30));
            Ok(Written::Done(()))
        });
        let log_in = log_in(log_ins(Some(account()), true), sessions);
        let done = run(&log_in, "ANN@works.example", "correct horse").unwrap();
        assert_eq!(done.user, account().user);
        let claims = log_in.tokens.read(&done.access_token, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(claims.user, account().user.id);
    }

    #[test]
    fn a_wrong_password_and_an_unknown_email_are_the_same_answer_and_both_count() {
        for known in [Some(account()), None] {
            let log_in = log_in(log_ins(known, false), MockSessions::new());
            let refused = run(&log_in, "ann@works.example", "wrong horse");
            assert!(matches!(refused, Err(LogInError::Refused)));
        }
    }

    #[test]
    fn nobodys_password_logs_nobody_in() {
        let log_in = log_in(log_ins(None, false), MockSessions::new());
        let refused = run(&log_in, "ann@works.example", "correct horse");
        assert!(matches!(refused, Err(LogInError::Refused)));
    }

    #[test]
    fn a_locked_account_is_locked_before_and_after_the_password_is_looked_at() {
        let until = DateTime::UNIX_EPOCH + TimeDelta::seconds(60);
        let mut before = MockLogIns::new();
        before.expect_locked_until().returning(move |_, _| Ok(Some(until)));
        let mut after = MockLogIns::new();
        after.expect_locked_until().returning(|_, _| Ok(None));
        after.expect_account().returning(|_| Ok(Some(account())));
        after.expect_settle().returning(move |_, _, _| Ok(Some(until)));
        for log_ins in [before, after] {
            let log_in = log_in(log_ins, MockSessions::new());
            let error = run(&log_in, "ann@works.example", "correct horse").unwrap_err();
            assert_eq!((error.kind(), error.retry_after()), (ErrorKind::TooManyRequests, Some(61)));
        }
    }
}
