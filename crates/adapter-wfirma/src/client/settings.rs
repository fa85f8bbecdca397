use std::time::Duration;

use url::Url;

/// How the client treats wFirma.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where wFirma is, such as `https://api2.wfirma.pl`.
    pub url: Url,
    /// The most calls in flight at once, of the whole process; at least 1.
    pub concurrency: usize,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long a call may take that makes something.
    pub write_timeout: Duration,
    /// How long one may take that reads: with its repetitions less than a request has (contract, *gepard*: 30 s).
    pub read_timeout: Duration,
    /// How often something is read at most, the first time included; at least 1. A write is never repeated.
    pub tries: u32,
    /// The shortest and the longest pause before something is read again.
    pub pauses: (Duration, Duration),
    /// After how many failures in a row the breaker opens; at least 1.
    pub failures: u32,
    /// How long it takes, while the breaker is open, until wFirma is asked again whether it is back.
    pub open_for: Duration,
}

impl Settings {
    /// The usual ones, for wFirma at an address.
    pub const fn new(url: Url) -> Self {
        Self {
            url,
            concurrency: 16,
            connect_timeout: Duration::from_secs(3),
            write_timeout: Duration::from_secs(15),
            read_timeout: Duration::from_secs(8),
            tries: 3,
            pauses: (Duration::from_millis(200), Duration::from_secs(3)),
            failures: 5,
            open_for: Duration::from_secs(10),
        }
    }
}
