//! The configuration of the accounting system, and of one team's connection to it.

use std::time::Duration;

use chrono::TimeDelta;
use invoicing::accounting::{AccountingKey, CompanyId, ConnectionFault, Keys};
use secrets::Secret;
use url::Url;

/// The configuration of wFirma.
#[derive(Debug, Clone)]
pub(crate) struct Wfirma {
    pub(crate) url: Url,
    /// Whether the URL is configured, and not the default.
    pub(crate) url_is_given: bool,
    /// How long wFirma's look-up may not find a new invoice.
    pub(crate) visibility: TimeDelta,
    /// The most invoices of one request in flight.
    pub(crate) parallel: usize,
    /// The configured connection of one team.
    pub(crate) own: Option<WfirmaConnection>,
}

/// A team's connection.
#[derive(Debug, Clone)]
pub(crate) struct WfirmaConnection {
    /// The team's name.
    pub(crate) team: String,
    pub(crate) company: CompanyId,
    pub(crate) keys: Keys,
}

/// The unparsed variables.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) url: Option<String>,
    pub(super) visibility: Option<String>,
    pub(super) parallel: Option<String>,
    pub(super) team: Option<String>,
    pub(super) company_id: Option<String>,
    pub(super) access_key: Option<Secret>,
    pub(super) secret_key: Option<Secret>,
    pub(super) app_key: Option<Secret>,
}

/// An invalid variable. Neither a key nor the URL, which may contain a password, is shown.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WfirmaError {
    #[error(
        "WFIRMA_URL can't be used; write it like {DEFAULT_URL}: http or https, a host, no user, no query, no fragment"
    )]
    Url,
    #[error("WFIRMA_VISIBILITY is `{0}`; write a time above 0 and of at most 7 days, like 30s, 10m or 24h")]
    Visibility(String),
    #[error("WFIRMA_PARALLEL is `{0}`; it is a whole number from 1 to {MOST_PARALLEL}")]
    Parallel(String),
    #[error("{missing} not set; set WFIRMA_TEAM, WFIRMA_COMPANY_ID and the three keys, or none of them")]
    Missing { missing: String },
    #[error("{0} {1}")]
    Refused(&'static str, ConnectionFault),
}

const DEFAULT_URL: &str = "https://api2.wfirma.pl";
const DEFAULT_VISIBILITY: &str = "10m";
const DEFAULT_PARALLEL: usize = 8;
/// As many as are in flight at most in the whole process.
const MOST_PARALLEL: usize = 16;
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Wfirma {
    pub(super) fn checked(given: Given) -> Result<Self, WfirmaError> {
        Ok(Self {
            url: url(given.url.as_deref().unwrap_or(DEFAULT_URL))?,
            url_is_given: given.url.is_some(),
            visibility: visibility(given.visibility.as_deref().unwrap_or(DEFAULT_VISIBILITY))?,
            parallel: given.parallel.as_deref().map_or(Ok(DEFAULT_PARALLEL), parallel)?,
            own: connection(given)?,
        })
    }
}

fn url(text: &str) -> Result<Url, WfirmaError> {
    let url: Url = text.trim().parse().map_err(|_| WfirmaError::Url)?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let alone = url.username().is_empty() && url.password().is_none();
    let plain = url.query().is_none() && url.fragment().is_none();
    if web && alone && plain { Ok(url) } else { Err(WfirmaError::Url) }
}

fn visibility(text: &str) -> Result<TimeDelta, WfirmaError> {
    let refused = || WfirmaError::Visibility(text.to_owned());
    let length = humantime::parse_duration(text).map_err(|_| refused())?;
    if length.is_zero() || length > LONGEST {
        return Err(refused());
    }
    TimeDelta::from_std(length).map_err(|_| refused())
}

fn parallel(text: &str) -> Result<usize, WfirmaError> {
    let number = text.trim().parse().ok().filter(|number| (1..=MOST_PARALLEL).contains(number));
    number.ok_or_else(|| WfirmaError::Parallel(text.to_owned()))
}

/// All five variables, or none.
fn connection(given: Given) -> Result<Option<WfirmaConnection>, WfirmaError> {
    let team = given.team.map(|team| team.trim().to_owned()).filter(|team| !team.is_empty());
    match (team, given.company_id, given.access_key, given.secret_key, given.app_key) {
        (Some(team), Some(company), Some(access), Some(secret), Some(app)) => Ok(Some(WfirmaConnection {
            team,
            company: CompanyId::try_new(&company).map_err(refused("WFIRMA_COMPANY_ID"))?,
            keys: Keys {
                access: key("WFIRMA_ACCESS_KEY", &access)?,
                secret: key("WFIRMA_SECRET_KEY", &secret)?,
                app: key("WFIRMA_APP_KEY", &app)?,
            },
        })),
        (None, None, None, None, None) => Ok(None),
        (team, company, access, secret, app) => {
            let missing = [
                ("WFIRMA_TEAM", team.is_none()),
                ("WFIRMA_COMPANY_ID", company.is_none()),
                ("WFIRMA_ACCESS_KEY", access.is_none()),
                ("WFIRMA_SECRET_KEY", secret.is_none()),
                ("WFIRMA_APP_KEY", app.is_none()),
            ];
            let missing = missing.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name);
            Err(WfirmaError::Missing { missing: missing.collect::<Vec<_>>().join(", ") })
        }
    }
}

fn key(name: &'static str, key: &Secret) -> Result<AccountingKey, WfirmaError> {
    AccountingKey::try_new(key.expose()).map_err(refused(name))
}

fn refused(name: &'static str) -> impl Fn(ConnectionFault) -> WfirmaError {
    move |fault| WfirmaError::Refused(name, fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] =
        ["WFIRMA_TEAM", "WFIRMA_COMPANY_ID", "WFIRMA_ACCESS_KEY", "WFIRMA_SECRET_KEY", "WFIRMA_APP_KEY"];

    /// The five of a connection, in the order of their names; an empty one is not set.
    fn own(five: [&str; 5]) -> Result<Option<WfirmaConnection>, String> {
        let [team, company_id, access_key, secret_key, app_key] =
            five.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()));
        let [access_key, secret_key, app_key] =
            [access_key, secret_key, app_key].map(|key| key.map(Secret::from));
        let given = Given { team, company_id, access_key, secret_key, app_key, ..Default::default() };
        Wfirma::checked(given).map(|wfirma| wfirma.own).map_err(|error| error.to_string())
    }

    const WHOLE: [&str; 5] = ["Acme Works", "77", "access-key-1", "secret-key-1", "app-key-1"];

    #[test]
    fn without_any_variable_it_is_wfirma_itself_and_nobodys_connection() {
        let wfirma = Wfirma::checked(Given::default()).unwrap();
        assert_eq!((wfirma.url.as_str(), wfirma.url_is_given), ("https://api2.wfirma.pl/", false));
        assert_eq!(wfirma.visibility, TimeDelta::minutes(10));
        assert!(wfirma.own.is_none());
        assert_eq!(wfirma.parallel, 8);
    }

    #[test]
    fn as_many_invoices_of_a_request_are_made_at_once_as_the_process_may_and_no_more() {
        let parallel =
            |text: &str| Wfirma::checked(Given { parallel: Some(text.into()), ..Default::default() });
        assert_eq!(parallel("1").unwrap().parallel, 1);
        assert_eq!(parallel(" 16 ").unwrap().parallel, 16);
        for text in ["0", "17", "-1", "many", "8.0"] {
            let expected = format!("WFIRMA_PARALLEL is `{text}`; it is a whole number from 1 to 16");
            assert_eq!(parallel(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn its_url_is_of_the_web_and_nothing_but_an_address() {
        let url = |text: &str| Wfirma::checked(Given { url: Some(text.into()), ..Default::default() });
        for (text, taken) in [
            ("http://127.0.0.1:8089", "http://127.0.0.1:8089/"),
            (" https://proxy.example/wfirma ", "https://proxy.example/wfirma"),
        ] {
            let wfirma = url(text).unwrap();
            assert_eq!((wfirma.url.as_str(), wfirma.url_is_given), (taken, true));
        }
        for text in [
            "",
            "api2.wfirma.pl",
            "localhost:8089",
            "ftp://api2.wfirma.pl",
            "http://",
            "file:///srv",
            "https://api2.wfirma.pl/?company_id=7",
            "https://api2.wfirma.pl/?",
            "https://api2.wfirma.pl/#top",
            "https://user@api2.wfirma.pl",
            "https://:hunter2@api2.wfirma.pl",
        ] {
            let message = url(text).unwrap_err().to_string();
            assert!(message.starts_with("WFIRMA_URL can't be used; write it like https://api2"), "{text}");
            assert!(!message.contains("hunter2"));
        }
    }

    #[test]
    fn its_visibility_is_a_time_above_0_and_of_at_most_7_days() {
        let visibility =
            |text: &str| Wfirma::checked(Given { visibility: Some(text.into()), ..Default::default() });
        for (text, seconds) in [
            ("30s", 30),
            ("10m", 600),
            ("24h", 86_400),
            ("1h 30m", 5_400),
            ("7d", 604_800),
            ("168h", 604_800),
        ] {
            assert_eq!(visibility(text).unwrap().visibility, TimeDelta::seconds(seconds), "{text}");
        }
        for text in ["", "10", "0s", "-1s", "soon", "604801s", "8d", "99999999999999999999h"] {
            let expected = format!(
                "WFIRMA_VISIBILITY is `{text}`; write a time above 0 and of at most 7 days, like 30s, 10m or 24h"
            );
            assert_eq!(visibility(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_connection_is_whole_and_shows_no_key() {
        let connection = own([" Acme Works ", " 77 ", " access-key-1 ", "secret-key-1", "app-key-1"]);
        let connection = connection.unwrap().unwrap();
        let keys = &connection.keys;
        let keys = [&keys.access, &keys.secret, &keys.app].map(|key| key.expose());
        let found = [&connection.team, connection.company.as_str(), keys[0], keys[1], keys[2]];
        assert_eq!(found, WHOLE);
        let shown = format!("{connection:?}");
        assert!(shown.contains("Acme Works") && keys.iter().all(|key| !shown.contains(key)), "{shown}");
    }

    #[test]
    fn of_half_a_connection_all_that_is_missing_is_named() {
        let rest = "not set; set WFIRMA_TEAM, WFIRMA_COMPANY_ID and the three keys, or none of them";
        for place in 0..5 {
            let mut five = WHOLE;
            five[place] = "";
            assert_eq!(own(five).unwrap_err(), format!("{} {rest}", NAMES[place]));
            let mut five = [""; 5];
            five[place] = WHOLE[place];
            let others: Vec<_> = NAMES.into_iter().filter(|name| *name != NAMES[place]).collect();
            assert_eq!(own(five).unwrap_err(), format!("{} {rest}", others.join(", ")));
        }
        let mut blank = WHOLE;
        blank[0] = " ";
        assert_eq!(own(blank).unwrap_err(), format!("WFIRMA_TEAM {rest}"));
    }

    #[test]
    fn a_faulty_part_is_named_and_no_key_is_shown() {
        let key = "must be 8 to 200 visible ASCII characters";
        for (place, text, fault) in [
            (1, "7a", "must be the number of a company: 1 to 20 digits"),
            (2, "hunter2", key),
            (3, "hunter2 hunter2", key),
            (4, "hunter2ą", key),
        ] {
            let mut five = WHOLE;
            five[place] = text;
            assert_eq!(own(five).unwrap_err(), format!("{} {fault}", NAMES[place]));
        }
    }
}
