//! What identity needs from outside.

use std::net::IpAddr;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::access::{Actor, Role};
use kernel::error::StoreError;
use kernel::id::{ApiKeyId, TeamId, UserId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use sha2::{Digest, Sha256};

use crate::api_key::{ApiKey, ApiKeyError, ApiKeyText};
use crate::limits::{Bucket, Quota, Verdict};
use crate::session::{NewRefreshToken, NewSession, RefreshTokenId, RefreshTokenText, SessionId};
use crate::team::{Team, TeamChange, TeamError};
use crate::user::{Email, PasswordHash, User, UserChange, UserError};

/// Callers, looked up by what they present, before their team is known.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait CallerLookups: Send + Sync {
    /// The key of that id, of whichever team, as it is now; `None` if there is none.
    async fn key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError>;

    /// Who calls in a session, as they are now; `None` if there is no such session, it has ended, or its user may no
    /// longer log in.
    async fn session(&self, id: SessionId) -> Result<Option<Actor>, StoreError>;
}

/// Log-ins: accounts found by e-mail, and attempts counted.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait LogIns: Send + Sync {
    /// The account of an e-mail, in any case; `None` if there is none that may log in.
    async fn account(&self, email: &Email) -> Result<Option<Account>, StoreError>;

    /// Until when attempts on this account from this address are refused; `None` if they are not, at `now`.
    async fn locked_until(
        &self,
        attempt: &Attempt,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// Counts an attempt. Gives until when attempts are refused, this one included, or `None` if it stands.
    ///
    /// MUST refuse it when five wrong ones within 15 minutes came before it and the last of them is less than 15
    /// minutes ago, be this one right or wrong, and not count it then; else MUST count a wrong one, and forget the
    /// wrong ones before a right one. MUST do so also when many attempts come at once.
    async fn settle(
        &self,
        attempt: &Attempt,
        right: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError>;
}

/// Somebody who may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub team: TeamId,
    pub user: User,
    pub password: PasswordHash,
}

/// An attempt to log in: which account, from where. Whether the account exists plays no part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub email: Email,
    /// Where the attempt comes from.
    pub address: Option<IpAddr>,
}

impl Attempt {
    /// SHA-256 over e-mail and address, which is stored instead of them. Of an IPv6 address the first 64 bits count:
    /// whoever has one has all that share them.
    pub fn fingerprint(&self) -> [u8; 32] {
        let network = match self.address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => format!("{:x}", u128::from(address) >> 64),
            None => String::new(),
        };
        Sha256::digest(format!("{network}\n{}", self.email.key())).into()
    }
}

/// Sessions and their refresh tokens.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Begins a session with its first refresh token.
    async fn begin(
        &self,
        context: WriteContext<()>,
        session: NewSession,
        token: NewRefreshToken,
    ) -> Result<Written<()>, StoreError>;

    /// The team and user that a refresh token is of; `None` if there is no such token.
    async fn owner(&self, token: RefreshTokenId) -> Result<Option<(TeamId, UserId)>, StoreError>;

    /// Spends a refresh token for its successor, as [`StoredRefreshToken::judge`] says at the context's time: renewed,
    /// the presented one is spent; reused, the session ends; refused, nothing changes.
    ///
    /// MUST judge and do so in one transaction: of two that present a token at once, one is the second.
    ///
    /// [`StoredRefreshToken::judge`]: crate::session::StoredRefreshToken::judge
    async fn refresh(
        &self,
        context: WriteContext<Refreshed>,
        presented: RefreshTokenText,
        successor: NewRefreshToken,
    ) -> Result<Written<Refreshed>, StoreError>;

    /// Ends a session; nothing changes if it has ended.
    async fn end(&self, context: WriteContext<()>, session: SessionId) -> Result<Written<()>, StoreError>;
}

/// What happened to a presented refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// It was exchanged for the next one of the session.
    Renewed { session: SessionId, user: User },
    /// It had been spent before; its session has ended.
    Reused,
    /// It was not good.
    Refused,
}

/// The users of a team.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Users: Send + Sync {
    /// Stores a new user. An e-mail that exists in the installation, in any case, MUST be refused even when two do it
    /// at once; a vendor that is none of the team's MUST be refused.
    async fn create(
        &self,
        context: WriteContext<User>,
        user: User,
        password: PasswordHash,
    ) -> Result<Written<User>, UserError>;

    /// Changes a user as [`User::change`] says, and gives them as they are then.
    ///
    /// MUST refuse a change that [`keeps_an_admin`] forbids, also when two such changes run at once. A new password,
    /// or the end of being active, MUST end the user's sessions, except the one the change keeps, in the same
    /// transaction.
    ///
    /// [`keeps_an_admin`]: crate::user::keeps_an_admin
    async fn change(
        &self,
        context: WriteContext<User>,
        id: UserId,
        change: UserChange,
    ) -> Result<Written<User>, UserError>;

    /// The team's user of that id.
    async fn find(&self, team: TeamId, id: UserId) -> Result<Option<User>, StoreError>;

    /// The window of the team's users that the filter lets through, by e-mail in any case.
    async fn list(
        &self,
        team: TeamId,
        filter: UserFilter,
        window: Window,
    ) -> Result<Listing<User>, StoreError>;
}

/// Which users a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only those with the role.
    pub role: Option<Role>,
    /// Only those who may, or may not, log in.
    pub is_active: Option<bool>,
}

impl UserFilter {
    /// Whether the filter lets a user through.
    pub fn passes(&self, user: &User) -> bool {
        self.role.is_none_or(|role| user.membership.roles().contains(&role))
            && self.is_active.is_none_or(|is_active| is_active == user.is_active)
    }
}

/// The API keys of a team.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Stores a new key.
    async fn create(&self, context: WriteContext<ApiKey>, key: ApiKey)
    -> Result<Written<ApiKey>, StoreError>;

    /// Gives a key a new secret, as [`ApiKey::rotate`] says.
    ///
    /// MUST decide and do so in one transaction.
    async fn rotate(
        &self,
        context: WriteContext<ApiKey>,
        secret: ApiKeyText,
        overlap: chrono::TimeDelta,
    ) -> Result<Written<ApiKey>, ApiKeyError>;

    /// Revokes a key; one that was revoked stays as it is.
    async fn revoke(
        &self,
        context: WriteContext<ApiKey>,
        id: ApiKeyId,
    ) -> Result<Written<ApiKey>, ApiKeyError>;

    /// The team's key of that id.
    async fn find(&self, team: TeamId, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError>;

    /// The window of the team's keys, the newest first; `live_at` leaves out those ended by then.
    async fn list(
        &self,
        team: TeamId,
        live_at: Option<DateTime<Utc>>,
        window: Window,
    ) -> Result<Listing<ApiKey>, StoreError>;
}

/// The teams.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Teams: Send + Sync {
    /// Stores a team with its first user and first key: all of them or none.
    ///
    /// The context's team MUST be the new one. A name or e-mail that exists, in any case, MUST be refused
    /// even when two do it at once.
    async fn create(
        &self,
        context: WriteContext<Foundation>,
        foundation: Foundation,
    ) -> Result<Written<Foundation>, TeamError>;

    /// The team of that name, in any case.
    async fn find_by_name(&self, name_key: &str) -> Result<Option<TeamId>, StoreError>;

    /// The team.
    async fn find(&self, team: TeamId) -> Result<Option<Team>, StoreError>;

    /// Changes the context's team as [`Team::change`] says. A name that another team has, in any case, MUST be
    /// refused.
    async fn change(
        &self,
        context: WriteContext<Team>,
        change: TeamChange,
    ) -> Result<Written<Team>, TeamError>;
}

/// A team about to exist, with its first user and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foundation {
    pub team: Team,
    pub admin: User,
    /// The ADMIN's password, hashed.
    pub password: PasswordHash,
    pub key: ApiKey,
}

/// Counted requests.
///
/// A bucket is always counted with the same quotas. Windows are fixed: one begins with the first request counted
/// in it and MUST end its whole length later, whatever is counted meanwhile.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait RateLimits: Send + Sync {
    /// Counts a request against every quota of its bucket, or against none if one of them is used up.
    ///
    /// Both MUST be one step: of requests at once, exactly as many are allowed as the quotas say. An
    /// implementation may have a clock of its own; the ends it gives are then by `now`.
    async fn take(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError>;

    /// How the bucket stands. MUST count nothing.
    async fn peek(
        &self,
        bucket: &Bucket,
        quotas: &[Quota],
        now: DateTime<Utc>,
    ) -> Result<Verdict, StoreError>;
}
