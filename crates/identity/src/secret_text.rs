//! Secrets that callers hold: `<prefix>_<id>_<secret>_<checksum>`, stored as a hash and shown once.

use std::fmt;
use std::marker::PhantomData;

use kernel::id::Id;
use secrets::Secret;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What a secret text opens; implemented by the kind of its id.
pub trait SecretKind: 'static {
    /// What the text begins with, so that secret scanners find it and people recognise it.
    const PREFIX: &'static str;
}

/// A secret as its owner holds it: a prefix that secret scanners find, the id of what it opens, 256 random bits, and
/// a CRC-32 that distinguishes a mistyped secret from an unknown one.
pub struct SecretText<K> {
    text: Secret,
    id: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K: SecretKind> SecretText<K> {
    /// The text of the secret with this id.
    pub fn compose(id: Id<K>, secret: &[u8; 32]) -> Self {
        let body = format!("{}_{}_{}", K::PREFIX, id.uuid().simple(), hex::encode(secret));
        let checksum = crc32fast::hash(body.as_bytes());
        Self { text: format!("{body}_{checksum:08x}").into(), id: id.uuid(), kind: PhantomData }
    }

    /// Reads a secret that a caller presents; `None` if it is no well-formed one of this kind.
    pub fn parse(text: &str) -> Option<Self> {
        let (body, checksum) = text.rsplit_once('_')?;
        let mut parts = body.split('_');
        let (prefix, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let well_formed = prefix == K::PREFIX
            && parts.next().is_none()
            && is_hex(id, 32)
            && is_hex(secret, 64)
            && is_hex(checksum, 8)
            && u32::from_str_radix(checksum, 16).ok()? == crc32fast::hash(body.as_bytes());
        let id = Uuid::try_parse(id).ok()?;
        well_formed.then(|| Self { text: text.into(), id, kind: PhantomData })
    }

    /// The id within it.
    pub fn id(&self) -> Id<K> {
        Id::new(self.id)
    }

    /// The whole text; shown to its owner once.
    pub fn as_str(&self) -> &str {
        self.text.expose()
    }

    /// What may be shown again: enough to distinguish secrets, nothing of the random bits.
    pub fn prefix(&self) -> String {
        self.as_str().chars().take(K::PREFIX.len() + 9).collect()
    }

    /// SHA-256 of the whole text, which is what is stored: 256 random bits need no slow hash.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.as_str().as_bytes()).into()
    }
}

impl<K> Clone for SecretText<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), id: self.id, kind: PhantomData }
    }
}

impl<K> PartialEq for SecretText<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K> Eq for SecretText<K> {}

impl<K: SecretKind> fmt::Debug for SecretText<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretText({}…)", self.prefix())
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_key::ApiKeyText;
    use crate::session::RefreshTokenText;

    fn text() -> ApiKeyText {
        ApiKeyText::compose(Id::new(Uuid::from_u128(7)), &[0xab; 32])
    }

    #[test]
    fn a_secret_is_read_back_and_a_mistyped_one_is_not() {
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
    fn one_kind_of_secret_is_not_taken_for_another() {
        let refresh = RefreshTokenText::compose(Id::new(Uuid::from_u128(7)), &[0xab; 32]);
        assert_eq!(ApiKeyText::parse(refresh.as_str()), None);
        assert_eq!(RefreshTokenText::parse(text().as_str()), None);
    }

    #[test]
    fn debug_output_holds_nothing_of_the_secret() {
        assert_eq!(format!("{:?}", text()), "SecretText(tlk_00000000…)");
    }
}
