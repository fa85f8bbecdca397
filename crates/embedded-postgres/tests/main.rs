//! Tests that start PostgreSQL for real: the one in `PG_BIN`, else the one found.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod discovery;
mod folders;
mod lifecycle;
mod recovery;
mod sharing;
mod support;
mod users;
