//! People, and how their passwords are kept.

use std::collections::BTreeSet;
use std::fmt;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use kernel::access::Role;
use kernel::id::UserId;
use kernel::text::{TextFault, identifier};

/// A user who is about to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The user's id.
    pub id: UserId,
    /// How they log in.
    pub email: Email,
    /// Their password, hashed.
    pub password: PasswordHash,
    /// What they are in the team.
    pub roles: BTreeSet<Role>,
}

/// An e-mail address, at most 254 characters; unique in the installation, in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(Box<str>);

/// Why a text is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmailFault {
    /// It is no identifier of that length.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// It is not of the form `name@host`.
    #[error("must be of the form name@example.com")]
    Form,
}

impl Email {
    /// Takes a text for an e-mail address. Only its form is checked: one `@` with something before it and
    /// something with a dot, or `localhost`, after it, and no spaces.
    ///
    /// # Errors
    /// When it has another form.
    pub fn try_new(text: &str) -> Result<Self, EmailFault> {
        let text = identifier(text, 254)?;
        let (name, host) = text.rsplit_once('@').ok_or(EmailFault::Form)?;
        let host_fits =
            host == "localhost" || (host.contains('.') && !host.starts_with('.') && !host.ends_with('.'));
        let fits =
            !name.is_empty() && !name.contains('@') && host_fits && !text.contains(char::is_whitespace);
        if fits { Ok(Self(text)) } else { Err(EmailFault::Form) }
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address folded for comparison.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

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

    /// Hashes a password with a salt of its own. Takes tens of milliseconds.
    ///
    /// # Errors
    /// When the password is too short or too long, or hashing fails.
    pub fn of(password: &str) -> Result<Self, PasswordFault> {
        if !(Self::MIN..=Self::MAX).contains(&password.chars().count()) {
            return Err(PasswordFault::Length);
        }
        let hash = Argon2::default().hash_password(password.as_bytes()).map_err(PasswordFault::Hashing)?;
        Ok(Self(hash.to_string()))
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
    fn an_email_has_a_name_and_a_host() {
        for text in ["ops@kyari.com", " Ann.Lee+x@mail.example.org ", "root@localhost"] {
            assert!(Email::try_new(text).is_ok_and(|email| email.as_str() == text.trim()), "{text}");
        }
        for text in ["", "ops", "@kyari.com", "a@b@c.de", "a@nodot", "a b@c.de", "a@.de", "a@c."] {
            assert!(Email::try_new(text).is_err(), "{text}");
        }
    }

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
}
