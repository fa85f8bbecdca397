use std::fmt;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrets::Secret;

/// A password that may be taken: 8 to 256 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password(Secret);

/// A password hashed with Argon2id (19 MiB, two passes, one lane), as a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// Why a password was refused: too short to resist guessing, or long enough to burden the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have between {} and {} characters", Password::MIN, Password::MAX)]
pub struct PasswordFault;

/// The machine could not hash a password.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashingError(#[from] argon2::password_hash::Error);

impl Password {
    /// The fewest characters.
    pub const MIN: usize = 8;
    /// The most characters.
    pub const MAX: usize = 256;

    /// Takes a text for a password, as it is.
    ///
    /// # Errors
    /// When it is too short or too long.
    pub fn try_new(text: &str) -> Result<Self, PasswordFault> {
        let fits = (Self::MIN..=Self::MAX).contains(&text.chars().count());
        if fits { Ok(Self(text.into())) } else { Err(PasswordFault) }
    }
}

impl PasswordHash {
    /// Hashes a password with a salt of its own. Takes tens of milliseconds.
    ///
    /// # Errors
    /// When hashing fails.
    pub fn of(password: &Password) -> Result<Self, HashingError> {
        let hash = Argon2::default().hash_password(password.0.expose().as_bytes())?;
        Ok(Self(hash.to_string()))
    }

    /// A hash that no password has: compared with where there is no user, so that the answer takes the same time.
    pub fn of_nobody() -> Self {
        Self("$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$u4Cv1A9i5kXn0zZ4qkzq5mG8mJm0YyF2VY0rQm1xN3c".into())
    }

    /// Takes a stored PHC string back.
    pub fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, to be stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the hash of `password`.
    pub fn matches(&self, password: &Secret) -> bool {
        let password = password.expose().as_bytes();
        Phc::new(&self.0).is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashed(text: &str) -> PasswordHash {
        PasswordHash::of(&Password::try_new(text).unwrap()).unwrap()
    }

    #[test]
    fn a_password_is_stored_as_argon2id_and_never_printed() {
        let hash = hashed("correct horse");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hash.matches(&"correct horse".into()) && !hash.matches(&"correct horses".into()));
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
    }

    #[test]
    fn a_password_has_8_to_256_characters_and_is_never_printed() {
        for (length, taken) in [(7, false), (8, true), (256, true), (257, false)] {
            assert_eq!(Password::try_new(&"ą".repeat(length)).is_ok(), taken, "{length}");
        }
        assert!(!format!("{:?}", Password::try_new("correct horse").unwrap()).contains("horse"));
    }

    /// What only looks like a hash would be refused at once, and the time would give an unknown user away.
    #[test]
    fn the_hash_of_no_password_costs_what_any_other_does() {
        let parsed = Phc::new(PasswordHash::of_nobody().as_str()).map(|phc| phc.to_string());
        assert_eq!(parsed.unwrap(), PasswordHash::of_nobody().as_str());
        let params = hashed("correct horse");
        let prefix = |hash: &PasswordHash| hash.as_str().rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(prefix(&PasswordHash::of_nobody()), prefix(&params));
        assert_eq!(PasswordHash::of_nobody().as_str().len(), params.as_str().len());
        assert!(!PasswordHash::of_nobody().matches(&"nobody".into()));
    }
}
