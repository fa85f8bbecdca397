use std::time::Duration;

use url::Url;

/// The settings of a client.
#[derive(Debug, Clone)]
pub struct Settings {
    /// wFirma's address, such as `https://api2.wfirma.pl`.
    pub url: Url,
    /// The most calls in flight at once, of the whole process; at least 1.
    pub concurrency: usize,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a call that writes may take.
    pub write_timeout: Duration,
    /// How long a call that reads may take: with its retries less than the 30 s of a request.
    pub read_timeout: Duration,
    /// The most attempts of a read, at least 1. A write is never repeated.
    pub tries: u32,
    /// The shortest and the longest pause before a retry.
    pub pauses: (Duration, Duration),
    /// The failures in a row that open the circuit breaker; at least 1.
    pub failures: u32,
    /// The time between probes while the breaker is open.
    pub open_for: Duration,
}

impl Settings {
    /// The default settings, for wFirma at an address.
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
