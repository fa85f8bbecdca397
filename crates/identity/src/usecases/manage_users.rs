use std::net::IpAddr;
use std::sync::Arc;

use kernel::access::{Actor, Identity};
use kernel::clock::IdSource;
use kernel::id::{TeamId, UserId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use secrets::Secret;

use crate::caller_cache::CallerCache;
use crate::ports::{UserFilter, Users};
use crate::session::SessionId;
use crate::usecases::log_in::LogIn;
use crate::user::{NewUser, Password, PasswordHash, User, UserChange, UserError};

/// A change of one's own password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordChange {
    /// The present password, as it was typed.
    pub current: Secret,
    pub new: Password,
}

/// Administers the users of a team (`docs/spec/oms.md`, "Users").
pub struct ManageUsers {
    users: Arc<dyn Users>,
    callers: Arc<CallerCache>,
    log_in: Arc<LogIn>,
    ids: Arc<dyn IdSource>,
}

impl ManageUsers {
    pub fn new(
        users: Arc<dyn Users>,
        callers: Arc<CallerCache>,
        log_in: Arc<LogIn>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { users, callers, log_in, ids }
    }

    /// Creates a user at the context's time.
    ///
    /// # Errors
    /// [`UserError::EmailTaken`], [`UserError::UnknownVendor`].
    pub async fn create(
        &self,
        context: WriteContext<User>,
        new: NewUser,
    ) -> Result<Written<User>, UserError> {
        let password = PasswordHash::of(&new.password)?;
        let user = User::create(self.ids.id(), new.email, new.membership, context.at);
        self.users.create(context, user, password).await
    }

    /// Changes a user, and their password if there is a new one.
    ///
    /// # Errors
    /// [`UserError::NotFound`], [`UserError::EmailTaken`], [`UserError::UnknownVendor`], [`UserError::Membership`], or
    /// [`UserError::LastAdmin`].
    pub async fn change(
        &self,
        context: WriteContext<User>,
        id: UserId,
        change: UserChange,
        new_password: Option<&Password>,
    ) -> Result<Written<User>, UserError> {
        let password = new_password.map(PasswordHash::of).transpose()?;
        let changed = self.users.change(context, id, UserChange { password, ..change }).await;
        self.callers.forget();
        changed
    }

    /// Changes a user's own password; every other session of theirs ends.
    ///
    /// # Errors
    /// [`UserError::WrongPassword`], under the same lock as a log-in.
    pub async fn change_password(
        &self,
        context: WriteContext<User>,
        actor: &Actor,
        session: SessionId,
        address: Option<IpAddr>,
        passwords: &PasswordChange,
    ) -> Result<(), UserError> {
        let user = self.myself(actor).await?;
        self.log_in.check(&user, address, &passwords.current).await?;
        let password = Some(PasswordHash::of(&passwords.new)?);
        let change = UserChange { password, kept_session: Some(session), ..Default::default() };
        let changed = self.users.change(context, user.id, change).await;
        self.callers.forget();
        changed?;
        Ok(())
    }

    /// The team's user of that id.
    ///
    /// # Errors
    /// [`UserError::NotFound`].
    pub async fn find(&self, team: TeamId, id: UserId) -> Result<User, UserError> {
        self.users.find(team, id).await?.ok_or(UserError::NotFound)
    }

    /// The user that calls.
    ///
    /// # Errors
    /// [`UserError::NotFound`] if the caller is no user.
    pub async fn myself(&self, actor: &Actor) -> Result<User, UserError> {
        match &actor.identity {
            Identity::User { id, .. } => self.find(actor.team, *id).await,
            _ => Err(UserError::NotFound),
        }
    }

    /// The window of the team's users that `filter` lets through.
    pub async fn list(
        &self,
        team: TeamId,
        filter: UserFilter,
        window: Window,
    ) -> Result<Listing<User>, UserError> {
        Ok(self.users.list(team, filter, window).await?)
    }
}
