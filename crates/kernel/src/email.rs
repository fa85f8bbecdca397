//! E-mail addresses.

use crate::text::{TextFault, identifier};

/// An e-mail address, at most 254 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(Box<str>);

/// Why a text is not an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmailFault {
    /// Not an identifier of that length.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// Not of the form `name@host`.
    #[error("must be of the form name@example.com")]
    Form,
}

impl Email {
    /// The most characters it may have (RFC 5321, 4.5.3.1.3, without its brackets).
    pub const MAX: usize = 254;

    /// Parses an e-mail address. Only its form is checked: one `@` with something before it and
    /// something with a dot, or `localhost`, after it, and no spaces.
    ///
    /// # Errors
    /// When it has another form.
    pub fn try_new(text: &str) -> Result<Self, EmailFault> {
        let text = identifier(text, Self::MAX)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_has_a_name_and_a_host() {
        for text in ["ops@kyari.com", " Ann.Lee+x@mail.example.org ", "root@localhost", "grün@höfe.example"]
        {
            assert!(Email::try_new(text).is_ok_and(|email| email.as_str() == text.trim()), "{text}");
        }
        for text in ["ops", "@kyari.com", "a@b@c.de", "a@nodot", "a b@c.de", "a@.de", "a@c."] {
            assert_eq!(Email::try_new(text), Err(EmailFault::Form), "{text}");
        }
        for text in ["sales@farms.example\u{a0}x", "sales@", "sales@green@farms.example"] {
            assert_eq!(Email::try_new(text), Err(EmailFault::Form), "{text}");
        }
        let of_length = |length: usize| format!("{}@b.example", "a".repeat(length - 10));
        assert!(Email::try_new(&of_length(254)).is_ok_and(|email| email.as_str().len() == 254));
        assert!(matches!(Email::try_new(&of_length(255)), Err(EmailFault::Text(TextFault::TooLong { .. }))));
        assert!(matches!(
            Email::try_new("sales\n@a.example"),
            Err(EmailFault::Text(TextFault::Forbidden { .. }))
        ));
        assert_eq!(Email::try_new(""), Err(EmailFault::Text(TextFault::Empty)));
        assert_eq!(Email::try_new("Ann@Example.com").unwrap().key(), "ann@example.com");
    }
}
