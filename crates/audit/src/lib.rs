#![doc = include_str!("../README.md")]

mod access;
mod chain;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
mod finding;
mod head;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
mod usecases;

pub use access::AccessRecord;
pub use chain::entry::Entry;
pub use chain::values::{ChainHash, EntryId, HashFault};
pub use chain::verifier::Verifier;
pub use chain::{Link, Seal};
pub use finding::{Fault, Finding, NamedTeam, TeamSummary, Warning};
pub use head::{Head, HeadFault, SignedHead};
pub use usecases::list_access::ListAccess;
pub use usecases::list_audit::ListAudit;
pub use usecases::record_refusal::{RecordRefusal, Refusal};
pub use usecases::seal_audit::SealAudit;
pub use usecases::sign_heads::{SignHeads, SignHeadsError};
pub use usecases::verify_audit::{HeadLine, HeadLines, VerifyAudit, VerifyError};
