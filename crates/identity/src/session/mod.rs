//! Sessions: what a log-in begins, and the refresh tokens that carry it on (`docs/spec/oms.md`, "Tokens").
//!
//! A session is a family of refresh tokens of which one at a time is good: each is spent for the next. One that is
//! presented a second time was stolen, from its owner or by its owner's thief, so it ends the family.

mod error;
mod token;

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::UserId;
use subtle::ConstantTimeEq;

pub use self::error::{LogInError, RefreshError};
pub use self::token::{AccessClaims, AccessTokens, TokenFault};
use crate::secret_text::{SecretKind, SecretText};

kernel::id_type!(SessionId, enum Session, "session");

kernel::id_type!(RefreshTokenId, enum RefreshToken, "refresh_token");

impl SecretKind for RefreshToken {
    const PREFIX: &'static str = "tlr";
}

/// The text of a refresh token, as its owner holds it.
pub type RefreshTokenText = SecretText<RefreshToken>;

/// How long a refresh token is good.
pub const REFRESH_TOKEN_LIFE: TimeDelta = TimeDelta::days(30);

/// A session about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    pub id: SessionId,
    pub user: UserId,
    /// Where the log-in came from.
    pub address: Option<IpAddr>,
}

/// A refresh token about to be given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefreshToken {
    pub id: RefreshTokenId,
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    pub expires_at: DateTime<Utc>,
}

impl NewRefreshToken {
    /// The stored side of a token given out at a moment.
    pub fn of(text: &RefreshTokenText, at: DateTime<Utc>) -> Self {
        Self { id: text.id(), hash: text.hash(), expires_at: at + REFRESH_TOKEN_LIFE }
    }
}

/// A refresh token as it is stored, with the state of its session and user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRefreshToken {
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    pub spent_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    /// Whether its session still goes on.
    pub session_goes_on: bool,
    /// Whether its user may log in.
    pub user_is_active: bool,
}

/// What happens to a presented refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshVerdict {
    /// It is exchanged for the next one.
    Renew,
    /// It was spent before: its family ends.
    Reused,
    /// It is not good, and nothing changes.
    Refused,
}

impl StoredRefreshToken {
    /// What happens to `presented` at `now`. Only who holds the whole token can end a family with it.
    pub fn judge(&self, presented: &RefreshTokenText, now: DateTime<Utc>) -> RefreshVerdict {
        let is_this = bool::from(self.hash.ct_eq(&presented.hash()));
        if !is_this || !self.session_goes_on || !self.user_is_active {
            RefreshVerdict::Refused
        } else if self.spent_at.is_some() {
            RefreshVerdict::Reused
        } else if self.expires_at <= now {
            RefreshVerdict::Refused
        } else {
            RefreshVerdict::Renew
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Id;
    use uuid::Uuid;

    fn text(secret: u8) -> RefreshTokenText {
        RefreshTokenText::compose(Id::new(Uuid::from_u128(7)), &[secret; 32])
    }

    fn stored() -> StoredRefreshToken {
        let new = NewRefreshToken::of(&text(1), DateTime::UNIX_EPOCH);
        StoredRefreshToken {
            hash: new.hash,
            spent_at: None,
            expires_at: new.expires_at,
            session_goes_on: true,
            user_is_active: true,
        }
    }

    #[test]
    fn a_token_is_renewed_once_and_ends_its_family_the_second_time() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(30) - TimeDelta::seconds(1);
        let late = now + TimeDelta::seconds(1);
        let spent = StoredRefreshToken { spent_at: Some(DateTime::UNIX_EPOCH), ..stored() };
        let ended = StoredRefreshToken { session_goes_on: false, ..spent.clone() };
        let idle = StoredRefreshToken { user_is_active: false, ..stored() };
        for (stored, secret, now, verdict) in [
            (stored(), 1, now, RefreshVerdict::Renew),
            (stored(), 1, late, RefreshVerdict::Refused),
            (stored(), 2, now, RefreshVerdict::Refused),
            (spent.clone(), 1, now, RefreshVerdict::Reused),
            (spent.clone(), 1, late, RefreshVerdict::Reused),
            (spent, 2, now, RefreshVerdict::Refused),
            (ended, 1, now, RefreshVerdict::Refused),
            (idle, 1, now, RefreshVerdict::Refused),
        ] {
            assert_eq!(stored.judge(&text(secret), now), verdict, "{stored:?}");
        }
    }
}
