//! The access log: who called what.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use kernel::id::TeamId;
use uuid::Uuid;

/// One call by a known caller, reads included (`docs/spec/common.md`, "Access log").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRecord {
    pub team: TeamId,
    pub id: Uuid,
    /// When the request arrived.
    pub at: DateTime<Utc>,
    /// `user:…` or `api_key:…`.
    pub actor: String,
    /// The HTTP method.
    pub method: String,
    /// The documented route, such as `/api/v1/departments/{departmentId}`.
    pub route: String,
    /// The path without the query, cut to [`AccessRecord::MAX_PATH`] characters.
    pub path: String,
    /// The response's HTTP status.
    pub status: u16,
    /// As in logs and in the `X-Request-Id` header.
    pub request_id: String,
    /// The client's address, if known.
    pub address: Option<IpAddr>,
    /// The time until the response, in µs; `i32::MAX` is that or more (36 minutes).
    pub microseconds: i32,
}

impl AccessRecord {
    /// The most characters of a path.
    pub const MAX_PATH: usize = 1_024;
}
