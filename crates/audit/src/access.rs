//! The access log: what was called, by whom.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use kernel::id::TeamId;
use uuid::Uuid;

/// One call of a known caller, reads too (contract, *Everywhere*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRecord {
    /// The caller's team.
    pub team: TeamId,
    /// Which record.
    pub id: Uuid,
    /// When the request came.
    pub at: DateTime<Utc>,
    /// Who called: `user:…` or `api_key:…`.
    pub actor: String,
    /// The HTTP method.
    pub method: String,
    /// The route as it is documented, such as `/api/v1/departments/{departmentId}`.
    pub route: String,
    /// The path as it was sent, without the query: at most [`AccessRecord::MAX_PATH`] characters of it.
    pub path: String,
    /// The answer's HTTP status.
    pub status: u16,
    /// The request, as logs and the `X-Request-Id` header name it.
    pub request_id: String,
    /// Where the request came from, if the connection tells.
    pub address: Option<IpAddr>,
    /// What the answer took, in µs; `i32::MAX` is that or more (36 minutes).
    pub microseconds: i32,
}

impl AccessRecord {
    /// The most characters of a path that are kept.
    pub const MAX_PATH: usize = 1_024;
}
