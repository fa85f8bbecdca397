//! A team's connection to its accounting system (`docs/spec/accounting.md`, "Connection").

mod error;
mod redaction;

use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, Utc};
use kernel::audit::Audited;
use kernel::id::{TeamId, Uuid};
use kernel::zone::TimeZone;
use secrets::Secret;
use serde_json::json;

pub use self::error::ConnectionError;
use super::PriceType;

/// A team's connection to a company in its accounting system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountingConnection {
    pub team: TeamId,
    pub company: CompanyId,
    pub keys: Keys,
    /// The time zone of the dates on invoices.
    pub zone: TimeZone,
    pub payment_method: PaymentMethod,
    pub payment_term: PaymentTerm,
    pub prices: PriceType,
}

/// A team's connection as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredConnection {
    pub connection: AccountingConnection,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A stored connection whose keys can't be decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedConnection {
    pub company: CompanyId,
    pub zone: TimeZone,
    pub payment_method: PaymentMethod,
    pub payment_term: PaymentTerm,
    pub prices: PriceType,
    pub updated_at: DateTime<Utc>,
}

/// What a team's connection is to be; what is `None` gets its default, but keys stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionSettings {
    pub company: CompanyId,
    pub access_key: Option<AccountingKey>,
    pub secret_key: Option<AccountingKey>,
    pub app_key: Option<AccountingKey>,
    pub zone: Option<TimeZone>,
    pub payment_method: Option<PaymentMethod>,
    pub payment_term: Option<PaymentTerm>,
    pub prices: Option<PriceType>,
}

/// The three keys of wFirma's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    pub access: AccountingKey,
    pub secret: AccountingKey,
    pub app: AccountingKey,
}

impl Keys {
    /// The text with the keys replaced, wherever they stand in it: as they are, or escaped as in JSON, HTML and URLs.
    pub fn redacted(&self, text: &str) -> String {
        let keys = [&self.access, &self.secret, &self.app];
        redaction::redacted(text, keys.map(AccountingKey::expose), Secret::REDACTED)
    }
}

/// A key of wFirma's API: visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountingKey(Secret);

impl AccountingKey {
    /// Takes a text for a key, trimmed.
    ///
    /// # Errors
    /// When it is not 8 to 200 visible ASCII characters, which is what a header can carry.
    pub fn try_new(text: &str) -> Result<Self, ConnectionFault> {
        let text = text.trim();
        let fits = (8..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.into())) } else { Err(ConnectionFault::Secret) }
    }

    /// The text itself, for the request it belongs to and for encryption.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The number of a company in the accounting system: 1 to 20 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CompanyId(Box<str>);

impl CompanyId {
    /// Takes a text for the number of a company, trimmed.
    ///
    /// # Errors
    /// When it is not 1 to 20 digits.
    pub fn try_new(text: &str) -> Result<Self, ConnectionFault> {
        let text = text.trim();
        let fits = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(Self(text.into())) } else { Err(ConnectionFault::Company) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How an invoice is to be paid: one of wFirma's payment methods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PaymentMethod {
    Cash,
    #[default]
    Transfer,
    /// Set off against what is owed the other way.
    Compensation,
    CashOnDelivery,
    PaymentCard,
}

impl PaymentMethod {
    pub const ALL: [Self; 5] =
        [Self::Cash, Self::Transfer, Self::Compensation, Self::CashOnDelivery, Self::PaymentCard];

    /// wFirma's name of the method.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Transfer => "transfer",
            Self::Compensation => "compensation",
            Self::CashOnDelivery => "cod",
            Self::PaymentCard => "payment_card",
        }
    }
}

impl FromStr for PaymentMethod {
    type Err = ConnectionFault;

    fn from_str(text: &str) -> Result<Self, ConnectionFault> {
        Self::ALL.into_iter().find(|method| method.as_str() == text).ok_or(ConnectionFault::PaymentMethod)
    }
}

/// The number of days until an invoice is due: 0 to 365, 14 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentTerm(u16);

impl PaymentTerm {
    /// Takes a number of days for a term.
    ///
    /// # Errors
    /// When it is below 0 or above 365.
    pub fn try_new(days: i64) -> Result<Self, ConnectionFault> {
        let days = u16::try_from(days).map_err(|_| ConnectionFault::PaymentTerm)?;
        if days <= 365 { Ok(Self(days)) } else { Err(ConnectionFault::PaymentTerm) }
    }

    pub const fn days(self) -> u16 {
        self.0
    }
}

impl Default for PaymentTerm {
    fn default() -> Self {
        Self(14)
    }
}

/// The refusal of a connection's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionFault {
    #[error("must be 8 to 200 visible ASCII characters")]
    Secret,
    #[error("must be the number of a company: 1 to 20 digits")]
    Company,
    #[error("must be cash, transfer, compensation, cod or payment_card")]
    PaymentMethod,
    #[error("must be 0 to 365 days")]
    PaymentTerm,
}

/// The dates on an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvoiceDates {
    /// The date of issue, which is also the date of sale.
    pub issued: NaiveDate,
    pub due: NaiveDate,
}

impl AccountingConnection {
    /// The time zone of the dates on invoices by default.
    const DEFAULT_ZONE: &str = "Europe/Warsaw";

    /// A connection with every setting at its default.
    pub fn with_defaults(team: TeamId, company: CompanyId, keys: Keys) -> Self {
        Self {
            team,
            company,
            keys,
            zone: Self::DEFAULT_ZONE.parse().unwrap_or_default(),
            payment_method: PaymentMethod::default(),
            payment_term: PaymentTerm::default(),
            prices: PriceType::default(),
        }
    }

    /// A team's connection with these settings. Keys that are not set are those of `previous`.
    ///
    /// # Errors
    /// [`ConnectionError::KeysMissing`] when a key is neither set nor in `previous`.
    pub fn with_settings(
        team: TeamId,
        settings: ConnectionSettings,
        previous: Option<&Keys>,
    ) -> Result<Self, ConnectionError> {
        let ConnectionSettings { company, access_key, secret_key, app_key, .. } = settings;
        let key = |set: Option<AccountingKey>, previous: Option<&AccountingKey>| {
            set.or_else(|| previous.cloned()).ok_or(ConnectionError::KeysMissing)
        };
        let keys = Keys {
            access: key(access_key, previous.map(|keys| &keys.access))?,
            secret: key(secret_key, previous.map(|keys| &keys.secret))?,
            app: key(app_key, previous.map(|keys| &keys.app))?,
        };
        let defaults = Self::with_defaults(team, company, keys);
        Ok(Self {
            zone: settings.zone.unwrap_or(defaults.zone),
            payment_method: settings.payment_method.unwrap_or_default(),
            payment_term: settings.payment_term.unwrap_or_default(),
            prices: settings.prices.unwrap_or_default(),
            ..defaults
        })
    }

    /// The dates of an invoice that is created at a moment.
    pub fn dates(&self, moment: DateTime<Utc>) -> InvoiceDates {
        let issued = self.zone.date(moment);
        let due = issued.checked_add_days(Days::new(self.payment_term.days().into()));
        InvoiceDates { issued, due: due.unwrap_or(NaiveDate::MAX) }
    }
}

/// A connection as the audit trail shows it: everything but the keys.
#[derive(Debug)]
pub struct AuditedConnection<'a> {
    pub connection: &'a AccountingConnection,
    /// Whether the keys are other ones than before; `None` of the connection before a change.
    pub keys_changed: Option<bool>,
}

impl Audited for AuditedConnection<'_> {
    const KIND: &'static str = "accounting_connection";

    fn audited_id(&self) -> Uuid {
        self.connection.team.uuid()
    }

    fn snapshot(&self) -> String {
        let connection = self.connection;
        let mut snapshot = json!({
            "companyId": connection.company.as_str(), "timeZone": connection.zone.name(),
            "paymentMethod": connection.payment_method.as_str(), "paymentTermDays": connection.payment_term.days(),
            "priceType": connection.prices.as_str(),
        });
        if let (Some(changed), Some(fields)) = (self.keys_changed, snapshot.as_object_mut()) {
            fields.insert("keysChanged".to_owned(), changed.into());
        }
        snapshot.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> AccountingConnection {
        let secret = |text: &str| AccountingKey::try_new(text).unwrap();
        AccountingConnection {
            team: TeamId::new(Uuid::from_u128(1)),
            company: CompanyId::try_new("77").unwrap(),
            keys: Keys {
                access: secret("access-key-1"),
                secret: secret("secret-key-1"),
                app: secret("app-key-1"),
            },
            zone: "Europe/Warsaw".parse().unwrap(),
            payment_method: PaymentMethod::default(),
            payment_term: PaymentTerm::default(),
            prices: PriceType::default(),
        }
    }

    #[test]
    fn an_invoices_day_begins_in_the_connections_zone() {
        let dates = |moment: &str| {
            let dates = connection().dates(moment.parse().unwrap());
            (dates.issued.to_string(), dates.due.to_string())
        };
        // docs/spec/accounting.md, "Add an invoice"
        assert_eq!(dates("2025-08-29T22:00:00Z"), ("2025-08-30".into(), "2025-09-13".into()));
        assert_eq!(dates("2025-08-29T21:59:59Z"), ("2025-08-29".into(), "2025-09-12".into()));
        assert_eq!(dates("2025-12-31T23:30:00Z"), ("2026-01-01".into(), "2026-01-15".into()));
    }

    #[test]
    fn a_key_that_is_not_set_stays_and_of_the_rest_what_is_not_set_gets_its_default() {
        let AccountingConnection { team, company, keys, .. } = connection();
        let settings = ConnectionSettings {
            company,
            access_key: AccountingKey::try_new("access-key-2").ok(),
            secret_key: None,
            app_key: None,
            zone: None,
            payment_method: None,
            payment_term: PaymentTerm::try_new(30).ok(),
            prices: None,
        };
        let expected = AccountingConnection {
            keys: Keys { access: AccountingKey::try_new("access-key-2").unwrap(), ..keys.clone() },
            payment_term: PaymentTerm::try_new(30).unwrap(),
            ..connection()
        };
        let set = AccountingConnection::with_settings(team, settings.clone(), Some(&keys));
        assert_eq!(set.unwrap(), expected);
        let refused = AccountingConnection::with_settings(team, settings, None);
        assert!(matches!(refused, Err(ConnectionError::KeysMissing)), "{refused:?}");
    }

    #[test]
    fn secrets_are_neither_shown_nor_left_in_texts() {
        let connection = connection();
        let shown = format!("{connection:?}");
        assert!(shown.contains("company: CompanyId(\"77\")"), "{shown}");
        for key in ["access-key-1", "secret-key-1", "app-key-1"] {
            assert!(!shown.contains(key), "{shown}");
        }
        let text = "<p>app-key-1 of access-key-1, secret-key-1!</p>";
        assert_eq!(connection.keys.redacted(text), "<p>[redacted] of [redacted], [redacted]!</p>");
    }

    #[test]
    fn the_values_of_a_connection_have_limits() {
        for (text, good) in
            [("1234567", false), ("12345678", true), ("1234 5678", false), ("klucz-ąę", false)]
        {
            assert_eq!(AccountingKey::try_new(text).is_ok(), good, "{text}");
        }
        for (text, good) in [("", false), ("7", true), ("7a", false), ("123456789012345678901", false)] {
            assert_eq!(CompanyId::try_new(text).is_ok(), good, "{text}");
        }
        for (days, good) in [(-1, false), (0, true), (365, true), (366, false), (70_000, false)] {
            assert_eq!(PaymentTerm::try_new(days).is_ok(), good, "{days}");
        }
        for method in PaymentMethod::ALL {
            assert_eq!(method.as_str().parse(), Ok(method));
        }
        assert_eq!("wire".parse::<PaymentMethod>(), Err(ConnectionFault::PaymentMethod));
    }
}
