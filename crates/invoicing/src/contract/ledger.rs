use chrono::{DateTime, TimeDelta, Utc};
use kernel::contract::{context, created_at};
use kernel::id::TeamId;
use kernel::money::Money;
use uuid::Uuid;

use super::good;
use crate::accounting::{
    CompanyId, ContractorId, CreatedInvoice, FailureCode, InvoiceEvent, InvoiceFailure, InvoiceId,
    InvoiceState, IssuedInvoice, LedgerEntry, PayloadHash, RequestedInvoice,
};
use crate::ports::{InvoiceLedger, LedgerError, LedgerUpdate, LookupSchedule, PendingLookup};

/// Invoices are known to their team alone, events of one are recorded in one order, and what does not fit is not recorded. The teams exist and have no invoices.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn invoice_ledger(ledger: &dyn InvoiceLedger, team: TeamId, other_team: TeamId) {
    let suite = Suite { ledger, team };
    suite.claimed_by_one().await;
    suite.created().await;
    suite.every_state_is_stored().await;
    suite.the_request_changes_with_a_claim_alone().await;
    suite.several_are_found_at_once().await;
    suite.the_history_shows_every_step().await;
    suite.an_open_invoice_is_given_out_once_an_interval().await;
    suite.other_teams_know_nothing(other_team).await;
}

struct Suite<'a> {
    ledger: &'a dyn InvoiceLedger,
    team: TeamId,
}

/// The id of an invoice of the suite.
pub(super) fn id(number: u8) -> InvoiceId {
    good(InvoiceId::try_new(Uuid::from_u128(0x4000_8000_0001_0000_0000 + u128::from(number))))
}

fn at(minutes: i64) -> DateTime<Utc> {
    created_at() + TimeDelta::minutes(minutes)
}

fn created_invoice(number: &str) -> CreatedInvoice {
    let total = Money::try_new(good("215.25".parse())).ok();
    CreatedInvoice {
        issued: IssuedInvoice { wfirma_id: number.into(), number: "FV 22/2025".into(), total },
        at: at(1),
    }
}

/// The request of one of the suite's invoices; those of other variants differ in everything.
fn requested(variant: u8) -> RequestedInvoice {
    RequestedInvoice {
        payload: PayloadHash::new([variant; 32]),
        contractor: good(ContractorId::try_new(&format!("15215832{variant}"))),
        company: good(CompanyId::try_new(&variant.to_string())),
        gross: good(Money::try_new(variant.into())),
    }
}

fn claimed(minutes: i64) -> InvoiceEvent {
    InvoiceEvent::Claimed { at: at(minutes), lease: at(minutes + 1) }
}

impl Suite<'_> {
    async fn record(
        &self,
        number: u8,
        expected_version: Option<i64>,
        event: InvoiceEvent,
    ) -> Result<LedgerEntry, LedgerError> {
        self.record_of(number, expected_version, event, 1).await
    }

    /// Records an event of an invoice with other content.
    async fn record_of(
        &self,
        number: u8,
        expected_version: Option<i64>,
        event: InvoiceEvent,
        variant: u8,
    ) -> Result<LedgerEntry, LedgerError> {
        let update =
            LedgerUpdate { invoice: id(number), expected_version, event, requested: requested(variant) };
        self.ledger.record(context(self.team, at(0)), update).await
    }

    async fn found(&self, number: u8) -> Option<LedgerEntry> {
        good(self.ledger.find(self.team, id(number)).await)
    }

    async fn overtaken(&self, number: u8, expected_version: Option<i64>, event: InvoiceEvent) {
        let before = self.found(number).await;
        let refused = self.record(number, expected_version, event).await;
        assert!(matches!(refused, Err(LedgerError::Overtaken)), "{refused:?}");
        assert_eq!(self.found(number).await, before, "what is refused leaves nothing behind");
    }

    async fn claimed_by_one(&self) {
        assert_eq!(self.found(1).await, None);
        self.overtaken(1, Some(1), claimed(0)).await;
        let entry = good(self.record(1, None, claimed(0)).await);
        let state = InvoiceState::Intended { lease: Some(at(1)) };
        assert_eq!((entry.version, &entry.state), (1, &state));
        assert_eq!(self.found(1).await, Some(entry), "what was recorded is there");
        self.overtaken(1, None, claimed(0)).await;
        // a lease runs
        self.overtaken(1, Some(1), claimed(0)).await;
    }

    async fn created(&self) {
        self.overtaken(1, Some(2), InvoiceEvent::Sending { lease: at(1) }).await;
        self.overtaken(1, Some(1), InvoiceEvent::Sending { lease: at(2) }).await;
        let sending = good(self.record(1, Some(1), InvoiceEvent::Sending { lease: at(1) }).await);
        assert_eq!((sending.version, sending.state), (2, InvoiceState::InFlight { lease: at(1) }));
        self.overtaken(1, Some(1), InvoiceEvent::Created(created_invoice("381321041"))).await;
        let created =
            good(self.record(1, Some(2), InvoiceEvent::Created(created_invoice("381321041"))).await);
        assert_eq!(
            (created.version, &created.state),
            (3, &InvoiceState::Created(created_invoice("381321041")))
        );
        assert_eq!(self.found(1).await, Some(created));
        self.overtaken(1, Some(3), InvoiceEvent::Created(created_invoice("381321042"))).await;
        self.overtaken(1, Some(3), claimed(9)).await;
    }

    /// An invoice that is being sent.
    async fn sent(&self, number: u8) {
        good(self.record(number, None, claimed(0)).await);
        good(self.record(number, Some(1), InvoiceEvent::Sending { lease: at(1) }).await);
    }

    async fn every_state_is_stored(&self) {
        let lease = at(1);
        let failure =
            InvoiceFailure::new(FailureCode::Validation, "contractor.name: Pole nie może być puste.");
        let bare = IssuedInvoice { total: None, ..created_invoice("1").issued };
        let cases = [
            (InvoiceEvent::NotSent { lease }, InvoiceState::Intended { lease: None }),
            (InvoiceEvent::Refused { lease, failure: failure.clone() }, InvoiceState::Failed(failure)),
            (
                InvoiceEvent::Lost { lease, last_send: at(3) },
                InvoiceState::Unknown { last_send: at(3), several: false },
            ),
            (InvoiceEvent::Several { at: at(4) }, InvoiceState::Unknown { last_send: at(4), several: true }),
            (
                InvoiceEvent::Created(CreatedInvoice { issued: bare.clone(), at: at(5) }),
                InvoiceState::Created(CreatedInvoice { issued: bare, at: at(5) }),
            ),
        ];
        for (number, (event, state)) in (10..).zip(cases) {
            self.sent(number).await;
            let entry = good(self.record(number, Some(2), event).await);
            assert_eq!((entry.version, &entry.state), (3, &state));
            assert_eq!(self.found(number).await, Some(entry), "{state:?} is found as it was recorded");
        }
    }

    async fn the_request_changes_with_a_claim_alone(&self) {
        good(self.record_of(20, None, claimed(0), 1).await);
        let sending = good(self.record_of(20, Some(1), InvoiceEvent::Sending { lease: at(1) }, 2).await);
        assert_eq!(sending.requested, requested(1));
        let failure = InvoiceFailure::new(FailureCode::Validation, "faulty");
        good(self.record_of(20, Some(2), InvoiceEvent::Refused { lease: at(1), failure }, 2).await);
        let again = good(self.record_of(20, Some(3), claimed(2), 2).await);
        assert_eq!(again.requested, requested(2));
        assert_eq!(self.found(20).await, Some(again));
    }

    async fn several_are_found_at_once(&self) {
        let found = good(self.ledger.find_all(self.team, vec![id(1), id(99), id(20)]).await);
        assert_eq!(found.len(), 2, "what is not known is left out");
        for number in [1, 20] {
            assert_eq!(found.get(&id(number)), self.found(number).await.as_ref());
        }
        assert_eq!(good(self.ledger.find_all(self.team, Vec::new()).await).len(), 0);
    }

    async fn the_history_shows_every_step(&self) {
        let history = good(self.ledger.history(self.team, id(1)).await);
        let Some(history) = history else { panic!("what is known has a history") };
        assert_eq!(Some(&history.entry), self.found(1).await.as_ref());
        let steps: Vec<_> = history.steps.iter().map(|step| (step.version, step.state.as_str())).collect();
        assert_eq!(steps, [(1, "intended"), (2, "in_flight"), (3, "created")]);
        for step in &history.steps {
            let who = (step.at, step.actor.as_str(), step.request_id.as_str());
            assert_eq!(who, (at(0), "system:contract", "contract"));
        }
        let last = history.steps.last().map(|step| &step.detail);
        assert_eq!(last, Some(&history.entry.detail()));
        assert_eq!(good(self.ledger.history(self.team, id(99)).await), None);
    }

    /// The numbers of the suite's invoices that are given out at a moment, at most so many.
    async fn due(&self, minutes: i64, batch_size: u32) -> Vec<u8> {
        let (min_interval, max_interval) = (TimeDelta::minutes(10), TimeDelta::minutes(60));
        let schedule = LookupSchedule { batch_size, min_interval, max_interval, timeout: min_interval };
        let mut numbers = Vec::new();
        for PendingLookup { team, entry } in good(self.ledger.due(at(minutes), schedule).await) {
            let stored = good(self.ledger.find(team, entry.id).await);
            assert_eq!((team, Some(&entry)), (self.team, stored.as_ref()));
            numbers.extend((0..=u8::MAX).find(|number| id(*number) == entry.id));
        }
        numbers
    }

    async fn an_open_invoice_is_given_out_once_an_interval(&self) {
        // 12 and 13 are unknown since the minutes 3 and 4, 30 is in flight until 1
        self.sent(30).await;
        assert_eq!(self.due(0, 10).await, [0_u8; 0], "a lease runs");
        assert_eq!(self.due(4, 2).await, [30, 12], "those that have waited longest, no more than asked for");
        assert_eq!(self.due(4, 10).await, [13]);
        assert_eq!(self.due(13, 10).await, [0_u8; 0], "the shortest interval");
        assert_eq!(self.due(14, 10).await, [12, 13, 30], "of what is due at once the lower id comes first");
        assert_eq!(
            self.due(24, 10).await,
            [13],
            "an interval is as long as it has been open: 10 minutes by then"
        );
        assert_eq!(self.due(25, 10).await, [12], "and 11");
        good(self.record(12, Some(3), InvoiceEvent::Created(created_invoice("12"))).await);
        good(self.record(13, Some(3), InvoiceEvent::Several { at: at(24) }).await);
        assert_eq!(self.due(25, 10).await, [13], "what was recorded anew begins anew");
        assert_eq!(self.due(500, 10).await, [30, 13]);
        assert_eq!(self.due(559, 10).await, [0_u8; 0], "the longest interval");
        assert_eq!(self.due(560, 10).await, [13, 30]);
    }

    async fn other_teams_know_nothing(&self, team: TeamId) {
        let others = Suite { ledger: self.ledger, team };
        assert_eq!(others.found(1).await, None);
        others.overtaken(1, Some(3), claimed(9)).await;
        assert_eq!(good(others.record(1, None, claimed(0)).await).version, 1, "an id is each team's own");
        assert_eq!(self.found(1).await.map(|entry| entry.version), Some(3));
    }
}
