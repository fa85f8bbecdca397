//! What a batch is answered with (seed 002, *Response Format*; contract, *gepard*).

use kernel::error::ErrorKind;

use super::{Batch, BatchEntry, ContractorId, CreatedInvoice, Failure, InvoiceId};

/// What became of an invoice of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was made for this request.
    Created(CreatedInvoice),
    /// It was made before.
    Existed(CreatedInvoice),
    /// It was not made, or is not known to be.
    Failed(Failure),
}

impl Outcome {
    /// Its word: `Created`, `Existed` or `Failed`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Created(_) => "Created",
            Self::Existed(_) => "Existed",
            Self::Failed(_) => "Failed",
        }
    }

    /// What becomes of the same invoice further down in the batch.
    pub fn repeated(&self) -> Self {
        match self {
            Self::Created(made) | Self::Existed(made) => Self::Existed(made.clone()),
            Self::Failed(failure) => Self::Failed(failure.clone()),
        }
    }
}

/// What is reported of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Its id.
    pub invoice: InvoiceId,
    /// Whom it is made out to.
    pub contractor: ContractorId,
    /// What became of it.
    pub outcome: Outcome,
}

/// How many invoices became what; they add up to `total`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub total: usize,
    /// Made for this request: the document's `successfulInvoices`.
    pub created: usize,
    /// Made before.
    pub existing: usize,
    /// Neither.
    pub failed: usize,
}

/// How a batch as a whole is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every invoice is there.
    Good,
    /// All failed for the one reason that has an answer of its own.
    Failed(ErrorKind, Failure),
    /// Some failed.
    Partial,
}

impl Verdict {
    /// Whether every invoice is there.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Good)
    }

    /// The kind of the failure, from which HTTP makes the status.
    pub const fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Good => None,
            Self::Failed(kind, _) => Some(*kind),
            Self::Partial => Some(ErrorKind::Invalid),
        }
    }

    /// The code and the message of the failure.
    pub fn error(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Good => None,
            Self::Failed(_, failure) => Some((failure.code.as_str(), &failure.message)),
            Self::Partial => Some(("BATCH_PROCESSING_ERROR", "Some invoices failed during processing")),
        }
    }
}

/// What a batch is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchAnswer {
    /// As a whole.
    pub verdict: Verdict,
    /// How many became what.
    pub counts: Counts,
    /// Each invoice, in the order of the request.
    pub results: Vec<Reported>,
}

impl BatchAnswer {
    /// The answer to a batch of which this became, in the order of the request.
    pub fn of(results: Vec<Reported>) -> Self {
        let mut counts = Counts { total: results.len(), ..Counts::default() };
        for result in &results {
            match result.outcome {
                Outcome::Created(_) => counts.created += 1,
                Outcome::Existed(_) => counts.existing += 1,
                Outcome::Failed(_) => counts.failed += 1,
            }
        }
        Self { verdict: verdict(&results), counts, results }
    }

    /// The answer to a batch that could not be begun.
    pub fn not_begun(batch: &Batch, failure: &Failure) -> Self {
        let failed = |entry: &BatchEntry| Reported {
            invoice: entry.invoice.id(),
            contractor: entry.invoice.contractor().clone(),
            outcome: Outcome::Failed(failure.clone()),
        };
        let answer = Self::of(batch.entries().iter().map(failed).collect());
        Self { verdict: Verdict::Failed(of_beginning(failure), failure.clone()), ..answer }
    }
}

fn verdict(results: &[Reported]) -> Verdict {
    let mut failures = results.iter().filter_map(|result| match &result.outcome {
        Outcome::Failed(failure) => Some(failure),
        Outcome::Created(_) | Outcome::Existed(_) => None,
    });
    let Some(first) = failures.next() else { return Verdict::Good };
    let alike = 1 + failures.filter(|failure| failure.code == first.code).count();
    match first.code.of_whole_batch() {
        Some(kind) if alike == results.len() => Verdict::Failed(kind, first.clone()),
        _ => Verdict::Partial,
    }
}

/// What a batch fails with as a whole, before any invoice was looked at.
const fn of_beginning(failure: &Failure) -> ErrorKind {
    match failure.code.of_whole_batch() {
        Some(kind) => kind,
        None => ErrorKind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::accounting::FailureCode;
    use crate::ports::Booked;

    fn made() -> CreatedInvoice {
        let booked = Booked { wfirma_id: "381321041".into(), number: "FV 22/2025".into(), total: None };
        CreatedInvoice { booked, at: DateTime::UNIX_EPOCH }
    }

    fn failed(code: FailureCode) -> Outcome {
        Outcome::Failed(Failure::new(code, format!("because of {}", code.as_str())))
    }

    fn answer(outcomes: Vec<Outcome>) -> BatchAnswer {
        let results = outcomes.into_iter().zip(1..).map(|(outcome, position)| Reported {
            invoice: format!("550e8400-e29b-41d4-a716-44665544000{position}").parse().unwrap(),
            contractor: ContractorId::try_new("152158328").unwrap(),
            outcome,
        });
        BatchAnswer::of(results.collect())
    }

    fn created() -> Outcome {
        Outcome::Created(made())
    }

    fn existed() -> Outcome {
        Outcome::Existed(made())
    }

    #[test]
    fn a_batch_without_failures_is_good_and_counted() {
        for (outcomes, created, existing) in [
            (vec![created()], 1, 0),
            (vec![existed()], 0, 1),
            // seed 002, *Success Response*
            (vec![created(), existed()], 1, 1),
        ] {
            let answer = answer(outcomes);
            assert_eq!(
                (&answer.verdict, answer.verdict.kind(), answer.verdict.error()),
                (&Verdict::Good, None, None)
            );
            assert!(answer.verdict.is_success());
            let expected = Counts { total: created + existing, created, existing, failed: 0 };
            assert_eq!(answer.counts, expected);
        }
    }

    #[test]
    fn a_batch_that_failed_for_one_reason_is_answered_with_it_if_it_has_an_answer_of_its_own() {
        use ErrorKind::{Forbidden, Invalid, NotFound, TooManyRequests, Unavailable};
        for (code, kind, told) in [
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
                let answer = answer(vec![failed(code); count]);
                assert_eq!(answer.verdict.kind(), Some(kind), "{code:?}");
                assert_eq!(answer.counts, Counts { total: count, failed: count, ..Counts::default() });
                let (found, message) = answer.verdict.error().unwrap();
                let expected = if told == "BATCH_PROCESSING_ERROR" {
                    "Some invoices failed during processing".to_owned()
                } else {
                    format!("because of {told}")
                };
                assert_eq!((found, message), (told, expected.as_str()));
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
            let answer = answer(outcomes.clone());
            assert_eq!(answer.verdict, Verdict::Partial, "{outcomes:?}");
            assert_eq!(answer.verdict.kind(), Some(ErrorKind::Invalid));
            let error = ("BATCH_PROCESSING_ERROR", "Some invoices failed during processing");
            assert_eq!(answer.verdict.error(), Some(error));
            let counts = answer.counts;
            assert_eq!(counts.created + counts.existing + counts.failed, outcomes.len());
        }
    }

    #[test]
    fn results_keep_the_order_of_the_request() {
        let answer = answer(vec![failed(FailureCode::Validation), created(), existed()]);
        let told: Vec<_> = answer
            .results
            .iter()
            .map(|result| (result.invoice.to_string(), result.outcome.as_str()))
            .collect();
        let expected = [(1, "Failed"), (2, "Created"), (3, "Existed")]
            .map(|(position, word)| (format!("550e8400-e29b-41d4-a716-44665544000{position}"), word));
        assert_eq!(told, expected);
    }

    #[test]
    fn a_repeated_invoice_existed_if_the_first_is_there_and_failed_if_it_failed() {
        assert_eq!(created().repeated(), existed());
        assert_eq!(existed().repeated(), existed());
        let failed = failed(FailureCode::Validation);
        assert_eq!(failed.repeated(), failed);
    }
}
