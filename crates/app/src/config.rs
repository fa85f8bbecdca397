//! The configuration: `throughline.toml` in the working directory, then the environment, which wins.

mod wfirma;

use std::net::SocketAddr;
use std::path::PathBuf;

use adapter_http::{CorsOrigins, CorsOriginsFault, PosHosts, PosHostsFault};
use adapter_objects::{Credentials, Location, LocationFault};
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use identity::api_key::{Networks, NetworksFault};
use secrets::Secret;
use serde::Deserialize;

pub(crate) use self::wfirma::{Wfirma, WfirmaError};

/// The configuration of this process.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// The service's PostgreSQL; `None` for a private one.
    pub(crate) database_url: Option<String>,
    /// The URL of the role that migrates, if the service's own may not.
    pub(crate) database_owner_url: Option<String>,
    /// The folder of all files of this process.
    pub(crate) data_dir: PathBuf,
    /// The address to listen on; `None` for the command's default.
    pub(crate) http_addr: Option<SocketAddr>,
    /// The folder of the PostgreSQL programs; `None` to search for it.
    pub(crate) pg_bin: Option<PathBuf>,
    /// The keys that access tokens and audit heads are signed with; `None` for one kept in the data folder.
    pub(crate) signing_key: Option<Secret>,
    /// The keys that secrets are encrypted with; `None` for one kept in the data folder.
    pub(crate) encryption_key: Option<Secret>,
    /// Proxies trusted to report a client's address.
    pub(crate) trusted_proxies: Networks,
    /// Origins whose pages may call.
    pub(crate) cors_origins: CorsOrigins,
    /// Host names that serve the pos API at their root.
    pub(crate) pos_hosts: PosHosts,
    /// Whether requests are limited.
    pub(crate) rate_limits: bool,
    /// The Redis that counts requests; `None` to count in this process.
    pub(crate) redis_url: Option<String>,
    /// The object store of files.
    pub(crate) objects: Location,
    /// The credentials of the object store, if it needs any.
    pub(crate) objects_key: Option<Credentials>,
    /// The accounting system.
    pub(crate) wfirma: Wfirma,
}

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ConfigError {
    #[error("the configuration can't be read: {0}")]
    Unreadable(Box<figment::Error>),
    #[error("HTTP_ADDR is `{0}`, which is no address; write it like 127.0.0.1:8080")]
    HttpAddr(String),
    #[error("TRUSTED_PROXIES: {0}")]
    TrustedProxies(NetworksFault),
    #[error("CORS_ORIGINS: {0}")]
    CorsOrigins(#[from] CorsOriginsFault),
    #[error("POS_HOSTS: {0}")]
    PosHosts(PosHostsFault),
    #[error("RATE_LIMITS is `{0}`; it is on or off")]
    RateLimits(String),
    #[error("OBJECT_STORE_URL can't be used: {0}")]
    ObjectStore(LocationFault),
    #[error("{0} is set without {1}; set both, or neither")]
    HalfAKey(&'static str, &'static str),
    #[error(
        "{0} asks for TLS (sslmode={1}), which this build's libpq lacks; use a unix socket, a private network \
         or a TLS tunnel, and sslmode=disable or prefer"
    )]
    Tls(&'static str, String),
    #[error(transparent)]
    Wfirma(#[from] WfirmaError),
}

/// The unparsed variables. Other names are not this program's.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Variables {
    cors_origins: Option<String>,
    database_url: Option<String>,
    database_owner_url: Option<String>,
    data_dir: Option<PathBuf>,
    encryption_key: Option<String>,
    http_addr: Option<String>,
    pg_bin: Option<PathBuf>,
    pos_hosts: Option<String>,
    signing_key: Option<String>,
    trusted_proxies: Option<String>,
    rate_limits: Option<String>,
    redis_url: Option<String>,
    object_store_url: Option<String>,
    aws_access_key_id: Option<String>,
    aws_endpoint_url: Option<String>,
    aws_region: Option<String>,
    aws_secret_access_key: Option<String>,
    aws_session_token: Option<String>,
    wfirma_access_key: Option<String>,
    wfirma_app_key: Option<String>,
    wfirma_company_id: Option<String>,
    wfirma_parallel: Option<String>,
    wfirma_secret_key: Option<String>,
    wfirma_team: Option<String>,
    wfirma_url: Option<String>,
    wfirma_visibility: Option<String>,
}

const NAMES: [&str; 26] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "CORS_ORIGINS",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATA_DIR",
    "ENCRYPTION_KEY",
    "HTTP_ADDR",
    "OBJECT_STORE_URL",
    "PG_BIN",
    "POS_HOSTS",
    "RATE_LIMITS",
    "REDIS_URL",
    "SIGNING_KEY",
    "TRUSTED_PROXIES",
    "WFIRMA_ACCESS_KEY",
    "WFIRMA_APP_KEY",
    "WFIRMA_COMPANY_ID",
    "WFIRMA_PARALLEL",
    "WFIRMA_SECRET_KEY",
    "WFIRMA_TEAM",
    "WFIRMA_URL",
    "WFIRMA_VISIBILITY",
];

impl Config {
    pub(crate) fn load() -> Result<Self, ConfigError> {
        // figment would read `DATA_DIR=7` as a number; every variable is text
        let environment =
            NAMES.iter().filter_map(|name| Some((name.to_lowercase(), std::env::var(name).ok()?)));
        let environment: std::collections::BTreeMap<_, _> =
            environment.filter(|(_, value)| !value.is_empty()).collect();
        let figment = Figment::from(Toml::file("throughline.toml")).merge(Serialized::defaults(environment));
        let variables = figment.extract().map_err(|error| ConfigError::Unreadable(Box::new(error)))?;
        Self::checked(variables)
    }

    fn checked(variables: Variables) -> Result<Self, ConfigError> {
        let http_addr = variables.http_addr.map(|text| text.parse().map_err(|_| ConfigError::HttpAddr(text)));
        let rate_limits = match variables.rate_limits.as_deref() {
            None | Some("on") => true,
            Some("off") => false,
            Some(other) => return Err(ConfigError::RateLimits(other.to_owned())),
        };
        refuse_tls("DATABASE_URL", variables.database_url.as_deref())?;
        refuse_tls("DATABASE_OWNER_URL", variables.database_owner_url.as_deref())?;
        let data_dir = variables.data_dir.unwrap_or_else(|| "var".into());
        let objects = match variables.object_store_url {
            Some(url) => url
                .parse()
                .and_then(|location: Location| location.or(variables.aws_region, variables.aws_endpoint_url))
                .map_err(ConfigError::ObjectStore)?,
            None => Location::Folder(data_dir.join("objects")),
        };
        let key = (variables.aws_access_key_id, variables.aws_secret_access_key, variables.aws_session_token);
        let wfirma = wfirma::Given {
            url: variables.wfirma_url,
            visibility: variables.wfirma_visibility,
            parallel: variables.wfirma_parallel,
            team: variables.wfirma_team,
            company_id: variables.wfirma_company_id,
            access_key: variables.wfirma_access_key.map(Secret::from),
            secret_key: variables.wfirma_secret_key.map(Secret::from),
            app_key: variables.wfirma_app_key.map(Secret::from),
        };
        Ok(Self {
            wfirma: Wfirma::checked(wfirma)?,
            objects,
            objects_key: objects_key(key)?,
            database_url: variables.database_url,
            database_owner_url: variables.database_owner_url,
            data_dir,
            http_addr: http_addr.transpose()?,
            pg_bin: variables.pg_bin,
            signing_key: variables.signing_key.map(Secret::from),
            encryption_key: variables.encryption_key.map(Secret::from),
            cors_origins: CorsOrigins::parse(variables.cors_origins.as_deref().unwrap_or_default())?,
            pos_hosts: pos_hosts(variables.pos_hosts.as_deref())?,
            trusted_proxies: trusted_proxies(variables.trusted_proxies.as_deref())?,
            rate_limits,
            redis_url: variables.redis_url,
        })
    }
}

fn objects_key(
    key: (Option<String>, Option<String>, Option<String>),
) -> Result<Option<Credentials>, ConfigError> {
    match key {
        (Some(id), Some(secret), token) => Ok(Some(Credentials::new(id, secret, token))),
        (None, None, None) => Ok(None),
        (Some(_), None, _) => Err(ConfigError::HalfAKey("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        (None, Some(_), _) => Err(ConfigError::HalfAKey("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")),
        (None, None, Some(_)) => Err(ConfigError::HalfAKey("AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")),
    }
}

fn trusted_proxies(list: Option<&str>) -> Result<Networks, ConfigError> {
    let networks = list.unwrap_or_default().split(',').map(str::trim).filter(|network| !network.is_empty());
    let networks: Vec<_> = networks.map(str::to_owned).collect();
    Networks::parse(&networks).map_err(ConfigError::TrustedProxies)
}

fn pos_hosts(list: Option<&str>) -> Result<PosHosts, ConfigError> {
    list.map_or_else(|| Ok(PosHosts::default()), PosHosts::parse).map_err(ConfigError::PosHosts)
}

fn refuse_tls(name: &'static str, url: Option<&str>) -> Result<(), ConfigError> {
    let mode = url.and_then(|url| url.split_once("sslmode=")).map(|(_, rest)| rest);
    let mode = mode.and_then(|rest| rest.split(['&', ' ']).next()).unwrap_or_default();
    match mode {
        "" | "disable" | "allow" | "prefer" => Ok(()),
        mode => Err(ConfigError::Tls(name, mode.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_value_is_one_line_that_names_it() {
        let bad = Variables { http_addr: Some("localhost".into()), ..Default::default() };
        let message = Config::checked(bad).unwrap_err().to_string();
        assert!(message.contains("HTTP_ADDR") && message.contains("localhost") && !message.contains('\n'));
        let bad =
            Variables { database_url: Some("postgres://db/x?sslmode=require".into()), ..Default::default() };
        assert!(
            Config::checked(bad)
                .unwrap_err()
                .to_string()
                .contains("DATABASE_URL asks for TLS (sslmode=require)")
        );
        let bad = Variables { rate_limits: Some("maybe".into()), ..Default::default() };
        assert_eq!(Config::checked(bad).unwrap_err().to_string(), "RATE_LIMITS is `maybe`; it is on or off");
    }

    #[test]
    fn proxies_are_addresses_and_networks_with_commas_between() {
        let proxies = |list: &str| {
            let variables = Variables { trusted_proxies: Some(list.into()), ..Default::default() };
            Config::checked(variables).map(|config| config.trusted_proxies.texts())
        };
        assert_eq!(proxies("10.0.0.0/8, 192.0.2.1").unwrap(), ["10.0.0.0/8", "192.0.2.1/32"]);
        assert!(proxies("nginx").unwrap_err().to_string().starts_with("TRUSTED_PROXIES: `nginx` is neither"));
    }

    #[test]
    fn the_pos_surface_stands_at_the_root_of_hosts_with_commas_between() {
        let hosts = |list: &str| {
            let variables = Variables { pos_hosts: Some(list.into()), ..Default::default() };
            Config::checked(variables).map(|config| config.pos_hosts.to_string())
        };
        assert_eq!(hosts("POS.example.com, till:8080").unwrap(), "pos.example.com, till");
        assert_eq!(hosts("").unwrap(), "");
        assert!(
            hosts("http://x").unwrap_err().to_string().starts_with("POS_HOSTS: `http://x` is no host name")
        );
    }

    #[test]
    fn objects_are_where_they_are_said_to_be_and_their_key_is_whole_and_not_printed() {
        let at = |url: &str| {
            let variables = Variables { object_store_url: Some(url.into()), ..Default::default() };
            Config::checked(variables).map(|config| config.objects)
        };
        assert_eq!(at("file:///srv/objects").unwrap(), Location::Folder("/srv/objects".into()));
        let message = at("ftp://x").unwrap_err().to_string();
        assert!(
            message.starts_with("OBJECT_STORE_URL can't be used: ftp is no store that is known; write it")
        );
        let in_data = Variables { data_dir: Some("/data".into()), ..Default::default() };
        assert_eq!(Config::checked(in_data).unwrap().objects, Location::Folder("/data/objects".into()));

        let key = |id: Option<&str>, secret: Option<&str>, token: Option<&str>| {
            let [aws_access_key_id, aws_secret_access_key, aws_session_token] =
                [id, secret, token].map(|text| text.map(str::to_owned));
            let variables = Variables {
                aws_access_key_id,
                aws_secret_access_key,
                aws_session_token,
                ..Default::default()
            };
            Config::checked(variables)
        };
        let whole = key(Some("AKIA1"), Some("topsecret"), Some("token")).unwrap();
        assert!(whole.objects_key.is_some() && !format!("{whole:?}").contains("topsecret"));
        for (half, message) in [
            (key(Some("AKIA1"), None, None), "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"),
            (key(None, Some("topsecret"), None), "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID"),
            (key(None, None, Some("token")), "AWS_SESSION_TOKEN is set without AWS_ACCESS_KEY_ID"),
        ] {
            assert_eq!(half.unwrap_err().to_string(), format!("{message}; set both, or neither"));
        }
    }

    #[test]
    fn each_variable_of_wfirma_is_taken_for_what_it_is() {
        let text = |text: &str| Some(text.to_owned());
        let variables = Variables {
            wfirma_url: text("http://127.0.0.1:8089"),
            wfirma_visibility: text("30s"),
            wfirma_parallel: text("4"),
            wfirma_team: text("Acme Works"),
            wfirma_company_id: text("77"),
            wfirma_access_key: text("access-key-1"),
            wfirma_secret_key: text("secret-key-1"),
            wfirma_app_key: text("app-key-1"),
            ..Default::default()
        };
        let config = Config::checked(variables).unwrap();
        let Wfirma { url, url_is_given, visibility, parallel, own } = &config.wfirma;
        assert_eq!(
            (url.as_str(), url_is_given, visibility.num_seconds(), parallel),
            ("http://127.0.0.1:8089/", &true, 30, &4)
        );
        let own = own.as_ref().unwrap();
        let keys = [&own.keys.access, &own.keys.secret, &own.keys.app].map(|key| key.expose());
        assert_eq!((own.team.as_str(), own.company.as_str()), ("Acme Works", "77"));
        assert_eq!(keys, ["access-key-1", "secret-key-1", "app-key-1"]);
        assert!(keys.iter().all(|key| !format!("{config:?}").contains(key)));
    }

    #[test]
    fn without_any_variable_everything_has_its_documented_default() {
        let config = Config::checked(Variables::default()).unwrap();
        assert_eq!(config.http_addr, None);
        assert_eq!(config.data_dir, PathBuf::from("var"));
        assert_eq!(config.database_url, None);
        assert_eq!((config.rate_limits, config.redis_url), (true, None));
        assert_eq!(config.pos_hosts.to_string(), "pos.localhost");
        assert_eq!(config.objects, Location::Folder("var/objects".into()));
        assert!(config.objects_key.is_none());
    }
}
