//! API keys: what programs call with (`docs/spec/common.md`, "API keys").

mod error;
mod networks;
mod values;

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity, KeyPermission, Scope};
use kernel::audit::Audited;
use kernel::id::{ApiKeyId, TeamId};
use serde_json::json;
use subtle::ConstantTimeEq;
use uuid::Uuid;

pub use self::error::ApiKeyError;
pub use self::networks::{Networks, NetworksFault};
pub use self::values::{KeyName, Overlap, OverlapFault};
use crate::secret_text::{SecretKind, SecretText};

impl SecretKind for kernel::id::ApiKey {
    const PREFIX: &'static str = "tlk";
}

/// The text of an API key, as its owner holds it.
pub type ApiKeyText = SecretText<kernel::id::ApiKey>;

/// An API key as it is stored. The same key goes on through rotations: they change its secret alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub team: TeamId,
    pub name: KeyName,
    /// What is shown of its secret.
    pub prefix: String,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// The secret before the last rotation, while it is still taken.
    pub previous: Option<PreviousSecret>,
    pub permission: KeyPermission,
    /// Scopes beyond those of the permission.
    pub scopes: BTreeSet<Scope>,
    /// The addresses it may be used from; all if none is named.
    pub allowed: Networks,
    pub created_at: DateTime<Utc>,
    /// From when on it is no longer taken.
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to a few seconds.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A secret that a rotation has replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousSecret {
    /// SHA-256 of it.
    pub hash: [u8; 32],
    /// From when on it is no longer taken.
    pub until: DateTime<Utc>,
}

/// What a new API key is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    pub name: KeyName,
    pub permission: KeyPermission,
    /// Scopes beyond those of the permission.
    pub scopes: BTreeSet<Scope>,
    pub expires_at: Option<DateTime<Utc>>,
    /// The addresses it may be used from.
    pub allowed: Networks,
}

impl NewApiKey {
    /// Whether its end, if it has one, is after `now`.
    ///
    /// # Errors
    /// [`ApiKeyError::ExpiryPassed`].
    pub fn check_expiry(&self, now: DateTime<Utc>) -> Result<(), ApiKeyError> {
        if self.expires_at.is_none_or(|end| now < end) { Ok(()) } else { Err(ApiKeyError::ExpiryPassed) }
    }
}

/// Whether a key is taken, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyVerdict {
    Good,
    /// Another secret, expired or revoked.
    Refused,
    /// It is good, and may not be used from this address.
    AddressNotAllowed,
}

impl ApiKey {
    /// A new key.
    pub fn create(text: &ApiKeyText, team: TeamId, new: NewApiKey, at: DateTime<Utc>) -> Self {
        Self {
            id: text.id(),
            team,
            name: new.name,
            prefix: text.prefix(),
            secret_hash: text.hash(),
            previous: None,
            permission: new.permission,
            scopes: new.scopes,
            allowed: new.allowed,
            created_at: at,
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
        }
    }

    /// Whether `presented` is this key, good at `now` and from `address`. Takes the same time for every secret.
    pub fn judge(&self, presented: &ApiKeyText, now: DateTime<Utc>, address: Option<IpAddr>) -> KeyVerdict {
        let hash = presented.hash();
        let current = self.secret_hash.ct_eq(&hash);
        let previous = self.previous.as_ref().filter(|previous| now < previous.until);
        let previous = previous.map_or(0.into(), |previous| previous.hash.ct_eq(&hash));
        if !bool::from(current | previous) || !self.is_live(now) {
            KeyVerdict::Refused
        } else if !self.allowed.admit(address) {
            KeyVerdict::AddressNotAllowed
        } else {
            KeyVerdict::Good
        }
    }

    /// Neither expired nor revoked.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        let ended = |end: Option<DateTime<Utc>>| end.is_some_and(|end| end <= now);
        !ended(self.expires_at) && !ended(self.revoked_at)
    }

    /// The key with a new secret; the one before it is taken for `overlap` longer. `None` for a key that has ended.
    #[must_use]
    pub fn rotate(&self, secret: &ApiKeyText, overlap: TimeDelta, at: DateTime<Utc>) -> Option<Self> {
        let previous = PreviousSecret { hash: self.secret_hash, until: at + overlap };
        self.is_live(at).then(|| Self {
            secret_hash: secret.hash(),
            previous: Some(previous).filter(|previous| at < previous.until),
            ..self.clone()
        })
    }

    /// The key revoked; `None` if it was already.
    #[must_use]
    pub fn revoke(&self, at: DateTime<Utc>) -> Option<Self> {
        self.revoked_at.is_none().then(|| Self { revoked_at: Some(at), previous: None, ..self.clone() })
    }

    /// The caller that this key is.
    pub fn actor(&self) -> Actor {
        let identity =
            Identity::ApiKey { id: self.id, permission: self.permission, scopes: self.scopes.clone() };
        Actor { team: self.team, identity }
    }
}

/// Nothing of its secret is audited.
impl Audited for ApiKey {
    const KIND: &'static str = "api_key";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "id": self.id.uuid(),
            "name": self.name.as_str(),
            "prefix": self.prefix,
            "permission": self.permission.as_str(),
            "scopes": self.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
            "allowedIps": self.allowed.texts(),
            "createdAt": self.created_at,
            "expiresAt": self.expires_at,
            "revokedAt": self.revoked_at,
            "previousSecretUntil": self.previous.as_ref().map(|previous| previous.until),
        })
        .to_string()
    }
}

/// Whether `caller` may hand out a key of this permission with these scopes: a key creates none that may do more than
/// itself.
pub fn may_grant(caller: &Actor, permission: KeyPermission, scopes: &BTreeSet<Scope>) -> bool {
    let Identity::ApiKey { permission: own, scopes: held, .. } = &caller.identity else { return true };
    let holds = |scope: Scope| own.includes(scope.action()) || held.contains(&scope);
    let granted = Scope::ALL.into_iter().filter(|scope| permission.includes(scope.action()));
    // `admin` includes scopes of versions to come, so only `admin` may hand it out
    (permission != KeyPermission::Admin || *own == KeyPermission::Admin)
        && granted.chain(scopes.iter().copied()).all(holds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Id;

    fn text(secret: u8) -> ApiKeyText {
        ApiKeyText::compose(Id::new(Uuid::from_u128(7)), &[secret; 32])
    }

    fn new() -> NewApiKey {
        NewApiKey {
            name: KeyName::try_new("ERP").unwrap(),
            permission: KeyPermission::ReadOnly,
            scopes: BTreeSet::new(),
            expires_at: None,
            allowed: Networks::default(),
        }
    }

    fn key() -> ApiKey {
        ApiKey::create(&text(1), Id::new(Uuid::from_u128(1)), new(), DateTime::UNIX_EPOCH)
    }

    fn hours(count: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(count)
    }

    fn judge(key: &ApiKey, secret: u8, now: DateTime<Utc>) -> KeyVerdict {
        key.judge(&text(secret), now, None)
    }

    #[test]
    fn an_end_is_in_the_future() {
        assert!(new().check_expiry(DateTime::UNIX_EPOCH).is_ok());
        for (text, fits) in [
            ("1970-01-01T00:00:01Z", true),
            ("1970-01-01T01:00:00+01:00", false),
            ("1969-12-31T23:59:59Z", false),
            ("9999-12-31T23:59:59Z", true),
        ] {
            let new = NewApiKey { expires_at: text.parse().ok(), ..new() };
            assert_eq!(new.check_expiry(DateTime::UNIX_EPOCH).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn a_key_is_good_until_it_expires_or_is_revoked() {
        let now = hours(24);
        assert_eq!(judge(&key(), 1, now), KeyVerdict::Good);
        assert_eq!(judge(&ApiKey { expires_at: Some(hours(25)), ..key() }, 1, now), KeyVerdict::Good);
        assert_eq!(judge(&ApiKey { expires_at: Some(now), ..key() }, 1, now), KeyVerdict::Refused);
        assert_eq!(judge(&key().revoke(now).unwrap(), 1, now), KeyVerdict::Refused);
        assert_eq!(key().revoke(now).unwrap().revoke(now), None);
    }

    #[test]
    fn another_secret_for_the_same_id_is_refused() {
        assert_eq!(judge(&key(), 2, hours(0)), KeyVerdict::Refused);
    }

    #[test]
    fn a_rotated_key_takes_both_secrets_until_the_overlap_ends() {
        let rotated = key().rotate(&text(2), TimeDelta::hours(24), hours(1)).unwrap();
        assert_eq!(judge(&rotated, 1, hours(24)), KeyVerdict::Good);
        assert_eq!(judge(&rotated, 2, hours(24)), KeyVerdict::Good);
        assert_eq!(judge(&rotated, 1, hours(25)), KeyVerdict::Refused);
        assert_eq!(judge(&rotated, 2, hours(25)), KeyVerdict::Good);
        let twice = rotated.rotate(&text(3), TimeDelta::hours(24), hours(2)).unwrap();
        assert_eq!(
            judge(&twice, 1, hours(2)),
            KeyVerdict::Refused,
            "only the secret before the last is taken"
        );
        let at_once = key().rotate(&text(2), TimeDelta::zero(), hours(1)).unwrap();
        assert_eq!(judge(&at_once, 1, hours(1)), KeyVerdict::Refused);
        assert_eq!(key().revoke(hours(1)).unwrap().rotate(&text(2), TimeDelta::zero(), hours(1)), None);
    }

    #[test]
    fn a_good_key_from_another_address_is_told_apart_from_a_bad_key() {
        let allowed = Networks::parse(&["10.1.0.0/16".to_owned()]).unwrap();
        let key = ApiKey { allowed, ..key() };
        let from = |secret: u8, address: &str| key.judge(&text(secret), hours(0), address.parse().ok());
        assert_eq!(from(1, "10.1.2.3"), KeyVerdict::Good);
        assert_eq!(from(1, "10.2.2.3"), KeyVerdict::AddressNotAllowed);
        assert_eq!(from(2, "10.2.2.3"), KeyVerdict::Refused);
    }

    #[test]
    fn a_key_hands_out_no_more_than_it_holds() {
        use KeyPermission::{Admin, ReadOnly, ReadWrite};
        let caller = |permission, scopes: &[Scope]| {
            let scopes = scopes.iter().copied().collect();
            ApiKey { permission, scopes, ..key() }.actor()
        };
        let manages = [Scope::ApiKeysManage];
        for (own, held, permission, scopes, may) in [
            (Admin, &[][..], Admin, &[Scope::OrdersImport][..], true),
            (ReadOnly, &manages, ReadOnly, &[], true),
            (ReadOnly, &manages, ReadOnly, &manages, true),
            (ReadOnly, &manages, ReadWrite, &[], false),
            (ReadWrite, &manages, Admin, &[], false),
            (ReadOnly, &Scope::ALL, Admin, &[], false),
            (ReadOnly, &manages, ReadOnly, &[Scope::DepartmentsWrite], false),
            (ReadWrite, &manages, ReadOnly, &[Scope::DepartmentsWrite], true),
        ] {
            let scopes = scopes.iter().copied().collect();
            assert_eq!(
                may_grant(&caller(own, held), permission, &scopes),
                may,
                "{own:?} {held:?} {permission:?}"
            );
        }
    }

    #[test]
    fn the_snapshot_holds_nothing_secret() {
        let snapshot = key().rotate(&text(2), TimeDelta::hours(1), hours(1)).unwrap().snapshot();
        assert!(
            snapshot.contains("tlk_00000000") && !snapshot.contains("0101") && !snapshot.contains("hash")
        );
    }
}
