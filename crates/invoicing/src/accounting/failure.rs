use std::borrow::Cow;

use kernel::error::ErrorKind;

use super::ContractorId;

/// Why an invoice was not made, or is not known to be, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// The accounting system finds the invoice or its contractor faulty.
    Validation,
    /// The accounting system may not send invoices to the national e-invoice system (KSeF) yet.
    KsefNotAuthorized,
    /// The accounting system has no such contractor.
    ContractorNotFound,
    /// The connection's keys may not do it.
    InsufficientPermissions,
    /// The accounting system has had too many requests for now.
    RateLimitExceeded,
    /// The accounting system can't be reached, or does not work now.
    ServiceUnavailable,
    /// Something that should never happen.
    Internal,
    /// The invoice may have been made or not; it will be looked up.
    OutcomeUnknown,
    /// The id stands for an invoice with other content.
    IdempotencyConflict,
}

impl FailureCode {
    /// Every code.
    pub const ALL: [Self; 9] = [
        Self::Validation,
        Self::KsefNotAuthorized,
        Self::ContractorNotFound,
        Self::InsufficientPermissions,
        Self::RateLimitExceeded,
        Self::ServiceUnavailable,
        Self::Internal,
        Self::OutcomeUnknown,
        Self::IdempotencyConflict,
    ];

    /// Its word: SCREAMING_SNAKE_CASE, listed in `docs/API.md`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Validation => "VALIDATION_ERROR",
            Self::KsefNotAuthorized => "KSEF_NOT_AUTHORIZED",
            Self::ContractorNotFound => "CONTRACTOR_NOT_FOUND",
            Self::InsufficientPermissions => "INSUFFICIENT_PERMISSIONS",
            Self::RateLimitExceeded => "RATE_LIMIT_EXCEEDED",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
            Self::Internal => "INTERNAL_ERROR",
            Self::OutcomeUnknown => "OUTCOME_UNKNOWN",
            Self::IdempotencyConflict => "IDEMPOTENCY_CONFLICT",
        }
    }

    /// The code of a word that was stored.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == word)
    }

    /// Whether the accounting system judged the invoice itself, so that nothing can have been made of it. After the
    /// others it is asked for the invoice before it is sent one again (wfirma.md: "a write only after a look-up").
    pub const fn is_verdict(self) -> bool {
        matches!(
            self,
            Self::Validation
                | Self::KsefNotAuthorized
                | Self::ContractorNotFound
                | Self::InsufficientPermissions
        )
    }

    /// Whether the accounting system did not do it now, and may do it a moment later.
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::RateLimitExceeded | Self::ServiceUnavailable)
    }

    /// The kind of a batch's failure, if all of its invoices failed so and the batch is then answered with this code.
    pub(super) const fn of_whole_batch(self) -> Option<ErrorKind> {
        match self {
            Self::ContractorNotFound => Some(ErrorKind::NotFound),
            Self::InsufficientPermissions => Some(ErrorKind::Forbidden),
            Self::RateLimitExceeded => Some(ErrorKind::TooManyRequests),
            Self::ServiceUnavailable => Some(ErrorKind::Unavailable),
            Self::Validation
            | Self::KsefNotAuthorized
            | Self::Internal
            | Self::OutcomeUnknown
            | Self::IdempotencyConflict => None,
        }
    }
}

/// Why an invoice was not made: for programs, and for people in the words of seed 002.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For programs.
    pub code: FailureCode,
    /// For people.
    pub message: Cow<'static, str>,
}

impl Failure {
    /// The most characters of a message: a request of 500 faulty lines has far more to say than anybody reads.
    pub const MOST: usize = 4_000;

    /// A failure with a message of its own, of which the first [`Failure::MOST`] characters are kept. What is empty, or no
    /// text that can be kept anywhere, is put into words.
    pub fn new(code: FailureCode, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        if message.trim().is_empty() {
            return Self::fixed(code, "The accounting system gave no reason");
        }
        let fits = message.chars().count() <= Self::MOST && !message.contains('\0');
        if fits {
            return Self { code, message };
        }
        let kept = message.chars().map(|letter| if letter == '\0' { '\u{fffd}' } else { letter });
        let mut kept: String = kept.take(Self::MOST).collect();
        if message.chars().count() > Self::MOST {
            kept.pop();
            kept.push('…');
        }
        Self { code, message: kept.into() }
    }

    /// The contractor is not known (seed 002, *Contractor Not Found*).
    pub fn contractor_not_found(contractor: &ContractorId) -> Self {
        Self::new(FailureCode::ContractorNotFound, format!("Contractor with ID '{contractor}' was not found"))
    }

    /// The keys may not (seed 002, *Insufficient Permissions*).
    pub const fn insufficient_permissions() -> Self {
        Self::fixed(FailureCode::InsufficientPermissions, "Insufficient permissions to create invoice")
    }

    /// Too many requests (seed 002, *Rate Limit Exceeded*).
    pub const fn rate_limit_exceeded() -> Self {
        Self::fixed(FailureCode::RateLimitExceeded, "Rate limit exceeded. Please try again later.")
    }

    /// wFirma does not work now (seed 002, *Service Unavailable*).
    pub const fn service_unavailable() -> Self {
        Self::fixed(FailureCode::ServiceUnavailable, "wFirma service is temporarily unavailable")
    }

    /// A fault of ours, or one nobody foresaw (seed 002, *Internal Server Error*).
    pub const fn internal() -> Self {
        Self::fixed(FailureCode::Internal, "An unexpected error occurred while processing the request")
    }

    /// The invoice may have been made or not.
    pub const fn outcome_unknown() -> Self {
        Self::fixed(
            FailureCode::OutcomeUnknown,
            "The invoice may have been created; it is looked up in wFirma, send it again later",
        )
    }

    /// It may stand in the books of the company that was connected before.
    pub const fn in_another_company() -> Self {
        Self::fixed(
            FailureCode::OutcomeUnknown,
            "The invoice may have been created in the wFirma company that was connected before; connect that one again \
             to have it looked up",
        )
    }

    /// Nobody answered, and it proved not to be there.
    pub const fn not_made() -> Self {
        Self::fixed(
            FailureCode::ServiceUnavailable,
            "wFirma gave no answer and has no such invoice: it was not created, send it again",
        )
    }

    /// The id stands for something else.
    pub const fn idempotency_conflict() -> Self {
        Self::fixed(
            FailureCode::IdempotencyConflict,
            "The invoice_id was already used for an invoice with other content",
        )
    }

    const fn fixed(code: FailureCode, message: &'static str) -> Self {
        Self { code, message: Cow::Borrowed(message) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_can_be_kept_whatever_the_accounting_system_says() {
        let message =
            |text: &str| Failure::new(FailureCode::Validation, text.to_owned()).message.into_owned();
        assert_eq!(
            message("contractor.name: Pole nie może być puste."),
            "contractor.name: Pole nie może być puste."
        );
        assert_eq!(message(" "), "The accounting system gave no reason");
        assert_eq!(message("a\0b"), "a\u{fffd}b");
        assert_eq!(message(&"ż".repeat(Failure::MOST)), "ż".repeat(Failure::MOST));
        let long = message(&"ż".repeat(Failure::MOST + 1));
        assert!(long.chars().count() == Failure::MOST && long.ends_with("ż…"));
    }

    #[test]
    fn every_code_is_read_back() {
        for code in FailureCode::ALL {
            assert_eq!(FailureCode::of(code.as_str()), Some(code));
        }
        assert_eq!(FailureCode::of("CREATED"), None);
    }

    #[test]
    fn failures_have_the_documented_codes_and_words() {
        let contractor = ContractorId::try_new("12345").unwrap();
        // seed 002, *Error Responses*
        for (failure, code, message) in [
            (
                Failure::contractor_not_found(&contractor),
                "CONTRACTOR_NOT_FOUND",
                "Contractor with ID '12345' was not found",
            ),
            (
                Failure::insufficient_permissions(),
                "INSUFFICIENT_PERMISSIONS",
                "Insufficient permissions to create invoice",
            ),
            (
                Failure::rate_limit_exceeded(),
                "RATE_LIMIT_EXCEEDED",
                "Rate limit exceeded. Please try again later.",
            ),
            (
                Failure::service_unavailable(),
                "SERVICE_UNAVAILABLE",
                "wFirma service is temporarily unavailable",
            ),
            (
                Failure::internal(),
                "INTERNAL_ERROR",
                "An unexpected error occurred while processing the request",
            ),
        ] {
            assert_eq!((failure.code.as_str(), failure.message.as_ref()), (code, message));
        }
    }
}
