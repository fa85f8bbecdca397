use std::net::IpAddr;
use std::sync::Arc;

use kernel::access::Actor;
use kernel::clock::IdSource;
use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use kernel::id::{TeamId, UserId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::caller_cache::CallerCache;
use crate::fields::{listed, missing};
use crate::ports::{UserFilter, UserStoreError, Users};
use crate::session::SessionId;
use crate::usecases::log_in::{LogIn, LogInError};
use crate::user::{
    NewUser, PasswordFault, PasswordHash, User, UserChange, UserDraft, UserPatch, unknown_vendor,
};

/// Why a user was not made, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UserError {
    /// What was given is wrong.
    #[error("the user is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The team has no such user.
    #[error("there is no such user")]
    NotFound,
    /// A user of this or another team has that e-mail.
    #[error("a user with this e-mail exists; choose another e-mail")]
    EmailTaken,
    /// Nobody would administer the team any more.
    #[error("this is the team's last ADMIN who may log in; make another one first")]
    LastAdmin,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] PasswordFault),
    /// The present password was not the right one, or too many weren't.
    #[error(transparent)]
    Password(LogInError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<UserStoreError> for UserError {
    fn from(error: UserStoreError) -> Self {
        match error {
            UserStoreError::NotFound => Self::NotFound,
            UserStoreError::EmailTaken => Self::EmailTaken,
            UserStoreError::UnknownVendor => Self::Invalid(vec![unknown_vendor()]),
            UserStoreError::LastAdmin => Self::LastAdmin,
            UserStoreError::Unfit(fault) => Self::Invalid(vec![fault]),
            UserStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for UserError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::EmailTaken | Self::LastAdmin => ErrorKind::Conflict,
            Self::Hashing(_) => ErrorKind::Internal,
            Self::Password(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::LastAdmin => "LAST_ADMIN",
            Self::Hashing(_) => "INTERNAL_ERROR",
            Self::Password(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::Password(error) => error.faults(),
            _ => &[],
        }
    }

    fn retry_after(&self) -> Option<u32> {
        if let Self::Password(error) = self { error.retry_after() } else { None }
    }
}

/// Administers the users of a team (contract, *oms*).
pub struct ManageUsers {
    users: Arc<dyn Users>,
    callers: Arc<CallerCache>,
    log_in: Arc<LogIn>,
    ids: Arc<dyn IdSource>,
}

impl ManageUsers {
    /// Stands on users, callers, the log-in's check of passwords, and ids.
    pub fn new(
        users: Arc<dyn Users>,
        callers: Arc<CallerCache>,
        log_in: Arc<LogIn>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { users, callers, log_in, ids }
    }

    /// Creates the user that `draft` asks for.
    ///
    /// # Errors
    /// Every fault of the draft at once, or that the e-mail is taken.
    pub async fn create(
        &self,
        context: WriteContext<User>,
        draft: &UserDraft,
    ) -> Result<Written<User>, UserError> {
        let request = draft.validate().map_err(UserError::Invalid)?;
        let password = PasswordHash::of(&request.password)?;
        let user = User::create(self.ids.id(), request.email, request.membership, context.at);
        Ok(self.users.create(context, NewUser { user, password }).await?)
    }

    /// Changes a user as `patch` asks; gives them as they are where nothing differs.
    ///
    /// # Errors
    /// Every fault of the patch at once, that there is no such user, that the e-mail is taken, or that the team would
    /// have no ADMIN.
    pub async fn change(
        &self,
        context: WriteContext<User>,
        id: UserId,
        patch: &UserPatch,
    ) -> Result<Written<User>, UserError> {
        let change = patch.validate().map_err(UserError::Invalid)?;
        let password = patch.password.as_deref().map(PasswordHash::of).transpose()?;
        let changed = self.users.change(context, id, UserChange { password, ..change }).await;
        self.callers.forget();
        Ok(changed?)
    }

    /// Changes a user's own password; every other session of theirs ends.
    ///
    /// # Errors
    /// Missing or faulty fields, or that the present password is wrong, under the same lock as a log-in.
    pub async fn change_password(
        &self,
        context: WriteContext<User>,
        actor: &Actor,
        session: SessionId,
        request: &PasswordRequest,
    ) -> Result<(), UserError> {
        let (current, new) = request.read().map_err(UserError::Invalid)?;
        let user = self.myself(actor).await?;
        self.log_in.check(&user, request.address, current).await.map_err(wrong_password)?;
        let password = Some(PasswordHash::of(new)?);
        let change = UserChange { password, kept_session: Some(session), ..Default::default() };
        let changed = self.users.change(context, user.id, change).await;
        self.callers.forget();
        changed?;
        Ok(())
    }

    /// The team's user of that id.
    ///
    /// # Errors
    /// That there is none.
    pub async fn get(&self, team: TeamId, id: UserId) -> Result<User, UserError> {
        self.users.find(team, id).await?.ok_or(UserError::NotFound)
    }

    /// The user that calls.
    ///
    /// # Errors
    /// That the caller is no user.
    pub async fn myself(&self, actor: &Actor) -> Result<User, UserError> {
        match &actor.identity {
            kernel::access::Identity::User { id, .. } => self.get(actor.team, *id).await,
            _ => Err(UserError::NotFound),
        }
    }

    /// The window of the team's users that `filter` lets through.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        team: TeamId,
        filter: UserFilter,
        window: Window,
    ) -> Result<Listing<User>, UserError> {
        Ok(self.users.list(team, filter, window).await?)
    }
}

/// The caller is known: a wrong password is a fault of a field here, not of credentials.
fn wrong_password(error: LogInError) -> UserError {
    match error {
        LogInError::Refused => UserError::Invalid(vec![Fault::new(
            "currentPassword",
            "WRONG_PASSWORD",
            "is not your present password",
        )]),
        error => UserError::Password(error),
    }
}

/// A request to change one's own password, as it came in.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PasswordRequest {
    /// The present password; required.
    pub current_password: Option<String>,
    /// The new one, 8 to 256 characters; required.
    pub new_password: Option<String>,
    /// Where the request comes from.
    pub address: Option<IpAddr>,
}

impl PasswordRequest {
    /// Whether both passwords are there and the new one may be taken.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn check(&self) -> Result<(), Vec<Fault>> {
        self.read().map(drop)
    }

    fn read(&self) -> Result<(&str, &str), Vec<Fault>> {
        let current = self.current_password.as_deref().ok_or_else(|| missing("currentPassword"));
        let new = self.new_password.as_deref().ok_or_else(|| missing("newPassword")).and_then(|new| {
            let checked = PasswordHash::check(new);
            checked.map(|()| new).map_err(|fault| crate::fields::invalid("newPassword", &fault))
        });
        match (current, new) {
            (Ok(current), Ok(new)) => Ok((current, new)),
            (current, new) => Err([current.err(), new.err()].into_iter().flatten().collect()),
        }
    }
}

impl std::fmt::Debug for PasswordRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordRequest(…)")
    }
}
