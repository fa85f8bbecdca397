//! The result of a batch (`docs/spec/gepard.md`, "Results").

use kernel::error::ErrorKind;

use super::{Batch, BatchEntry, ContractorId, CreatedInvoice, InvoiceFailure, InvoiceId};

/// What became of an invoice of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceOutcome {
    /// It was created for this request.
    Created(CreatedInvoice),
    /// It was created before.
    Existed(CreatedInvoice),
    /// It was not created, or is not known to be.
    Failed(InvoiceFailure),
}

impl InvoiceOutcome {
    /// `Created`, `Existed` or `Failed`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Created(_) => "Created",
            Self::Existed(_) => "Existed",
            Self::Failed(_) => "Failed",
        }
    }

    /// The outcome of the same invoice further down in the batch.
    pub fn repeated(&self) -> Self {
        match self {
            Self::Created(created) | Self::Existed(created) => Self::Existed(created.clone()),
            Self::Failed(failure) => Self::Failed(failure.clone()),
        }
    }
}

/// The result of one invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceResult {
    pub invoice: InvoiceId,
    pub contractor: ContractorId,
    pub outcome: InvoiceOutcome,
}

/// Numbers of invoices by outcome; they add up to `total`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub total: usize,
    pub created: usize,
    pub existing: usize,
    pub failed: usize,
}

/// The result of a batch as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchVerdict {
    /// Every invoice exists.
    Succeeded,
    /// All failed for the one reason that has a status of its own.
    Failed(ErrorKind, InvoiceFailure),
    /// Some failed.
    Partial,
}

impl BatchVerdict {
    /// Whether every invoice exists.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded)
    }

    /// The kind of the failure, from which HTTP derives the status.
    pub const fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Succeeded => None,
            Self::Failed(kind, _) => Some(*kind),
            Self::Partial => Some(ErrorKind::Invalid),
        }
    }

    /// The code and the message of the failure.
    pub fn error(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Succeeded => None,
            Self::Failed(_, failure) => Some((failure.code.as_str(), &failure.message)),
            Self::Partial => Some(("BATCH_PROCESSING_ERROR", "Some invoices failed during processing")),
        }
    }
}

/// The result of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchResult {
    pub verdict: BatchVerdict,
    pub counts: Counts,
    /// In the order of the request.
    pub results: Vec<InvoiceResult>,
}

impl BatchResult {
    /// Counts the results, which are in the order of the request, and judges the whole.
    pub fn of(results: Vec<InvoiceResult>) -> Self {
        let mut counts = Counts { total: results.len(), ..Counts::default() };
        for result in &results {
            match result.outcome {
                InvoiceOutcome::Created(_) => counts.created += 1,
                InvoiceOutcome::Existed(_) => counts.existing += 1,
                InvoiceOutcome::Failed(_) => counts.failed += 1,
            }
        }
        Self { verdict: verdict(&results), counts, results }
    }

    /// The result of a batch that could not be started: every invoice failed alike.
    pub fn not_started(batch: &Batch, failure: &InvoiceFailure) -> Self {
        let failed = |entry: &BatchEntry| InvoiceResult {
            invoice: entry.invoice.id(),
            contractor: entry.invoice.contractor().clone(),
            outcome: InvoiceOutcome::Failed(failure.clone()),
        };
        let result = Self::of(batch.entries().iter().map(failed).collect());
        let kind = failure.code.of_whole_batch().unwrap_or(ErrorKind::Internal);
        Self { verdict: BatchVerdict::Failed(kind, failure.clone()), ..result }
    }
}

fn verdict(results: &[InvoiceResult]) -> BatchVerdict {
    let mut failures = results.iter().filter_map(|result| match &result.outcome {
        InvoiceOutcome::Failed(failure) => Some(failure),
        InvoiceOutcome::Created(_) | InvoiceOutcome::Existed(_) => None,
    });
    let Some(first) = failures.next() else { return BatchVerdict::Succeeded };
    let same_code = 1 + failures.filter(|failure| failure.code == first.code).count();
    match first.code.of_whole_batch() {
        Some(kind) if same_code == results.len() => BatchVerdict::Failed(kind, first.clone()),
        _ => BatchVerdict::Partial,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::accounting::{FailureCode, IssuedInvoice};

    fn created_invoice() -> CreatedInvoice {
        let issued =
            IssuedInvoice { wfirma_id: "381321041".into(), number: "FV 22/2025".into(), total: None };
        CreatedInvoice { issued, at: DateTime::UNIX_EPOCH }
    }

    fn failed(code: FailureCode) -> InvoiceOutcome {
        InvoiceOutcome::Failed(InvoiceFailure::new(code, format!("because of {}", code.as_str())))
    }

    fn batch_result(outcomes: Vec<InvoiceOutcome>) -> BatchResult {
        let results = outcomes.into_iter().zip(1..).map(|(outcome, position)| InvoiceResult {
            invoice: format!("550e8400-e29b-41d4-a716-44665544000{position}").parse().unwrap(),
            contractor: ContractorId::try_new("152158328").unwrap(),
            outcome,
        });
        BatchResult::of(results.collect())
    }

    fn created() -> InvoiceOutcome {
        InvoiceOutcome::Created(created_invoice())
    }

    fn existed() -> InvoiceOutcome {
        InvoiceOutcome::Existed(created_invoice())
    }

    #[test]
    fn a_batch_without_failures_succeeds_and_is_counted() {
        for (outcomes, created, existing) in [
            (vec![created()], 1, 0),
            (vec![existed()], 0, 1),
            // docs/spec/gepard.md, "Results"
            (vec![created(), existed()], 1, 1),
        ] {
            let result = batch_result(outcomes);
            assert_eq!(
                (&result.verdict, result.verdict.kind(), result.verdict.error()),
                (&BatchVerdict::Succeeded, None, None)
            );
            assert!(result.verdict.is_success());
            let expected = Counts { total: created + existing, created, existing, failed: 0 };
            assert_eq!(result.counts, expected);
        }
    }

    #[test]
    fn a_batch_that_failed_for_one_reason_fails_with_it_if_that_has_a_status_of_its_own() {
        use ErrorKind::{Forbidden, Invalid, NotFound, TooManyRequests, Unavailable};
        for (code, kind, expected_code) in [
            (FailureCode::Validation, Invalid, "BATCH_PROCESSING_ERROR"),
            (FailureCode::KsefNotAuthorized, Invalid, "BATCH_PROCESSING_ERROR"),
            (FailureCode::ContractorNotFound, NotFound, "CONTRACTOR_NOT_FOUND"),
            (FailureCode::InsufficientPermissions, Forbidden, "INSUFFICIENT_PERMISSIONS"),
            (FailureCode::RateLimitExceeded, TooManyRequests, "RATE_LIMIT_EXCEEDED"),
            (FailureCode::ServiceUnavailable, Unavailable, "SERVICE_UNAVAILABLE"),
            (FailureCode::Internal, Invalid, "BATCH_PROCESSING_ERROR"),
            (FailureCode::OutcomeUnknown, Invalid, "BATCH_PROCESSING_ERROR"),
            (FailureCode::IdempotencyConflict, Invalid, "BATCH_PROCESSING_ERROR"),
        ] {
            for count in [1, 3] {
                let result = batch_result(vec![failed(code); count]);
                assert_eq!(result.verdict.kind(), Some(kind), "{code:?}");
                assert_eq!(result.counts, Counts { total: count, failed: count, ..Counts::default() });
                let (found, message) = result.verdict.error().unwrap();
                let expected = if expected_code == "BATCH_PROCESSING_ERROR" {
                    "Some invoices failed during processing".to_owned()
                } else {
                    format!("because of {expected_code}")
                };
                assert_eq!((found, message), (expected_code, expected.as_str()));
            }
        }
    }

    #[test]
    fn any_other_mix_with_a_failure_is_a_partial_one() {
        use FailureCode::{ContractorNotFound, RateLimitExceeded, ServiceUnavailable, Validation};
        for outcomes in [
            vec![existed(), failed(Validation)],
            vec![created(), failed(ContractorNotFound)],
            vec![failed(ServiceUnavailable), existed()],
            vec![failed(ServiceUnavailable), failed(RateLimitExceeded)],
            vec![failed(RateLimitExceeded), failed(RateLimitExceeded), failed(Validation)],
        ] {
            let result = batch_result(outcomes.clone());
            assert_eq!(result.verdict, BatchVerdict::Partial, "{outcomes:?}");
            assert_eq!(result.verdict.kind(), Some(ErrorKind::Invalid));
            let error = ("BATCH_PROCESSING_ERROR", "Some invoices failed during processing");
            assert_eq!(result.verdict.error(), Some(error));
            let counts = result.counts;
            assert_eq!(counts.created + counts.existing + counts.failed, outcomes.len());
        }
    }

    #[test]
    fn results_keep_the_order_of_the_request() {
        let result = batch_result(vec![failed(FailureCode::Validation), created(), existed()]);
        let found: Vec<_> = result
            .results
            .iter()
            .map(|result| (result.invoice.to_string(), result.outcome.as_str()))
            .collect();
        let expected = [(1, "Failed"), (2, "Created"), (3, "Existed")]
            .map(|(position, word)| (format!("550e8400-e29b-41d4-a716-44665544000{position}"), word));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_repeated_invoice_existed_if_the_first_is_there_and_failed_if_it_failed() {
        assert_eq!(created().repeated(), existed());
        assert_eq!(existed().repeated(), existed());
        let failed = failed(FailureCode::Validation);
        assert_eq!(failed.repeated(), failed);
    }
}
