//! The ledger's entry of an invoice, and how events change it.
//!
//! An intent is stored before anything is sent. Whoever claims it has a lease, marks it in flight, and asks the
//! accounting system to create the invoice, never after the lease. A lease that has run out on the way leaves the outcome
//! unknown, as an answer that never came does: then the invoice is looked up. It is sent again only if a look-up made at
//! least `WFIRMA_VISIBILITY` after the last possible send finds nothing.

use chrono::{DateTime, Utc};
use kernel::audit::Audited;
use kernel::id::Uuid;
use kernel::money::{Money, MoneyFault};
use serde::Serialize;

use super::{
    AccountingConnection, AccountingInvoice, CompanyId, ContractorId, InvoiceFailure, InvoiceId, PayloadHash,
};

/// A requested invoice as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub id: InvoiceId,
    /// What was requested by whoever claimed it last.
    pub requested: RequestedInvoice,
    pub state: InvoiceState,
    /// 1 after the first event, one more with each.
    pub version: i64,
}

/// What is requested when an invoice is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedInvoice {
    pub payload: PayloadHash,
    pub contractor: ContractorId,
    /// The company that the invoice is created in: only there it can be found.
    pub company: CompanyId,
    /// The total with tax as this service calculates it.
    pub gross: Money,
}

impl RequestedInvoice {
    /// The request for an invoice over a connection.
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

/// The state of a requested invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceState {
    /// Nothing was sent. Until the lease ends, if there is one, somebody is about to send it.
    Intended {
        lease: Option<DateTime<Utc>>,
    },
    /// Somebody is sending it; never after the lease.
    InFlight {
        lease: DateTime<Utc>,
    },
    Created(CreatedInvoice),
    Failed(InvoiceFailure),
    /// It may have been created or not.
    Unknown {
        /// The last moment at which it may have been sent.
        last_send: DateTime<Utc>,
        /// Whether more than one was found; then none is created any more, whatever look-ups find.
        several: bool,
    },
}

/// An invoice as the accounting system has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedInvoice {
    pub wfirma_id: Box<str>,
    /// The legal number, such as `FV 22/2025`.
    pub number: Box<str>,
    /// The total with tax, if the accounting system says it.
    pub total: Option<Money>,
}

/// An invoice that is known to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedInvoice {
    pub issued: IssuedInvoice,
    /// When this service learned of it.
    pub at: DateTime<Utc>,
}

/// What happens to an invoice. A lease ends before the next one is given, so its end identifies the sender: what a sender
/// reports after somebody else has claimed the invoice changes nothing, unless it is that the invoice exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceEvent {
    /// Somebody is going to send it until the lease ends. No other lease may run at the time `at`.
    Claimed { at: DateTime<Utc>, lease: DateTime<Utc> },
    /// The holder of this lease sends it right now.
    Sending { lease: DateTime<Utc> },
    /// It was not sent.
    NotSent { lease: DateTime<Utc> },
    /// The accounting system has it: it answered so, or it was found.
    Created(CreatedInvoice),
    /// The accounting system refused it.
    Refused { lease: DateTime<Utc>, failure: InvoiceFailure },
    /// It was sent, at the latest at `last_send`, and no answer came.
    Lost { lease: DateTime<Utc>, last_send: DateTime<Utc> },
    /// It was found more than once.
    Several { at: DateTime<Utc> },
    /// A look-up proved that it was not created ([`LookupDecision::SendAgain`](super::LookupDecision::SendAgain)), and
    /// nobody requests it now.
    NotCreated,
}

/// An event that can't have happened to an invoice in its state: somebody else was faster, or it was created twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event does not fit the state of the invoice")]
pub struct InvalidTransition;

impl LedgerEntry {
    /// The details of its state, for histories: an object as JSON text, with money to the digit.
    pub fn detail(&self) -> String {
        let detail = match &self.state {
            InvoiceState::Intended { lease } => StateDetail::Claimed { lease: *lease },
            InvoiceState::InFlight { lease } => StateDetail::Claimed { lease: Some(*lease) },
            InvoiceState::Created(CreatedInvoice { issued, at }) => StateDetail::Created {
                wfirma_invoice_id: &issued.wfirma_id,
                invoice_number: &issued.number,
                total: issued.total,
                expected_total: self.requested.gross,
                created_at: *at,
            },
            InvoiceState::Failed(failure) => {
                StateDetail::Failed { error_code: failure.code.as_str(), error_message: &failure.message }
            }
            InvoiceState::Unknown { last_send, several } => {
                StateDetail::Unknown { last_send: *last_send, several: *several }
            }
        };
        // texts, numbers and moments are always written
        serde_json::to_string(&detail).unwrap_or_else(|_| "{}".to_owned())
    }

    /// The accounting system's total, if it says one and it is not the expected one.
    pub fn unexpected_total(&self) -> Option<Money> {
        let total = self.created().and_then(|created| created.issued.total);
        total.filter(|total| *total != self.requested.gross)
    }

    /// The invoice, if it is known to exist.
    pub const fn created(&self) -> Option<&CreatedInvoice> {
        match &self.state {
            InvoiceState::Created(created) => Some(created),
            _ => None,
        }
    }

    /// Whether the invoice may exist without being known to.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, InvoiceState::InFlight { .. } | InvoiceState::Unknown { .. })
    }
}

impl Audited for LedgerEntry {
    const KIND: &'static str = "accounting_invoice";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        self.detail()
    }
}

impl InvoiceState {
    /// The state after an event; `stored` is `None` if the invoice is not known yet.
    ///
    /// # Errors
    /// [`InvalidTransition`].
    pub fn after(stored: Option<&Self>, event: InvoiceEvent) -> Result<Self, InvalidTransition> {
        match (stored, event) {
            (
                Some(Self::Intended { lease: Some(running) } | Self::InFlight { lease: running }),
                InvoiceEvent::Claimed { at, .. },
            ) if at < *running => Err(InvalidTransition),
            (
                None
                | Some(
                    Self::Intended { .. }
                    | Self::InFlight { .. }
                    | Self::Failed(_)
                    | Self::Unknown { several: false, .. },
                ),
                InvoiceEvent::Claimed { lease, .. },
            ) => Ok(Self::Intended { lease: Some(lease) }),
            (Some(Self::Intended { lease: Some(current) }), InvoiceEvent::Sending { lease })
                if lease == *current =>
            {
                Ok(Self::InFlight { lease })
            }
            (
                Some(Self::Intended { lease: Some(current) } | Self::InFlight { lease: current }),
                InvoiceEvent::NotSent { lease },
            ) if lease == *current => Ok(Self::Intended { lease: None }),
            (Some(Self::InFlight { lease: current }), InvoiceEvent::Refused { lease, failure })
                if lease == *current =>
            {
                Ok(Self::Failed(failure))
            }
            (Some(Self::InFlight { lease: current }), InvoiceEvent::Lost { lease, last_send })
                if lease == *current =>
            {
                Ok(Self::Unknown { last_send, several: false })
            }
            (Some(Self::Created(first)), InvoiceEvent::Created(created)) => {
                let same = first.issued.wfirma_id == created.issued.wfirma_id;
                if same { Ok(Self::Created(first.clone())) } else { Err(InvalidTransition) }
            }
            (Some(_), InvoiceEvent::Created(created)) => Ok(Self::Created(created)),
            (Some(Self::InFlight { .. } | Self::Failed(_)), InvoiceEvent::Several { at }) => {
                Ok(Self::Unknown { last_send: at, several: true })
            }
            (Some(Self::Unknown { last_send, .. }), InvoiceEvent::Several { .. }) => {
                Ok(Self::Unknown { last_send: *last_send, several: true })
            }
            (
                Some(Self::InFlight { .. } | Self::Unknown { several: false, .. }),
                InvoiceEvent::NotCreated,
            ) => Ok(Self::Failed(InvoiceFailure::not_created())),
            _ => Err(InvalidTransition),
        }
    }

    /// `intended`, `in_flight`, `created`, `failed` or `unknown`.
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

/// The details of a state, as histories show them.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum StateDetail<'a> {
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
