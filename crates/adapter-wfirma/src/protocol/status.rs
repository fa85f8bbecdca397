/// wFirma's status of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    NotFound,
    /// The keys lack the permission.
    Denied,
    /// Too many requests, or too much execution time.
    Limit,
    /// wFirma is down.
    Outage,
    /// The company is locked; the service may work for others.
    Locked,
    /// The keys are invalid, or were too often.
    Auth,
    /// The record is invalid; its errors say where.
    Invalid,
    /// The request itself is wrong: a fault of this adapter.
    BadRequest,
    /// wFirma failed; what it did before is unknown.
    Fatal,
    /// An undocumented status.
    Unknown,
}

impl Status {
    /// Reads a status code, in any case.
    pub(crate) fn of(code: &str) -> Self {
        match code.trim().to_ascii_uppercase().as_str() {
            "OK" => Self::Ok,
            "NOT FOUND" => Self::NotFound,
            "ACCESS DENIED" | "DENIED SCOPE REQUESTED" => Self::Denied,
            "TOTAL REQUESTS LIMIT EXCEEDED" | "TOTAL EXECUTION TIME LIMIT EXCEEDED" => Self::Limit,
            "OUT OF SERVICE" => Self::Outage,
            "SNAPSHOT LOCK" => Self::Locked,
            "AUTH" | "AUTH FAILED LIMIT WAIT 5 MINUTES" => Self::Auth,
            "ERROR" => Self::Invalid,
            "INPUT ERROR" | "COMPANY ID REQUIRED" | "ACTION NOT FOUND" => Self::BadRequest,
            "FATAL" => Self::Fatal,
            _ => Self::Unknown,
        }
    }

    /// Whether it only says that wFirma, or these keys, can't be used now, which a gateway before it can know too.
    pub(super) const fn is_only_unavailable(self) -> bool {
        matches!(self, Self::Limit | Self::Outage | Self::Locked | Self::Auth)
    }

    /// The status of a response that has none inside, by its HTTP status; `None` if that says nothing either.
    pub(super) const fn of_http(status: u16) -> Option<Self> {
        match status {
            401 => Some(Self::Auth),
            403 => Some(Self::Denied),
            429 => Some(Self::Limit),
            _ => None,
        }
    }
}
