//! What is to be done for an invoice that is requested (again), and after it was looked up.

use chrono::{DateTime, TimeDelta, Utc};

use super::{CreatedInvoice, InvoiceState, IssuedInvoice, LedgerEntry, PayloadHash, RequestedInvoice};

/// How long after an invoice may have been sent it may be created and not be found yet: the bound within which none is
/// created twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewayDelays {
    /// The longest call that creates an invoice.
    pub call: TimeDelta,
    /// The longest time until the accounting system finds a new invoice (`WFIRMA_VISIBILITY`).
    pub visibility: TimeDelta,
}

/// What is to be done for an invoice that is requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Claim it and send it.
    SendNow,
    AnswerExisted(CreatedInvoice),
    /// Look it up, then call [`LedgerEntry::after_lookup`].
    LookUpFirst,
    /// Somebody else is sending it: wait for the outcome, at most until the lease ends.
    Wait {
        until: DateTime<Utc>,
    },
    /// Answer that the id belongs to an invoice with other content.
    Conflict,
    /// It may exist in another company, where this connection can't look it up: answer so.
    OtherCompany,
}

/// The invoices that the accounting system has of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupResult {
    /// None, so far.
    Nothing,
    One(IssuedInvoice),
    /// More than one: somebody has to look at them, and none may be created.
    Several(Vec<IssuedInvoice>),
}

/// What is to be done after a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupDecision {
    /// It exists: record [`InvoiceEvent::Created`](super::InvoiceEvent::Created), and decide again.
    Settle(IssuedInvoice),
    /// There are several: record [`InvoiceEvent::Several`](super::InvoiceEvent::Several), and answer that the outcome is
    /// unknown.
    Flag(Vec<IssuedInvoice>),
    /// Nothing is found, which proves nothing yet: answer that the outcome is unknown.
    OutcomeUnknown {
        /// The moment from which a look-up that finds nothing proves that nothing was created; `None` if never, because
        /// several were found once.
        until: Option<DateTime<Utc>>,
    },
    /// Nothing was created: claim it and send it once more.
    SendAgain,
    /// It is settled already: decide again.
    DecideAgain,
}

impl Decision {
    /// Decides for an invoice that is requested now.
    pub fn of(stored: Option<&LedgerEntry>, requested: &RequestedInvoice, now: DateTime<Utc>) -> Self {
        let Some(entry) = stored else { return Self::SendNow };
        match Self::by_state(entry, requested.payload, now) {
            Self::LookUpFirst if entry.requested.company == requested.company => Self::LookUpFirst,
            Self::LookUpFirst if entry.is_open() => Self::OtherCompany,
            // what failed there may be created here, and a look-up there would prove nothing here
            Self::LookUpFirst => Self::SendNow,
            decision => decision,
        }
    }

    fn by_state(entry: &LedgerEntry, payload: PayloadHash, now: DateTime<Utc>) -> Self {
        let same = entry.requested.payload == payload;
        match &entry.state {
            InvoiceState::Intended { lease: Some(until) } | InvoiceState::InFlight { lease: until }
                if same && now < *until =>
            {
                Self::Wait { until: *until }
            }
            InvoiceState::Intended { lease: Some(until) } if now < *until => Self::Conflict,
            // nothing was sent, so the content may change
            InvoiceState::Intended { .. } => Self::SendNow,
            InvoiceState::Failed(failure) if failure.code.is_rejection() => Self::SendNow,
            InvoiceState::Failed(_) => Self::LookUpFirst,
            _ if !same => Self::Conflict,
            InvoiceState::Created(created) => Self::AnswerExisted(created.clone()),
            InvoiceState::InFlight { .. } | InvoiceState::Unknown { .. } => Self::LookUpFirst,
        }
    }
}

impl LedgerEntry {
    /// Decides after a look-up that was begun at `looked_up_at`.
    pub fn after_lookup(
        &self,
        found: LookupResult,
        looked_up_at: DateTime<Utc>,
        delays: GatewayDelays,
    ) -> LookupDecision {
        if matches!(self.state, InvoiceState::Created(_)) {
            return LookupDecision::DecideAgain;
        }
        match found {
            LookupResult::One(issued) => LookupDecision::Settle(issued),
            LookupResult::Several(_) if matches!(self.state, InvoiceState::Unknown { several: true, .. }) => {
                LookupDecision::OutcomeUnknown { until: None }
            }
            LookupResult::Several(found) => LookupDecision::Flag(found),
            LookupResult::Nothing => self.after_nothing(looked_up_at, delays),
        }
    }

    fn after_nothing(&self, looked_up_at: DateTime<Utc>, delays: GatewayDelays) -> LookupDecision {
        let visible = match &self.state {
            InvoiceState::Unknown { several: true, .. } => {
                return LookupDecision::OutcomeUnknown { until: None };
            }
            InvoiceState::Unknown { last_send, .. } => last_send.checked_add_signed(delays.visibility),
            // nobody has heard how the call ended that was begun by then
            InvoiceState::InFlight { lease } => lease
                .checked_add_signed(delays.call)
                .and_then(|ended| ended.checked_add_signed(delays.visibility)),
            InvoiceState::Failed(_) => return LookupDecision::SendAgain,
            InvoiceState::Intended { .. } | InvoiceState::Created(_) => return LookupDecision::DecideAgain,
        };
        // past the calendar's end is never
        match visible {
            Some(until) if looked_up_at >= until => LookupDecision::SendAgain,
            until => LookupDecision::OutcomeUnknown { until },
        }
    }
}
