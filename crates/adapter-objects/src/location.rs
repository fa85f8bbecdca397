//! The configured location of an object store.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use secrets::Secret;
use url::Url;

/// The location of an object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket of S3, or of a compatible store.
    Bucket(Bucket),
}

/// A bucket of S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    /// The prefix of its keys, URL-encoded; may be empty.
    pub prefix: String,
    pub region: Option<String>,
    /// The address of a store that is not Amazon's: `https://` or `http://`.
    pub endpoint: Option<String>,
}

/// A location that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; write it like file:///srv/objects or s3://bucket/prefix?region=eu-central-1&endpoint=https://s3.example"
)]
pub struct LocationFault(String);

impl Location {
    /// The location with these as default region and endpoint of a bucket.
    ///
    /// # Errors
    /// When the endpoint is no address.
    pub fn or(self, region: Option<String>, endpoint: Option<String>) -> Result<Self, LocationFault> {
        let Self::Bucket(bucket) = self else { return Ok(self) };
        if let Some(endpoint) = endpoint.as_deref().filter(|endpoint| !is_server(endpoint)) {
            return Err(LocationFault(no_server(endpoint)));
        }
        let (region, endpoint) = (bucket.region.or(region), bucket.endpoint.or(endpoint));
        Ok(Self::Bucket(Bucket { region, endpoint, ..bucket }))
    }
}

impl FromStr for Location {
    type Err = LocationFault;

    fn from_str(text: &str) -> Result<Self, LocationFault> {
        let url = Url::parse(text).map_err(|fault| LocationFault(format!("it is no URL: {fault}")))?;
        let read = match url.scheme() {
            "file" => folder(&url),
            "s3" => bucket(&url).map(Self::Bucket),
            other => Err(format!("{other} is no store that is known")),
        };
        read.map_err(LocationFault)
    }
}

fn folder(url: &Url) -> Result<Location, String> {
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a folder has no parameters".into());
    }
    let path = url.to_file_path().map_err(|()| "it names no folder of this machine")?;
    Ok(Location::Folder(path))
}

fn bucket(url: &Url) -> Result<Bucket, String> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err("keys do not stand in it, but in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".into());
    }
    if url.port().is_some() || url.fragment().is_some() {
        return Err("a server is named by the parameter endpoint".into());
    }
    let name = url.host_str().filter(|name| !name.is_empty()).ok_or("it names no bucket")?;
    let mut bucket = Bucket {
        name: name.to_owned(),
        prefix: url.path().trim_matches('/').to_owned(),
        region: None,
        endpoint: None,
    };
    for (name, value) in url.query_pairs() {
        match &*name {
            "region" if !value.is_empty() => bucket.region = Some(value.into_owned()),
            "endpoint" if is_server(&value) => bucket.endpoint = Some(value.into_owned()),
            "endpoint" => return Err(no_server(&value)),
            other => return Err(format!("the parameter `{other}` means nothing, or says nothing")),
        }
    }
    Ok(bucket)
}

fn is_server(text: &str) -> bool {
    let server = Url::parse(text).ok();
    server.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty())
}

fn no_server(endpoint: &str) -> String {
    format!("the endpoint `{endpoint}` is no http or https address")
}

/// The credentials of a bucket. Secrets are never printed.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) key_id: String,
    pub(crate) secret: Secret,
    pub(crate) session_token: Option<Secret>,
}

impl Credentials {
    /// An access key; a temporary one comes with a session token.
    pub fn new(key_id: String, secret: String, session_token: Option<String>) -> Self {
        Self { key_id, secret: secret.into(), session_token: session_token.map(Secret::from) }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}, …)", self.key_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(prefix: &str, region: Option<&str>, endpoint: Option<&str>) -> Location {
        let (region, endpoint) = (region.map(str::to_owned), endpoint.map(str::to_owned));
        Location::Bucket(Bucket { name: "files".into(), prefix: prefix.into(), region, endpoint })
    }

    #[test]
    fn a_folder_and_a_bucket_are_named_by_url() {
        for (text, location) in [
            ("file:///srv/my%20objects", Location::Folder("/srv/my objects".into())),
            ("file://localhost/srv/objects/", Location::Folder("/srv/objects/".into())),
            ("s3://files", bucket("", None, None)),
            ("s3://files/", bucket("", None, None)),
            ("s3://files/a/b/?region=eu-central-1", bucket("a/b", Some("eu-central-1"), None)),
            (
                "s3://files?endpoint=http://127.0.0.1:9000&region=x",
                bucket("", Some("x"), Some("http://127.0.0.1:9000")),
            ),
            ("s3://files/p?endpoint=https%3A%2F%2Fs3.example", bucket("p", None, Some("https://s3.example"))),
        ] {
            assert_eq!(text.parse(), Ok(location), "{text}");
        }
    }

    #[test]
    fn what_names_neither_says_what_is_wrong_on_one_line() {
        for (text, why) in [
            ("", "it is no URL"),
            ("/srv/objects", "it is no URL"),
            ("gs://files", "gs is no store that is known"),
            ("file://srv/objects", "it names no folder of this machine"),
            ("file:///srv?region=x", "a folder has no parameters"),
            ("s3:///prefix", "it names no bucket"),
            ("s3://key:secret@files", "keys do not stand in it, but in AWS_ACCESS_KEY_ID"),
            ("s3://files:9000/p", "a server is named by the parameter endpoint"),
            ("s3://files?regoin=x", "the parameter `regoin` means nothing"),
            ("s3://files?region=", "the parameter `region` means nothing, or says nothing"),
            ("s3://files?endpoint=127.0.0.1", "the endpoint `127.0.0.1` is no http"),
            ("s3://files?endpoint=ftp://x", "the endpoint `ftp://x` is no http"),
            ("s3://files?endpoint=http://u:p@x", "is no http or https address"),
        ] {
            let fault = text.parse::<Location>().unwrap_err().to_string();
            assert!(fault.contains(why), "{text}: {fault}");
            assert!(
                !fault.contains('\n') && fault.contains("; write it like file:///srv/objects or s3://"),
                "{fault}"
            );
        }
    }

    #[test]
    fn what_a_url_does_not_say_of_a_bucket_is_said_elsewhere() {
        let or = |text: &str, region: Option<&str>, endpoint: Option<&str>| {
            let location: Location = text.parse().unwrap();
            location.or(region.map(str::to_owned), endpoint.map(str::to_owned))
        };
        let (region, endpoint) = (Some("eu-north-1"), Some("https://s3.example"));
        assert_eq!(or("s3://files", region, endpoint), Ok(bucket("", region, endpoint)));
        assert_eq!(or("s3://files", None, None), Ok(bucket("", None, None)));
        let whole = "s3://files?region=x&endpoint=http://y";
        assert_eq!(or(whole, region, endpoint), Ok(bucket("", Some("x"), Some("http://y"))));
        assert_eq!(or("file:///srv", region, endpoint), Ok(Location::Folder("/srv".into())));
        let fault = or("s3://files", None, Some("s3.example")).unwrap_err().to_string();
        assert!(fault.starts_with("the endpoint `s3.example` is no http or https address; "), "{fault}");
    }

    #[test]
    fn credentials_are_not_printed() {
        let credentials = Credentials::new("AKIA1".into(), "topsecret".into(), Some("alsosecret".into()));
        assert_eq!(format!("{credentials:?}"), "Credentials(AKIA1, …)");
    }
}
