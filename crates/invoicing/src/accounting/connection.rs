//! A team's connection to its accounting system (contract, *gepard*).

mod redaction;

use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, Utc};
use kernel::error::Fault;
use kernel::fields::{Fields, integer, text};
use kernel::id::TeamId;
use kernel::zone::TimeZone;
use secrets::Secret;
use serde_json::{Map, Value, json};

use super::PriceType;

/// How a team's invoices come into its accounting system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountingConnection {
    /// Whose it is.
    pub team: TeamId,
    /// The company in the accounting system.
    pub company: CompanyId,
    /// What opens it.
    pub keys: Keys,
    /// Where an invoice's day begins; Europe/Warsaw unless the team says otherwise.
    pub zone: TimeZone,
    /// How invoices are to be paid.
    pub payment_method: PaymentMethod,
    /// How long there is to pay them.
    pub payment_term: PaymentTerm,
    /// Whether prices are meant without or with tax.
    pub prices: PriceType,
}

/// The three keys of wFirma's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Of the user.
    pub access: AccountingKey,
    /// The secret beside it.
    pub secret: AccountingKey,
    /// Of the application.
    pub app: AccountingKey,
}

impl Keys {
    /// A text without the keys, wherever they stand in it: as they are, or escaped as JSON, HTML and addresses do.
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

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How an invoice is to be paid, in wFirma's words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PaymentMethod {
    /// In cash.
    Cash,
    /// By bank transfer.
    #[default]
    Transfer,
    /// Against what is owed the other way.
    Compensation,
    /// Cash on delivery.
    CashOnDelivery,
    /// By card.
    PaymentCard,
}

impl PaymentMethod {
    const ALL: [Self; 5] =
        [Self::Cash, Self::Transfer, Self::Compensation, Self::CashOnDelivery, Self::PaymentCard];

    /// wFirma's word.
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

/// How many days there are to pay an invoice: 0 to 365, 14 unless the team says otherwise.
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

    /// Its days.
    pub const fn days(self) -> u16 {
        self.0
    }
}

impl Default for PaymentTerm {
    fn default() -> Self {
        Self(14)
    }
}

/// Why a part of a connection was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionFault {
    /// A key.
    #[error("must be 8 to 200 visible ASCII characters")]
    Secret,
    /// The company.
    #[error("must be the number of a company: 1 to 20 digits")]
    Company,
    /// The payment method.
    #[error("must be cash, transfer, compensation, cod or payment_card")]
    PaymentMethod,
    /// The payment term.
    #[error("must be 0 to 365 days")]
    PaymentTerm,
}

/// The dates on an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvoiceDates {
    /// When it is made out, which is also when it was sold.
    pub issued: NaiveDate,
    /// Until when it is to be paid.
    pub due: NaiveDate,
}

impl AccountingConnection {
    /// Where an invoice's day begins unless the team says otherwise (contract, *gepard*).
    const USUAL_ZONE: &str = "Europe/Warsaw";

    /// A connection that is as usual.
    pub fn usual(team: TeamId, company: CompanyId, keys: Keys) -> Self {
        Self {
            team,
            company,
            keys,
            zone: Self::USUAL_ZONE.parse().unwrap_or_default(),
            payment_method: PaymentMethod::default(),
            payment_term: PaymentTerm::default(),
            prices: PriceType::default(),
        }
    }

    /// Reads a request to set a team's connection: what is left out is as usual, but for the keys, which stay as they are;
    /// of a team without `keys` they are required.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn read(team: TeamId, request: &Map<String, Value>, keys: Option<&Keys>) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::new(request);
        let company = fields.required("companyId", text, CompanyId::try_new);
        let mut key = |name, before: Option<&AccountingKey>| match before {
            None => fields.required(name, text, AccountingKey::try_new),
            Some(before) => {
                fields.optional(name, text, AccountingKey::try_new).or_else(|| Some(before.clone()))
            }
        };
        let access = key("accessKey", keys.map(|keys| &keys.access));
        let secret = key("secretKey", keys.map(|keys| &keys.secret));
        let app = key("appKey", keys.map(|keys| &keys.app));
        let zone = fields.optional("timeZone", text, str::parse::<TimeZone>);
        let payment_method = fields.optional("paymentMethod", text, str::parse::<PaymentMethod>);
        let payment_term = fields.optional("paymentTermDays", integer, PaymentTerm::try_new);
        let prices = fields.optional("priceType", text, str::parse::<PriceType>);
        let read = company.zip(access).zip(secret.zip(app)).map(|((company, access), (secret, app))| {
            let usual = Self::usual(team, company, Keys { access, secret, app });
            Self {
                zone: zone.unwrap_or(usual.zone),
                payment_method: payment_method.unwrap_or_default(),
                payment_term: payment_term.unwrap_or_default(),
                prices: prices.unwrap_or_default(),
                ..usual
            }
        });
        fields.finish(read)
    }

    /// What audits show of it: everything but the keys.
    pub fn snapshot(&self) -> Value {
        json!({
            "companyId": self.company.as_str(), "timeZone": self.zone.name(),
            "paymentMethod": self.payment_method.as_str(), "paymentTermDays": self.payment_term.days(),
            "priceType": self.prices.as_str(),
        })
    }

    /// The dates of an invoice that is made at a moment.
    pub fn dates(&self, moment: DateTime<Utc>) -> InvoiceDates {
        let issued = self.zone.date(moment);
        let due = issued.checked_add_days(Days::new(self.payment_term.days().into()));
        InvoiceDates { issued, due: due.unwrap_or(NaiveDate::MAX) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn connection() -> AccountingConnection {
        let secret = |text: &str| AccountingKey::try_new(text).unwrap();
        AccountingConnection {
            team: TeamId::new(uuid::Uuid::from_u128(1)),
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
        // wfirma.md, *Add an invoice*
        assert_eq!(dates("2025-08-29T22:00:00Z"), ("2025-08-30".into(), "2025-09-13".into()));
        assert_eq!(dates("2025-08-29T21:59:59Z"), ("2025-08-29".into(), "2025-09-12".into()));
        assert_eq!(dates("2025-12-31T23:30:00Z"), ("2026-01-01".into(), "2026-01-15".into()));
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
    fn the_parts_of_a_connection_keep_to_their_limits() {
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
