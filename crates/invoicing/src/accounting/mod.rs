//! Invoices that another system requests in batches and that are created in an accounting system exactly once
//! (`docs/spec/gepard.md`; `docs/spec/accounting.md`, "Exactly once").

mod batch;
mod batch_result;
mod connection;
mod decision;
mod failure;
mod invoice;
mod payload;
mod state;
mod totals;
mod values;
mod vat;

pub use self::batch::{Batch, BatchEntry, DuplicateInvoice};
pub use self::batch_result::{BatchResult, BatchVerdict, Counts, InvoiceOutcome, InvoiceResult};
pub use self::connection::{
    AccountingConnection, AccountingKey, AuditedConnection, CompanyId, ConnectionError, ConnectionFault,
    ConnectionSettings, InvoiceDates, Keys, PaymentMethod, PaymentTerm, SealedConnection, StoredConnection,
};
pub use self::decision::{Decision, GatewayDelays, LookupDecision, LookupResult};
pub use self::failure::{FailureCode, InvoiceFailure};
pub use self::invoice::{AccountingInvoice, InvoiceFault, Item};
pub use self::payload::PayloadHash;
pub use self::state::{
    CreatedInvoice, InvalidTransition, InvoiceEvent, InvoiceState, IssuedInvoice, LedgerEntry,
    RequestedInvoice,
};
pub use self::totals::{PriceType, RateTotals, Totals, UnknownPriceType};
pub use self::values::{ContractorId, Count, InvoiceId, ItemName, NumberFault, Unit};
pub use self::vat::{UnknownVatRate, VatRate};
