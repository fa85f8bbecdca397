//! Sessions: what a log-in begins, and the refresh tokens that carry it on (contract, *oms*).
//!
//! A session is a family of refresh tokens of which one at a time is good: each is spent for the next. One that is
//! presented a second time was stolen, from its owner or by its owner's thief, so it ends the family.

mod token;

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{Id, Kind, UserId};
use subtle::ConstantTimeEq;

pub use self::token::{AccessClaims, AccessTokens, TokenFault};
use crate::secret_text::{SecretKind, SecretText};

kernel::id_type!(SessionId, enum Session, "session");

/// Marks the id of a refresh token.
pub struct RefreshTokenMark;

impl Kind for RefreshTokenMark {
    const NAME: &'static str = "refresh_token";
}

impl SecretKind for RefreshTokenMark {
    const PREFIX: &'static str = "tlr";
}

/// A refresh token's id.
pub type RefreshTokenId = Id<RefreshTokenMark>;

/// The text of a refresh token, as its owner holds it.
pub type RefreshTokenText = SecretText<RefreshTokenMark>;

/// How long a refresh token is good if nobody spends it.
pub const REFRESH_TOKEN_LIFE: TimeDelta = TimeDelta::days(30);

/// A session about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// Where it was begun from.
    pub address: Option<IpAddr>,
}

/// A refresh token about to be given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefreshToken {
    /// Its id.
    pub id: RefreshTokenId,
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl NewRefreshToken {
    /// The stored side of a token given out at a moment.
    pub fn of(text: &RefreshTokenText, at: DateTime<Utc>) -> Self {
        Self { id: text.id(), hash: text.hash(), expires_at: at + REFRESH_TOKEN_LIFE }
    }
}

/// A refresh token as it is kept, with what its session and user have come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRefreshToken {
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    /// When it was spent.
    pub spent_at: Option<DateTime<Utc>>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Whether its session still goes on.
    pub session_goes_on: bool,
    /// Whether its user may log in.
    pub user_is_active: bool,
}

/// What a presented refresh token comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshVerdict {
    /// It is spent for the next one.
    Renew,
    /// It was spent before: its family ends.
    Reused,
    /// It is not good, and nothing changes.
    Refused,
}

impl StoredRefreshToken {
    /// What `presented` comes to at `now`. Only who holds the whole token can end a family with it.
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
