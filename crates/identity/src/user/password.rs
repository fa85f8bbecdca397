use std::fmt;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// A password hashed with Argon2id (19 MiB, two passes, one lane), as a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// Why a password can't be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordFault {
    /// Too short to resist guessing, or long enough to burden the server.
    #[error("must have between {} and {} characters", PasswordHash::MIN, PasswordHash::MAX)]
    Length,
    /// The machine could not hash it.
    #[error("could not be hashed")]
    Hashing(#[source] argon2::password_hash::Error),
}

impl PasswordHash {
    /// The fewest characters of a password.
    pub const MIN: usize = 8;
    /// The most characters of a password.
    pub const MAX: usize = 256;

    /// Whether a password may be taken; costs nothing.
    ///
    /// # Errors
    /// When it is too short or too long.
    pub fn check(password: &str) -> Result<(), PasswordFault> {
        let fits = (Self::MIN..=Self::MAX).contains(&password.chars().count());
        if fits { Ok(()) } else { Err(PasswordFault::Length) }
    }

    /// Hashes a password with a salt of its own. Takes tens of milliseconds.
    ///
    /// # Errors
    /// When the password is too short or too long, or hashing fails.
    pub fn of(password: &str) -> Result<Self, PasswordFault> {
        Self::check(password)?;
        let hash = Argon2::default().hash_password(password.as_bytes()).map_err(PasswordFault::Hashing)?;
        Ok(Self(hash.to_string()))
    }

    /// A hash that nobody's password has: what is hashed against when there is no user, to take the same time.
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
    pub fn matches(&self, password: &str) -> bool {
        Phc::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
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

    #[test]
    fn a_password_is_kept_as_argon2id_and_never_printed() {
        let hash = PasswordHash::of("correct horse").unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hash.matches("correct horse") && !hash.matches("correct horses"));
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
    }

    #[test]
    fn a_short_password_is_refused() {
        assert!(matches!(PasswordHash::of("1234567"), Err(PasswordFault::Length)));
    }

    /// What only looks like a hash would be refused at once, and tell an unknown user by the time it takes.
    #[test]
    fn nobodys_hash_costs_what_any_other_does() {
        let parsed = Phc::new(PasswordHash::of_nobody().as_str()).map(|phc| phc.to_string());
        assert_eq!(parsed.unwrap(), PasswordHash::of_nobody().as_str());
        let params = PasswordHash::of("correct horse").unwrap();
        let prefix = |hash: &PasswordHash| hash.as_str().rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(prefix(&PasswordHash::of_nobody()), prefix(&params));
        assert_eq!(PasswordHash::of_nobody().as_str().len(), params.as_str().len());
        assert!(!PasswordHash::of_nobody().matches("nobody"));
    }
}
