//! The audit trail and the access log (`docs/spec/common.md`, "Audit trail").

mod access_log;
mod trail;
mod verification;
