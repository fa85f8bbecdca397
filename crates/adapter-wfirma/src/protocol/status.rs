/// What wFirma says of a request as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It was done.
    Ok,
    /// There is no such object.
    NotFound,
    /// The keys may not.
    Denied,
    /// Too many requests, or too long ones.
    Limit,
    /// It does not work now.
    Outage,
    /// The company's books can't be used now; the service may well work for others.
    Locked,
    /// The keys are not good, or were not too often.
    Auth,
    /// What was sent is faulty; the record says where.
    Invalid,
    /// The request as we make it is wrong.
    Misasked,
    /// Something broke there; nobody knows what was done before.
    Fatal,
    /// A status nobody told us of.
    Unheard,
}

impl Status {
    /// What a status code means; codes are compared in any case.
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
            "INPUT ERROR" | "COMPANY ID REQUIRED" | "ACTION NOT FOUND" => Self::Misasked,
            "FATAL" => Self::Fatal,
            _ => Self::Unheard,
        }
    }

    /// Whether it says only that wFirma, or these keys, can't be used now, as a gateway before it can know too.
    pub(super) const fn claims_nothing(self) -> bool {
        matches!(self, Self::Limit | Self::Outage | Self::Locked | Self::Auth)
    }

    /// What an answer without a status inside means, by its HTTP status; nothing if that says nothing either.
    pub(super) const fn of_http(status: u16) -> Option<Self> {
        match status {
            401 => Some(Self::Auth),
            403 => Some(Self::Denied),
            429 => Some(Self::Limit),
            _ => None,
        }
    }
}
