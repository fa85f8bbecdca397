use std::borrow::Cow;

use kernel::error::ErrorKind;
use kernel::text::TextFault;

use super::ContractorId;

/// The code of the reason why an invoice was not created, or is not known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// The accounting system finds the invoice or its contractor faulty.
    Validation,
    /// The accounting system may not send invoices to the national e-invoice system (KSeF) yet.
    KsefNotAuthorized,
    /// The accounting system has no such contractor.
    ContractorNotFound,
    /// The connection's keys may not create invoices.
    InsufficientPermissions,
    /// The accounting system has received too many requests for now.
    RateLimitExceeded,
    /// The accounting system can't be reached, or does not work now.
    ServiceUnavailable,
    /// A fault of the service, or an unforeseen answer.
    Internal,
    /// The invoice may have been created or not; it will be looked up.
    OutcomeUnknown,
    /// The id belongs to an invoice with other content.
    IdempotencyConflict,
}

impl FailureCode {
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

    /// The code as callers see it, listed in `docs/API.md`.
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

    /// Finds a code by [`Self::as_str`].
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// Whether the accounting system rejected the invoice itself, so that it can't exist. After any other code the invoice
    /// is looked up before it is sent again (`docs/spec/accounting.md`, "Status codes").
    pub const fn is_rejection(self) -> bool {
        matches!(
            self,
            Self::Validation
                | Self::KsefNotAuthorized
                | Self::ContractorNotFound
                | Self::InsufficientPermissions
        )
    }

    /// Whether the same request may succeed a moment later.
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::RateLimitExceeded | Self::ServiceUnavailable)
    }

    /// The kind of a batch's failure, if the batch is answered with this code when all of its invoices failed with it.
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

/// Why an invoice was not created, in the documented words (`docs/spec/gepard.md`, "Failed invoices").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceFailure {
    pub code: FailureCode,
    pub message: Cow<'static, str>,
}

impl InvoiceFailure {
    /// The most characters of a message: a request of 500 faulty lines has more of them than anybody reads.
    pub const MAX_MESSAGE: usize = 4_000;

    /// A failure with a message of its own, cut to [`Self::MAX_MESSAGE`] characters. An empty one is replaced, and so is
    /// NUL, which PostgreSQL does not store.
    pub fn new(code: FailureCode, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        if message.trim().is_empty() {
            return Self::fixed(code, "The accounting system gave no reason");
        }
        let fits = message.chars().count() <= Self::MAX_MESSAGE && !message.contains('\0');
        if fits {
            return Self { code, message };
        }
        let letters = message.chars().map(|letter| if letter == '\0' { '\u{fffd}' } else { letter });
        let mut cut: String = letters.take(Self::MAX_MESSAGE).collect();
        if message.chars().count() > Self::MAX_MESSAGE {
            cut.pop();
            cut.push('…');
        }
        Self { code, message: cut.into() }
    }

    /// An item whose name no invoice can hold; items are counted from 1.
    pub fn faulty_name(item: usize, fault: &TextFault) -> Self {
        Self::new(FailureCode::Validation, format!("The name of item {item} {fault}"))
    }

    /// The accounting system has no such contractor.
    pub fn contractor_not_found(contractor: &ContractorId) -> Self {
        Self::new(FailureCode::ContractorNotFound, format!("Contractor with ID '{contractor}' was not found"))
    }

    /// The connection's keys may not create invoices.
    pub const fn insufficient_permissions() -> Self {
        Self::fixed(FailureCode::InsufficientPermissions, "Insufficient permissions to create invoice")
    }

    /// The accounting system has received too many requests for now.
    pub const fn rate_limit_exceeded() -> Self {
        Self::fixed(FailureCode::RateLimitExceeded, "Rate limit exceeded. Please try again later.")
    }

    /// wFirma does not work now.
    pub const fn service_unavailable() -> Self {
        Self::fixed(FailureCode::ServiceUnavailable, "wFirma service is temporarily unavailable")
    }

    /// A fault of the service, or an unforeseen answer.
    pub const fn internal() -> Self {
        Self::fixed(FailureCode::Internal, "An unexpected error occurred while processing the request")
    }

    /// The invoice may have been created or not.
    pub const fn outcome_unknown() -> Self {
        Self::fixed(
            FailureCode::OutcomeUnknown,
            "The invoice may have been created; it is looked up in wFirma, send it again later",
        )
    }

    /// The invoice may exist in the company that was connected before.
    pub const fn in_another_company() -> Self {
        Self::fixed(
            FailureCode::OutcomeUnknown,
            "The invoice may have been created in the wFirma company that was connected before; connect that one again \
             to have it looked up",
        )
    }

    /// No answer came, and a look-up proved that the invoice does not exist.
    pub const fn not_created() -> Self {
        Self::fixed(
            FailureCode::ServiceUnavailable,
            "wFirma gave no answer and has no such invoice: it was not created, send it again",
        )
    }

    /// The id belongs to an invoice with other content.
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
    fn a_message_can_be_stored_whatever_the_accounting_system_says() {
        let message =
            |text: &str| InvoiceFailure::new(FailureCode::Validation, text.to_owned()).message.into_owned();
        assert_eq!(
            message("contractor.name: Pole nie może być puste."),
            "contractor.name: Pole nie może być puste."
        );
        assert_eq!(message(" "), "The accounting system gave no reason");
        assert_eq!(message("a\0b"), "a\u{fffd}b");
        assert_eq!(
            message(&"ż".repeat(InvoiceFailure::MAX_MESSAGE)),
            "ż".repeat(InvoiceFailure::MAX_MESSAGE)
        );
        let long = message(&"ż".repeat(InvoiceFailure::MAX_MESSAGE + 1));
        assert!(long.chars().count() == InvoiceFailure::MAX_MESSAGE && long.ends_with("ż…"));
    }

    #[test]
    fn every_code_is_found_by_its_text() {
        for code in FailureCode::ALL {
            assert_eq!(FailureCode::of(code.as_str()), Some(code));
        }
        assert_eq!(FailureCode::of("CREATED"), None);
    }

    #[test]
    fn failures_have_the_documented_codes_and_words() {
        let contractor = ContractorId::try_new("12345").unwrap();
        // docs/spec/gepard.md, "Failed invoices"
        for (failure, code, message) in [
            (
                InvoiceFailure::contractor_not_found(&contractor),
                "CONTRACTOR_NOT_FOUND",
                "Contractor with ID '12345' was not found",
            ),
            (
                InvoiceFailure::insufficient_permissions(),
                "INSUFFICIENT_PERMISSIONS",
                "Insufficient permissions to create invoice",
            ),
            (
                InvoiceFailure::rate_limit_exceeded(),
                "RATE_LIMIT_EXCEEDED",
                "Rate limit exceeded. Please try again later.",
            ),
            (
                InvoiceFailure::service_unavailable(),
                "SERVICE_UNAVAILABLE",
                "wFirma service is temporarily unavailable",
            ),
            (
                InvoiceFailure::internal(),
                "INTERNAL_ERROR",
                "An unexpected error occurred while processing the request",
            ),
        ] {
            assert_eq!((failure.code.as_str(), failure.message.as_ref()), (code, message));
        }
    }
}
