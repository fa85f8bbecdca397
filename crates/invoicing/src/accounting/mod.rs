//! Invoices that another system asks for in batches, and that are made in an accounting system exactly once (seed 002;
//! contract, *gepard*).

mod answer;
mod batch;
mod connection;
mod failure;
mod invoice;
mod payload;
mod state;
mod totals;
mod values;
mod vat;

pub use self::answer::{BatchAnswer, Counts, Outcome, Reported, Verdict};
pub use self::batch::{Batch, BatchEntry};
pub use self::connection::{
    AccountingConnection, AccountingKey, CompanyId, ConnectionFault, InvoiceDates, Keys, PaymentMethod,
    PaymentTerm,
};
pub use self::failure::{Failure, FailureCode};
pub use self::invoice::{AccountingInvoice, InvoiceFault, Item};
pub use self::payload::PayloadHash;
pub use self::state::{
    AfterLookUp, Bounds, CreatedInvoice, Decision, Entry, Event, Forbidden, RequestedInvoice, State,
};
pub use self::totals::{PriceType, RateTotals, Totals, UnknownPriceType};
pub use self::values::{ContractorId, Count, InvoiceId, ItemName, NumberFault, Unit};
pub use self::vat::{UnknownVatRate, VatRate};
