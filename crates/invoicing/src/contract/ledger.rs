use chrono::{DateTime, TimeDelta, Utc};
use kernel::contract::{context, created_at};
use kernel::id::TeamId;
use kernel::money::Money;
use uuid::Uuid;

use super::good;
use crate::accounting::{
    ContractorId, Entry, Event, Failure, FailureCode, InvoiceId, Made, PayloadHash, State,
};
use crate::ports::{Booked, InvoiceLedger, Kept, LedgerError, Report};

/// Invoices are known to their team alone, what happens to one is recorded in one order, and what does not fit is not
/// recorded. The teams exist and have no invoices.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn invoice_ledger(ledger: &dyn InvoiceLedger, team: TeamId, other_team: TeamId) {
    let suite = Suite { ledger, team };
    suite.claimed_by_one().await;
    suite.made().await;
    suite.every_state_is_kept().await;
    suite.what_it_says_changes_with_a_claim_alone().await;
    suite.other_teams_know_nothing(other_team).await;
}

struct Suite<'a> {
    ledger: &'a dyn InvoiceLedger,
    team: TeamId,
}

/// The id of an invoice of the suite.
fn id(number: u8) -> InvoiceId {
    good(InvoiceId::try_new(Uuid::from_u128(0x4000_8000_0001_0000_0000 + u128::from(number))))
}

fn at(minutes: i64) -> DateTime<Utc> {
    created_at() + TimeDelta::minutes(minutes)
}

fn made(number: &str) -> Made {
    let total = Money::try_new(good("215.25".parse())).ok();
    Made { booked: Booked { wfirma_id: number.into(), number: "FV 22/2025".into(), total }, at: at(1) }
}

fn claimed(minutes: i64) -> Event {
    Event::Claimed { at: at(minutes), lease: at(minutes + 1) }
}

impl Suite<'_> {
    async fn record(&self, number: u8, seen: Option<i64>, event: Event) -> Result<Kept, LedgerError> {
        self.record_of(number, seen, event, 1).await
    }

    /// The same of an invoice that says something of its own.
    async fn record_of(
        &self,
        number: u8,
        seen: Option<i64>,
        event: Event,
        payload: u8,
    ) -> Result<Kept, LedgerError> {
        let contractor = good(ContractorId::try_new(&format!("15215832{payload}")));
        let payload = PayloadHash::new([payload; 32]);
        let report = Report { invoice: id(number), seen, event, payload, contractor };
        self.ledger.record(context(self.team, at(0)), report).await
    }

    async fn found(&self, number: u8) -> Option<Kept> {
        good(self.ledger.find(self.team, id(number)).await)
    }

    async fn overtaken(&self, number: u8, seen: Option<i64>, event: Event) {
        let before = self.found(number).await;
        let refused = self.record(number, seen, event).await;
        assert!(matches!(refused, Err(LedgerError::Overtaken)), "{refused:?}");
        assert_eq!(self.found(number).await, before, "what is refused leaves nothing behind");
    }

    async fn claimed_by_one(&self) {
        assert_eq!(self.found(1).await, None);
        self.overtaken(1, Some(1), claimed(0)).await;
        let kept = good(self.record(1, None, claimed(0)).await);
        let state = State::Intended { lease: Some(at(1)) };
        assert_eq!((kept.version, &kept.entry.state), (1, &state));
        assert_eq!(self.found(1).await, Some(kept), "what was recorded is there");
        self.overtaken(1, None, claimed(0)).await;
        // a lease runs
        self.overtaken(1, Some(1), claimed(0)).await;
    }

    async fn made(&self) {
        self.overtaken(1, Some(2), Event::Sending { lease: at(1) }).await;
        self.overtaken(1, Some(1), Event::Sending { lease: at(2) }).await;
        let sending = good(self.record(1, Some(1), Event::Sending { lease: at(1) }).await);
        assert_eq!((sending.version, sending.entry.state), (2, State::InFlight { lease: at(1) }));
        self.overtaken(1, Some(1), Event::Booked(made("381321041"))).await;
        let booked = good(self.record(1, Some(2), Event::Booked(made("381321041"))).await);
        assert_eq!((booked.version, &booked.entry.state), (3, &State::Created(made("381321041"))));
        assert_eq!(self.found(1).await, Some(booked));
        self.overtaken(1, Some(3), Event::Booked(made("381321042"))).await;
        self.overtaken(1, Some(3), claimed(9)).await;
    }

    /// An invoice that is being sent.
    async fn sent(&self, number: u8) {
        good(self.record(number, None, claimed(0)).await);
        good(self.record(number, Some(1), Event::Sending { lease: at(1) }).await);
    }

    async fn every_state_is_kept(&self) {
        let lease = at(1);
        let failure = Failure::new(FailureCode::Validation, "contractor.name: Pole nie może być puste.");
        let bare = Booked { total: None, ..made("1").booked };
        let cases = [
            (Event::NotSent { lease }, State::Intended { lease: None }),
            (Event::Refused { lease, failure: failure.clone() }, State::Failed(failure)),
            (Event::Lost { lease, last_send: at(3) }, State::Unknown { last_send: at(3), several: false }),
            (Event::Several { at: at(4) }, State::Unknown { last_send: at(4), several: true }),
            (
                Event::Booked(Made { booked: bare.clone(), at: at(5) }),
                State::Created(Made { booked: bare, at: at(5) }),
            ),
        ];
        for (number, (event, state)) in (10..).zip(cases) {
            self.sent(number).await;
            let kept = good(self.record(number, Some(2), event).await);
            assert_eq!((kept.version, &kept.entry.state), (3, &state));
            assert_eq!(self.found(number).await, Some(kept), "{state:?} is found as it was recorded");
        }
    }

    async fn what_it_says_changes_with_a_claim_alone(&self) {
        good(self.record_of(20, None, claimed(0), 1).await);
        let sending = good(self.record_of(20, Some(1), Event::Sending { lease: at(1) }, 2).await);
        assert_eq!(says(&sending), (1, "152158321".into()));
        let failure = Failure::new(FailureCode::Validation, "faulty");
        good(self.record_of(20, Some(2), Event::Refused { lease: at(1), failure }, 2).await);
        let again = good(self.record_of(20, Some(3), claimed(2), 2).await);
        assert_eq!(says(&again), (2, "152158322".into()));
        assert_eq!(self.found(20).await, Some(again));
    }

    async fn other_teams_know_nothing(&self, team: TeamId) {
        let others = Suite { ledger: self.ledger, team };
        assert_eq!(others.found(1).await, None);
        others.overtaken(1, Some(3), claimed(9)).await;
        assert_eq!(good(others.record(1, None, claimed(0)).await).version, 1, "an id is each team's own");
        assert_eq!(self.found(1).await.map(|kept| kept.version), Some(3));
    }
}

/// The first byte of what an invoice says, and for whom it is.
fn says(Kept { entry: Entry { payload, .. }, contractor, .. }: &Kept) -> (u8, String) {
    (payload.bytes().first().copied().unwrap_or_default(), contractor.as_str().to_owned())
}
