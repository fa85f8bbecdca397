//! The client against the sandbox, over HTTP.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test support: what goes wrong here fails the test"
)]

mod breaker;
mod examples;
mod faults;
mod limits;
mod sandbox;
mod secrets;
mod statuses;
mod support;
mod vat_codes;
