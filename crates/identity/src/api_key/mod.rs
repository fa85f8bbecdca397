//! API keys: `tlk_<id>_<secret>_<checksum>`, stored as a hash and shown once.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use kernel::access::{KeyPermission, Scope};
use kernel::id::{ApiKeyId, Id, TeamId};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// An API key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The team it belongs to.
    pub team: TeamId,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// Its preset.
    pub permission: KeyPermission,
    /// Scopes beyond the preset.
    pub scopes: BTreeSet<Scope>,
    /// From when on it is no longer taken.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// Whether `presented` is this key and the key is good at `now`. Takes the same time either way.
    pub fn accepts(&self, presented: &ApiKeyText, now: DateTime<Utc>) -> bool {
        let same_secret = bool::from(self.secret_hash.ct_eq(&presented.secret_hash()));
        let ended = |end: Option<DateTime<Utc>>| end.is_some_and(|end| end <= now);
        same_secret && !ended(self.expires_at) && !ended(self.revoked_at)
    }
}

/// The text of an API key, as its owner holds it: a prefix secret scanners find, the key's id, 256 random
/// bits, and a CRC-32 that tells a mistyped key from an unknown one. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeyText {
    text: String,
    id: ApiKeyId,
}

const PREFIX: &str = "tlk";

impl ApiKeyText {
    /// The text of the key with this id and secret.
    pub fn compose(id: ApiKeyId, secret: &[u8; 32]) -> Self {
        let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let body = format!("{PREFIX}_{}_{secret}", id.uuid().simple());
        let checksum = crc32fast::hash(body.as_bytes());
        Self { text: format!("{body}_{checksum:08x}"), id }
    }

    /// Reads a key that a caller presents; `None` if it is no well-formed key.
    pub fn parse(text: &str) -> Option<Self> {
        let (body, checksum) = text.rsplit_once('_')?;
        let mut parts = body.split('_');
        let (prefix, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let well_formed = prefix == PREFIX
            && parts.next().is_none()
            && is_hex(id, 32)
            && is_hex(secret, 64)
            && is_hex(checksum, 8)
            && u32::from_str_radix(checksum, 16).ok()? == crc32fast::hash(body.as_bytes());
        let id = Id::new(Uuid::try_parse(id).ok()?);
        well_formed.then(|| Self { text: text.to_owned(), id })
    }

    /// The id within it.
    pub fn id(&self) -> ApiKeyId {
        self.id
    }

    /// The whole text; shown to its owner once.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What may be shown again: enough to tell keys apart, nothing of the secret.
    pub fn prefix(&self) -> String {
        self.text.chars().take(PREFIX.len() + 9).collect()
    }

    /// SHA-256 of the whole text, which is what is stored: 256 random bits need no slow hash.
    pub fn secret_hash(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyText({}…)", self.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn text() -> ApiKeyText {
        ApiKeyText::compose(Id::new(Uuid::from_u128(7)), &[0xab; 32])
    }

    fn key() -> ApiKey {
        ApiKey {
            id: text().id(),
            team: Id::new(Uuid::from_u128(1)),
            secret_hash: text().secret_hash(),
            permission: KeyPermission::ReadOnly,
            scopes: BTreeSet::new(),
            expires_at: None,
            revoked_at: None,
        }
    }

    #[test]
    fn a_key_is_read_back_and_a_mistyped_one_is_not() {
        assert_eq!(ApiKeyText::parse(text().as_str()), Some(text()));
        for position in 0..text().as_str().len() {
            let mut mistyped = text().as_str().to_owned();
            let other = if mistyped.as_bytes()[position] == b'0' { "1" } else { "0" };
            mistyped.replace_range(position..=position, other);
            assert_eq!(ApiKeyText::parse(&mistyped), None, "{mistyped}");
        }
        for text in ["", "_", "tlk___", "Bearer x", "tlk_é_é_é"] {
            assert_eq!(ApiKeyText::parse(text), None, "{text}");
        }
    }

    #[test]
    fn debug_output_holds_nothing_of_the_secret() {
        assert!(!format!("{:?}", text()).contains("abab"));
    }

    #[test]
    fn a_key_is_good_until_it_expires_or_is_revoked() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        assert!(key().accepts(&text(), now));
        assert!(ApiKey { expires_at: Some(now + TimeDelta::seconds(1)), ..key() }.accepts(&text(), now));
        assert!(!ApiKey { expires_at: Some(now), ..key() }.accepts(&text(), now));
        assert!(!ApiKey { revoked_at: Some(now), ..key() }.accepts(&text(), now));
    }

    #[test]
    fn another_secret_for_the_same_id_is_refused() {
        let other = ApiKeyText::compose(text().id(), &[0xac; 32]);
        assert!(!key().accepts(&other, DateTime::UNIX_EPOCH));
    }
}
