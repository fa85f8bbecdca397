//! End-to-end tests: the binary with PostgreSQL, over HTTP and the command line. See `README.md`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod accounting;
mod audit;
mod identity;
mod import;
mod journeys;
mod mes;
mod oms;
mod operations;
mod pos;
mod support;
