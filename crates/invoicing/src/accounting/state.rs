//! What is stored of an invoice, what is to be done when it is asked for (again), and what becomes of it.
//!
//! An intent is stored before anything is sent. Whoever claims it has a lease, marks it in flight, and asks the
//! accounting system to make the invoice, never after the lease. A lease that has run out on the way leaves the outcome
//! unknown, as an answer that never came does: then the invoice is looked up, and sent again only when a look-up finds
//! nothing that long after the last possible send that any invoice would be found.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::money::{Money, MoneyFault};
use serde::Serialize;

use super::{AccountingConnection, AccountingInvoice, CompanyId, ContractorId, Failure, PayloadHash};
use crate::ports::{Booked, LookupResult};

/// What is stored of an invoice that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was asked for by whoever claimed it last.
    pub asked: RequestedInvoice,
    /// What became of it.
    pub state: State,
}

/// What is asked for when an invoice is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedInvoice {
    /// What it is to say.
    pub payload: PayloadHash,
    /// Whom it is made out to.
    pub contractor: ContractorId,
    /// The company in whose books it is to stand: only there it can be found.
    pub company: CompanyId,
    /// What it comes to with tax as we reckon it.
    pub gross: Money,
}

impl RequestedInvoice {
    /// What asking for an invoice over a connection asks for.
    ///
    /// # Errors
    /// None that [`AccountingInvoice::try_new`] lets through.
    pub fn of(
        invoice: &AccountingInvoice,
        payload: PayloadHash,
        connection: &AccountingConnection,
    ) -> Result<Self, MoneyFault> {
        Ok(Self {
            payload,
            contractor: invoice.contractor().clone(),
            company: connection.company.clone(),
            gross: invoice.totals(connection.prices)?.gross,
        })
    }
}

/// What became of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is to be made; nothing was sent. Until the lease ends, if there is one, somebody is about to send it.
    Intended {
        /// When whoever claimed it must have sent it.
        lease: Option<DateTime<Utc>>,
    },
    /// Somebody sends it until the lease ends.
    InFlight {
        /// The last moment at which it may be sent.
        lease: DateTime<Utc>,
    },
    /// It is made.
    Created(CreatedInvoice),
    /// It was refused.
    Failed(Failure),
    /// It may have been made or not.
    Unknown {
        /// The last moment at which it may have been sent.
        last_send: DateTime<Utc>,
        /// Whether more than one was found; then none is made any more, whatever look-ups find.
        several: bool,
    },
}

/// An invoice that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedInvoice {
    /// As the accounting system has it.
    pub booked: Booked,
    /// When we knew.
    pub at: DateTime<Utc>,
}

/// How long after an invoice may have been sent it may come into being and not be found yet: the bound within which none is
/// made twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How long a call may take that makes an invoice.
    pub call: TimeDelta,
    /// How long the accounting system may take to find what was made (`WFIRMA_VISIBILITY`).
    pub visibility: TimeDelta,
}

/// What is to be done for an invoice that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Claim it and send it.
    SendNow,
    /// Answer that it existed.
    AnswerExisted(CreatedInvoice),
    /// Look it up, then ask [`Entry::after_look_up`].
    LookUpFirst,
    /// Somebody else is at it: wait for what becomes of it, at most until the lease ends.
    Wait {
        /// When the lease ends.
        until: DateTime<Utc>,
    },
    /// Answer that the id stands for something else.
    Conflict,
    /// It may stand in the books of another company, where this connection can't look: answer so.
    OtherCompany,
}

/// What is to be done after a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterLookUp {
    /// It is there: settle it ([`Event::Booked`]), and decide again.
    Settle(Booked),
    /// There are several: flag it ([`Event::Several`]), answer that the outcome is unknown.
    Flag(Vec<Booked>),
    /// Nothing is found, which proves nothing yet: answer that the outcome is unknown.
    OutcomeUnknown {
        /// From when on a look-up that finds nothing proves that nothing was made; never, if several were found once.
        until: Option<DateTime<Utc>>,
    },
    /// Nothing was made: claim it and send it, once more.
    SendAgain,
    /// It is settled already: decide again.
    DecideAgain,
}

/// What happens to an invoice. A lease ends before the next one is given, so its end tells who speaks: what a sender
/// reports after somebody else has claimed the invoice changes nothing, unless it is that the invoice is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody is going to send it, until the lease ends.
    Claimed {
        /// When it is claimed: no other lease may run then.
        at: DateTime<Utc>,
        /// When it must have been sent.
        lease: DateTime<Utc>,
    },
    /// It is going to be sent right now by whoever has this lease.
    Sending {
        /// Theirs.
        lease: DateTime<Utc>,
    },
    /// It was not sent.
    NotSent {
        /// The sender's.
        lease: DateTime<Utc>,
    },
    /// The accounting system has it: it answered so, or it was found.
    Booked(CreatedInvoice),
    /// The accounting system refused it.
    Refused {
        /// The sender's.
        lease: DateTime<Utc>,
        /// Why.
        failure: Failure,
    },
    /// It was sent and no answer came.
    Lost {
        /// The sender's.
        lease: DateTime<Utc>,
        /// When it was sent at the latest.
        last_send: DateTime<Utc>,
    },
    /// It was found more than once.
    Several {
        /// When they were found.
        at: DateTime<Utc>,
    },
    /// A look-up proved that it was not made ([`AfterLookUp::SendAgain`]), and nobody asks for it now.
    NotMade,
}

/// Something that can't have happened to an invoice as it stands: somebody else was faster, or it was made twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what was reported does not fit what is known of the invoice")]
pub struct Forbidden;

impl Decision {
    /// Decides for an invoice that is asked for now; `stored` is what is known of it.
    pub fn of(stored: Option<&Entry>, asked: &RequestedInvoice, now: DateTime<Utc>) -> Self {
        let Some(entry) = stored else { return Self::SendNow };
        match Self::by_state(entry, asked.payload, now) {
            Self::LookUpFirst if entry.asked.company == asked.company => Self::LookUpFirst,
            Self::LookUpFirst if entry.is_open() => Self::OtherCompany,
            // what failed there may be made here, and its look-up there would prove nothing here
            Self::LookUpFirst => Self::SendNow,
            decision => decision,
        }
    }

    fn by_state(entry: &Entry, payload: PayloadHash, now: DateTime<Utc>) -> Self {
        let same = entry.asked.payload == payload;
        match &entry.state {
            State::Intended { lease: Some(until) } | State::InFlight { lease: until }
                if same && now < *until =>
            {
                Self::Wait { until: *until }
            }
            State::Intended { lease: Some(until) } if now < *until => Self::Conflict,
            // nothing was sent, so it may as well say something else
            State::Intended { .. } => Self::SendNow,
            State::Failed(failure) if failure.code.is_verdict() => Self::SendNow,
            State::Failed(_) => Self::LookUpFirst,
            _ if !same => Self::Conflict,
            State::Created(made) => Self::AnswerExisted(made.clone()),
            State::InFlight { .. } | State::Unknown { .. } => Self::LookUpFirst,
        }
    }
}

impl Entry {
    /// What there is to tell of its state, for histories: an object as JSON text, with money to the digit.
    pub fn detail(&self) -> String {
        let detail = match &self.state {
            State::Intended { lease } => Detail::Claimed { lease: *lease },
            State::InFlight { lease } => Detail::Claimed { lease: Some(*lease) },
            State::Created(CreatedInvoice { booked, at }) => Detail::Created {
                wfirma_invoice_id: &booked.wfirma_id,
                invoice_number: &booked.number,
                total: booked.total,
                expected_total: self.asked.gross,
                created_at: *at,
            },
            State::Failed(failure) => {
                Detail::Failed { error_code: failure.code.as_str(), error_message: &failure.message }
            }
            State::Unknown { last_send, several } => {
                Detail::Unknown { last_send: *last_send, several: *several }
            }
        };
        // texts, numbers and moments are always written
        serde_json::to_string(&detail).unwrap_or_else(|_| "{}".to_owned())
    }

    /// What the invoice comes to in the accounting system, if that says so and it is not what we reckoned.
    pub fn other_total(&self) -> Option<Money> {
        match &self.state {
            State::Created(made) => made.booked.total.filter(|total| *total != self.asked.gross),
            _ => None,
        }
    }

    /// The invoice, if it is known to be made.
    pub const fn made(&self) -> Option<&CreatedInvoice> {
        match &self.state {
            State::Created(made) => Some(made),
            _ => None,
        }
    }

    /// Whether the invoice may have been made without our knowing.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::InFlight { .. } | State::Unknown { .. })
    }

    /// Decides after a look-up that was begun at `asked`.
    pub fn after_look_up(&self, found: LookupResult, asked: DateTime<Utc>, bounds: Bounds) -> AfterLookUp {
        if matches!(self.state, State::Created(_)) {
            return AfterLookUp::DecideAgain;
        }
        match found {
            LookupResult::One(booked) => AfterLookUp::Settle(booked),
            LookupResult::Several(_) if matches!(self.state, State::Unknown { several: true, .. }) => {
                AfterLookUp::OutcomeUnknown { until: None }
            }
            LookupResult::Several(found) => AfterLookUp::Flag(found),
            LookupResult::Nothing => self.after_nothing(asked, bounds),
        }
    }

    fn after_nothing(&self, asked: DateTime<Utc>, bounds: Bounds) -> AfterLookUp {
        let visible = match &self.state {
            State::Unknown { several: true, .. } => return AfterLookUp::OutcomeUnknown { until: None },
            State::Unknown { last_send, .. } => last_send.checked_add_signed(bounds.visibility),
            // nobody has heard how the call ended that was begun by then
            State::InFlight { lease } => lease
                .checked_add_signed(bounds.call)
                .and_then(|ended| ended.checked_add_signed(bounds.visibility)),
            State::Failed(_) => return AfterLookUp::SendAgain,
            State::Intended { .. } | State::Created(_) => return AfterLookUp::DecideAgain,
        };
        // past the calendar's end is never
        match visible {
            Some(until) if asked >= until => AfterLookUp::SendAgain,
            until => AfterLookUp::OutcomeUnknown { until },
        }
    }
}

impl State {
    /// What becomes of an invoice when something happens; `stored` is nothing if it is not known yet.
    ///
    /// # Errors
    /// [`Forbidden`] when it can't have happened as things stand.
    pub fn after(stored: Option<&Self>, event: Event) -> Result<Self, Forbidden> {
        match (stored, event) {
            (
                Some(Self::Intended { lease: Some(running) } | Self::InFlight { lease: running }),
                Event::Claimed { at, .. },
            ) if at < *running => Err(Forbidden),
            (
                None
                | Some(
                    Self::Intended { .. }
                    | Self::InFlight { .. }
                    | Self::Failed(_)
                    | Self::Unknown { several: false, .. },
                ),
                Event::Claimed { lease, .. },
            ) => Ok(Self::Intended { lease: Some(lease) }),
            (Some(Self::Intended { lease: Some(theirs) }), Event::Sending { lease }) if lease == *theirs => {
                Ok(Self::InFlight { lease })
            }
            (
                Some(Self::Intended { lease: Some(theirs) } | Self::InFlight { lease: theirs }),
                Event::NotSent { lease },
            ) if lease == *theirs => Ok(Self::Intended { lease: None }),
            (Some(Self::InFlight { lease: theirs }), Event::Refused { lease, failure })
                if lease == *theirs =>
            {
                Ok(Self::Failed(failure))
            }
            (Some(Self::InFlight { lease: theirs }), Event::Lost { lease, last_send })
                if lease == *theirs =>
            {
                Ok(Self::Unknown { last_send, several: false })
            }
            (Some(Self::Created(first)), Event::Booked(made)) => {
                let same = first.booked.wfirma_id == made.booked.wfirma_id;
                if same { Ok(Self::Created(first.clone())) } else { Err(Forbidden) }
            }
            (Some(_), Event::Booked(made)) => Ok(Self::Created(made)),
            (Some(Self::InFlight { .. } | Self::Failed(_)), Event::Several { at }) => {
                Ok(Self::Unknown { last_send: at, several: true })
            }
            (Some(Self::Unknown { last_send, .. }), Event::Several { .. }) => {
                Ok(Self::Unknown { last_send: *last_send, several: true })
            }
            (Some(Self::InFlight { .. } | Self::Unknown { several: false, .. }), Event::NotMade) => {
                Ok(Self::Failed(Failure::not_made()))
            }
            _ => Err(Forbidden),
        }
    }

    /// Its word: `intended`, `in_flight`, `created`, `failed` or `unknown`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Intended { .. } => "intended",
            Self::InFlight { .. } => "in_flight",
            Self::Created(_) => "created",
            Self::Failed(_) => "failed",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// What there is to tell of a state.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Detail<'a> {
    Claimed {
        lease: Option<DateTime<Utc>>,
    },
    Created {
        wfirma_invoice_id: &'a str,
        invoice_number: &'a str,
        total: Option<Money>,
        expected_total: Money,
        created_at: DateTime<Utc>,
    },
    Failed {
        error_code: &'a str,
        error_message: &'a str,
    },
    Unknown {
        last_send: DateTime<Utc>,
        several: bool,
    },
}

#[cfg(test)]
mod tests;
