//! Signatures with the installation's keys: Ed25519, two valid at once so that one can follow another.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::key_text::{self, KeyFault};

/// The key that signs, and the key before it, whose signatures still count. Never printed.
pub struct SigningKeys {
    current: SigningKey,
    previous: Option<SigningKey>,
}

/// A public key, as it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name: the thumbprint of RFC 7638, base64url.
    pub id: String,
    /// The 32 bytes of the key, base64url: `x` of a JSON Web Key (RFC 8037).
    pub x: String,
}

impl SigningKeys {
    /// Keys made of 256 random bits each.
    pub fn new(current: [u8; 32], previous: Option<[u8; 32]>) -> Self {
        let key = |seed| SigningKey::from_bytes(&seed);
        Self { current: key(current), previous: previous.map(key) }
    }

    /// Reads 64 hexadecimal digits, or twice that with a comma between: the key that signs comes first.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        key_text::read(text).map(|(current, previous)| Self::new(current, previous))
    }

    /// Every public key whose signatures count, the one that signs now first.
    pub fn public(&self) -> Vec<PublicKey> {
        self.all().map(|key| public(&key.verifying_key())).collect()
    }

    /// Signs a message; gives the key's id and the signature, base64url.
    pub fn sign(&self, message: &[u8]) -> (String, String) {
        let signature = self.current.sign(message);
        (public(&self.current.verifying_key()).id, URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// Whether the key of that id, if it is one of these, signed the message.
    pub fn verify(&self, key_id: &str, message: &[u8], signature: &str) -> Verification {
        let key = self.all().map(SigningKey::verifying_key).find(|key| public(key).id == key_id);
        let Some(key) = key else { return Verification::UnknownKey };
        let signature = URL_SAFE_NO_PAD.decode(signature).ok();
        let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
        let good = signature.is_some_and(|signature| key.verify_strict(message, &signature).is_ok());
        if good { Verification::Good } else { Verification::Forged }
    }

    /// The key that signs, as PKCS#8 in DER, for libraries that sign by themselves; `None` never happens.
    pub fn current_der(&self) -> Option<Vec<u8>> {
        self.current.to_pkcs8_der().ok().map(|der| der.as_bytes().to_vec())
    }

    fn all(&self) -> impl Iterator<Item = &SigningKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// The result of checking a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// The message is as it was signed.
    Good,
    /// The message or the signature was altered.
    Forged,
    /// Signed by a key that is none of these.
    UnknownKey,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.public().iter().map(|key| &key.id)).finish()
    }
}

fn public(key: &VerifyingKey) -> PublicKey {
    let x = URL_SAFE_NO_PAD.encode(key.as_bytes());
    let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
    PublicKey { id: URL_SAFE_NO_PAD.encode(thumbprint), x }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, appendix A: this key pair's public key and thumbprint.
    const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

    #[test]
    fn a_key_is_named_by_the_thumbprint_of_rfc_8037() {
        let keys = SigningKeys::parse(SEED).unwrap();
        let expected = PublicKey {
            id: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".into(),
            x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into(),
        };
        assert_eq!(keys.public(), [expected]);
    }

    #[test]
    fn a_signature_counts_until_the_key_after_next() {
        let other = "01".repeat(32);
        let old = SigningKeys::parse(SEED).unwrap();
        let (id, signature) = old.sign(b"seven");
        let rotated = SigningKeys::parse(&format!("{other}, {SEED}")).unwrap();
        assert_eq!(rotated.verify(&id, b"seven", &signature), Verification::Good);
        assert_ne!(rotated.sign(b"seven").0, id);
        assert_eq!(rotated.verify(&id, b"eight", &signature), Verification::Forged);
        assert_eq!(rotated.verify(&id, b"seven", "AAAA"), Verification::Forged);
        let later = SigningKeys::parse(&other).unwrap();
        assert_eq!(later.verify(&id, b"seven", &signature), Verification::UnknownKey);
    }

    #[test]
    fn debug_output_names_keys_and_holds_nothing_secret() {
        let keys = SigningKeys::parse(SEED).unwrap();
        assert_eq!(format!("{keys:?}"), "[\"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\"]");
    }
}
