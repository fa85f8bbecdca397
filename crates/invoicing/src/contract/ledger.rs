use chrono::{DateTime, TimeDelta, Utc};
use kernel::contract::{context, created_at};
use kernel::id::TeamId;
use kernel::money::Money;
use uuid::Uuid;

use super::good;
use crate::accounting::{
    CompanyId, ContractorId, CreatedInvoice, Event, Failure, FailureCode, InvoiceId, PayloadHash,
    RequestedInvoice, State,
};
use crate::ports::{Booked, InvoiceLedger, LedgerEntry, LedgerError, LookUps, PendingLookup, Report};

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
    suite.what_is_asked_changes_with_a_claim_alone().await;
    suite.several_are_found_at_once().await;
    suite.a_story_tells_what_became_of_an_invoice().await;
    suite.what_is_open_is_given_out_once_a_pause().await;
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

fn made(number: &str) -> CreatedInvoice {
    let total = Money::try_new(good("215.25".parse())).ok();
    CreatedInvoice {
        booked: Booked { wfirma_id: number.into(), number: "FV 22/2025".into(), total },
        at: at(1),
    }
}

/// What the suite's invoices ask for; those of another `says` differ in everything.
pub(super) fn asked(says: u8) -> RequestedInvoice {
    RequestedInvoice {
        payload: PayloadHash::new([says; 32]),
        contractor: good(ContractorId::try_new(&format!("15215832{says}"))),
        company: good(CompanyId::try_new(&says.to_string())),
        gross: good(Money::try_new(says.into())),
    }
}

fn claimed(minutes: i64) -> Event {
    Event::Claimed { at: at(minutes), lease: at(minutes + 1) }
}

impl Suite<'_> {
    async fn record(&self, number: u8, seen: Option<i64>, event: Event) -> Result<LedgerEntry, LedgerError> {
        self.record_of(number, seen, event, 1).await
    }

    /// The same of an invoice that says something of its own.
    async fn record_of(
        &self,
        number: u8,
        seen: Option<i64>,
        event: Event,
        says: u8,
    ) -> Result<LedgerEntry, LedgerError> {
        let report = Report { invoice: id(number), seen, event, asked: asked(says) };
        self.ledger.record(context(self.team, at(0)), report).await
    }

    async fn found(&self, number: u8) -> Option<LedgerEntry> {
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
                Event::Booked(CreatedInvoice { booked: bare.clone(), at: at(5) }),
                State::Created(CreatedInvoice { booked: bare, at: at(5) }),
            ),
        ];
        for (number, (event, state)) in (10..).zip(cases) {
            self.sent(number).await;
            let kept = good(self.record(number, Some(2), event).await);
            assert_eq!((kept.version, &kept.entry.state), (3, &state));
            assert_eq!(self.found(number).await, Some(kept), "{state:?} is found as it was recorded");
        }
    }

    async fn what_is_asked_changes_with_a_claim_alone(&self) {
        good(self.record_of(20, None, claimed(0), 1).await);
        let sending = good(self.record_of(20, Some(1), Event::Sending { lease: at(1) }, 2).await);
        assert_eq!(sending.entry.asked, asked(1));
        let failure = Failure::new(FailureCode::Validation, "faulty");
        good(self.record_of(20, Some(2), Event::Refused { lease: at(1), failure }, 2).await);
        let again = good(self.record_of(20, Some(3), claimed(2), 2).await);
        assert_eq!(again.entry.asked, asked(2));
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

    async fn a_story_tells_what_became_of_an_invoice(&self) {
        let story = good(self.ledger.story(self.team, id(1)).await);
        let Some(story) = story else { panic!("what is known has a story") };
        assert_eq!(Some(&story.kept), self.found(1).await.as_ref());
        let steps: Vec<_> = story.steps.iter().map(|step| (step.version, step.state.as_str())).collect();
        assert_eq!(steps, [(1, "intended"), (2, "in_flight"), (3, "created")]);
        for step in &story.steps {
            let who = (step.at, step.actor.as_str(), step.request_id.as_str());
            assert_eq!(who, (at(0), "system:contract", "contract"));
        }
        let last = story.steps.last().map(|step| &step.detail);
        assert_eq!(last, Some(&story.kept.entry.detail()));
        assert_eq!(good(self.ledger.story(self.team, id(99)).await), None);
    }

    /// The numbers of the suite's invoices that are given out at a moment, at most so many.
    async fn due(&self, minutes: i64, at_once: u32) -> Vec<u8> {
        let (shortest, longest) = (TimeDelta::minutes(10), TimeDelta::minutes(60));
        let due = good(
            self.ledger.due(at(minutes), LookUps { at_once, shortest, longest, patience: shortest }).await,
        );
        let mut numbers = Vec::new();
        for PendingLookup { team, invoice, kept } in due {
            assert_eq!(
                (team, Some(&kept)),
                (self.team, good(self.ledger.find(team, invoice).await).as_ref())
            );
            numbers.extend((0..=u8::MAX).find(|number| id(*number) == invoice));
        }
        numbers
    }

    async fn what_is_open_is_given_out_once_a_pause(&self) {
        // 12 and 13 are unknown since the minutes 3 and 4, 30 is in flight until 1
        self.sent(30).await;
        assert_eq!(self.due(0, 10).await, [0_u8; 0], "a lease runs");
        assert_eq!(self.due(4, 2).await, [30, 12], "those that have waited longest, no more than asked for");
        assert_eq!(self.due(4, 10).await, [13]);
        assert_eq!(self.due(13, 10).await, [0_u8; 0], "the shortest pause");
        assert_eq!(self.due(14, 10).await, [12, 13, 30], "of what is due at once the lower id comes first");
        assert_eq!(
            self.due(24, 10).await,
            [13],
            "a pause is as long as it has been open: 10 minutes by then"
        );
        assert_eq!(self.due(25, 10).await, [12], "and 11");
        good(self.record(12, Some(3), Event::Booked(made("12"))).await);
        good(self.record(13, Some(3), Event::Several { at: at(24) }).await);
        assert_eq!(self.due(25, 10).await, [13], "what was recorded anew begins anew");
        assert_eq!(self.due(500, 10).await, [30, 13]);
        assert_eq!(self.due(559, 10).await, [0_u8; 0], "the longest pause");
        assert_eq!(self.due(560, 10).await, [13, 30]);
    }

    async fn other_teams_know_nothing(&self, team: TeamId) {
        let others = Suite { ledger: self.ledger, team };
        assert_eq!(others.found(1).await, None);
        others.overtaken(1, Some(3), claimed(9)).await;
        assert_eq!(good(others.record(1, None, claimed(0)).await).version, 1, "an id is each team's own");
        assert_eq!(self.found(1).await.map(|kept| kept.version), Some(3));
    }
}
