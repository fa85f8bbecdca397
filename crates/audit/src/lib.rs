#![doc = include_str!("../README.md")]

mod access;
mod chain;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
mod finding;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
mod usecases;

pub use access::AccessRecord;
pub use chain::entry::{Entry, EntryId};
pub use chain::hash::{ChainHash, HashFault};
pub use chain::head::{Head, HeadFault, SignedHead};
pub use chain::verifier::Verifier;
pub use chain::violation::Violation;
pub use chain::{Link, Seal};
pub use finding::{Finding, NamedTeam, TeamSummary, Warning};
pub use usecases::list_access::ListAccess;
pub use usecases::list_audit::ListAudit;
pub use usecases::record_refusal::{RecordRefusal, Refusal};
pub use usecases::seal_audit::SealAudit;
pub use usecases::sign_heads::{SignHeads, SignHeadsError};
pub use usecases::verify_audit::{HeadLine, HeadLines, VerifyAudit, VerifyError};
