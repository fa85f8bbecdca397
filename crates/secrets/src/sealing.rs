//! Encryption of stored secrets: XChaCha20-Poly1305, under a key that another can follow.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use kernel::clock::IdSource;
use sha2::{Digest, Sha256};

use crate::key_text::{self, KeyFault};

/// The key that seals, and the key before it, which still opens what it sealed. Never printed.
///
/// What is sealed is the version, 1 byte; the key's id, 4; the nonce, 24; then the text, encrypted, and 16 bytes that
/// show whether anything was altered. The version, the id and the purpose are authenticated with it.
pub struct SealingKeys {
    current: SealingKey,
    previous: Option<SealingKey>,
}

/// Why a text was not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// Sealed with a key that may only be missing in the configuration.
    #[error("it was sealed with a key that is not configured")]
    UnknownKey,
    /// Not sealed with the key, or for another purpose.
    #[error("it was altered, or sealed for another purpose")]
    Altered,
    /// More than the 256 GiB that one nonce is good for.
    #[error("it is too long to be sealed")]
    TooLong,
}

const VERSION: u8 = 1;
const HEADER: usize = 1 + ID;
const ID: usize = 4;
const NONCE: usize = 24;

struct SealingKey {
    id: [u8; ID],
    cipher: XChaCha20Poly1305,
}

impl SealingKeys {
    /// Keys made of 256 random bits each.
    pub fn new(current: [u8; 32], previous: Option<[u8; 32]>) -> Self {
        Self { current: SealingKey::new(current), previous: previous.map(SealingKey::new) }
    }

    /// Reads 64 hexadecimal digits, or twice that with a comma between: the key that seals comes first.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        key_text::read(text).map(|(current, previous)| Self::new(current, previous))
    }

    /// Encrypts a text, so that it opens for the same purpose alone; a purpose names the owner and the kind of text.
    ///
    /// # Errors
    /// `TooLong`.
    pub fn seal(&self, purpose: &[u8], ids: &dyn IdSource, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
        let header = self.current.header();
        let [nonce @ .., _, _, _, _, _, _, _, _] = ids.secret();
        let aad = [&header, purpose].concat();
        let text = Payload { msg: plain, aad: &aad };
        let sealed = self.current.cipher.encrypt(&XNonce::from(nonce), text);
        let sealed = sealed.map_err(|_| SealFault::TooLong)?;
        Ok([&header, nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what was sealed for a purpose.
    ///
    /// # Errors
    /// `UnknownKey`, `Altered`.
    pub fn open(&self, purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealFault> {
        let (header, rest) = sealed.split_first_chunk::<HEADER>().ok_or(SealFault::Altered)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or(SealFault::Altered)?;
        let [version, id @ ..] = *header;
        if version != VERSION {
            return Err(SealFault::Altered);
        }
        let aad = [header, purpose].concat();
        let open = |key: &SealingKey| {
            let text = Payload { msg: text, aad: &aad };
            key.cipher.decrypt(&XNonce::from(*nonce), text).map_err(|_| SealFault::Altered)
        };
        // ids are short: should two keys have the same, both are tried
        let keys = self.all().filter(|key| key.id == id);
        keys.map(open).reduce(Result::or).unwrap_or(Err(SealFault::UnknownKey))
    }

    fn all(&self) -> impl Iterator<Item = &SealingKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl SealingKey {
    fn new(key: [u8; 32]) -> Self {
        let named = [b"throughline sealing key ".as_slice(), &key].concat();
        let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(named).into();
        Self { id: [a, b, c, d], cipher: XChaCha20Poly1305::new(&key.into()) }
    }

    fn header(&self) -> [u8; HEADER] {
        let [a, b, c, d] = self.id;
        [VERSION, a, b, c, d]
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = |key: &SealingKey| format!("{:08x}", u32::from_be_bytes(key.id));
        f.debug_list().entries(self.all().map(id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::clock::{CountedIds, SystemIds};

    const PURPOSE: &[u8] = b"team 1: accounting keys";

    fn keys(current: u8) -> SealingKeys {
        SealingKeys::new([current; 32], None)
    }

    fn sealed(keys: &SealingKeys) -> Vec<u8> {
        keys.seal(PURPOSE, &SystemIds, b"seven").unwrap()
    }

    #[test]
    fn what_was_sealed_opens_and_does_not_show() {
        for plain in [&b""[..], b"7", b"seven", &[0; 5000]] {
            let sealed = keys(1).seal(PURPOSE, &SystemIds, plain).unwrap();
            assert_eq!(keys(1).open(PURPOSE, &sealed).unwrap(), plain);
            assert_eq!(sealed.len(), HEADER + NONCE + plain.len() + 16);
            assert!(plain.len() < 5 || !sealed.windows(5).any(|part| part == &plain[..5]));
        }
        assert_ne!(sealed(&keys(1)), sealed(&keys(1)), "the same text, sealed twice");
    }

    /// What stands in databases opens in later versions too. Sealed by another implementation, from the draft
    /// irtf-cfrg-xchacha: the key 0x01…, the nonce 0x07….
    #[test]
    fn the_format_stays() {
        let expected = "01b4003bc9070707070707070707070707070707070707070707070707ee49fe8dd32c5d90f202f4bc1e2f04812e94cd4a44";
        let sealed = keys(1).seal(PURPOSE, &CountedIds::default(), b"seven").unwrap();
        assert_eq!(hex::encode(sealed), expected);
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let sealed = sealed(&keys(1));
        for place in 0..sealed.len() {
            for bit in 0..8 {
                let mut flipped = sealed.clone();
                flipped[place] ^= 1 << bit;
                let fault = keys(1).open(PURPOSE, &flipped).unwrap_err();
                let of_the_id = (1..HEADER).contains(&place);
                let expected = if of_the_id { SealFault::UnknownKey } else { SealFault::Altered };
                assert_eq!(fault, expected, "byte {place}, bit {bit}");
            }
        }
    }

    #[test]
    fn what_was_cut_or_added_to_is_noticed() {
        let sealed = sealed(&keys(1));
        for length in 0..sealed.len() {
            assert_eq!(keys(1).open(PURPOSE, &sealed[..length]), Err(SealFault::Altered), "{length}");
        }
        let longer = [&sealed[..], &[0]].concat();
        assert_eq!(keys(1).open(PURPOSE, &longer), Err(SealFault::Altered));
    }

    #[test]
    fn it_opens_for_its_purpose_alone() {
        let sealed = sealed(&keys(1));
        for purpose in [&b""[..], b"team 2: accounting keys", b"team 1: accounting keys ", &PURPOSE[1..]] {
            assert_eq!(keys(1).open(purpose, &sealed), Err(SealFault::Altered), "{purpose:?}");
        }
    }

    #[test]
    fn a_key_opens_until_the_key_after_next() {
        let old = sealed(&keys(1));
        let rotated = SealingKeys::new([2; 32], Some([1; 32]));
        assert_eq!(rotated.open(PURPOSE, &old).unwrap(), b"seven");
        let new = sealed(&rotated);
        assert_eq!(keys(2).open(PURPOSE, &new).unwrap(), b"seven", "the first of the two seals");
        assert_eq!(keys(1).open(PURPOSE, &new), Err(SealFault::UnknownKey));
        assert_eq!(keys(2).open(PURPOSE, &old), Err(SealFault::UnknownKey));
        // the id alone is no key
        let mut renamed = old;
        renamed[..HEADER].copy_from_slice(&new[..HEADER]);
        assert_eq!(rotated.open(PURPOSE, &renamed), Err(SealFault::Altered));
    }

    #[test]
    fn keys_are_read_in_the_order_in_which_they_follow() {
        let rotated = SealingKeys::parse(&format!("{},{}", "02".repeat(32), "01".repeat(32))).unwrap();
        assert_eq!(rotated.open(PURPOSE, &sealed(&keys(1))).unwrap(), b"seven");
        assert_eq!(keys(2).open(PURPOSE, &sealed(&rotated)).unwrap(), b"seven");
        assert_eq!(SealingKeys::parse("hunter2").unwrap_err(), KeyFault);
    }

    #[test]
    fn nothing_that_is_printed_shows_a_key() {
        let rotated = SealingKeys::new([0xa5; 32], Some([0x5a; 32]));
        assert_eq!(format!("{rotated:?}"), "[\"18681749\", \"e75a7ccd\"]");
        let unread = SealingKeys::parse(&format!("{}x", "a5".repeat(32))).unwrap_err();
        assert!(!format!("{unread} {unread:?}").contains("a5"), "{unread}");
    }
}
