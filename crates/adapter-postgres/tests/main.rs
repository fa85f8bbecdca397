//! The stores on a real PostgreSQL: the domains' contract suites, and what only a database can get wrong.
//!
//! A test that stays within teams of its own takes [`Store::shared`](support::Store::shared); one that changes
//! or measures the database itself takes [`Store::own`](support::Store::own).

#![expect(clippy::expect_used, reason = "test support: what goes wrong here fails the test")]

mod access_log;
mod attachments;
mod buying_in;
mod catalogue;
mod constraints;
mod contract;
mod db;
mod effects;
mod equipment;
mod invoices;
mod merge;
mod migrations;
mod orders;
mod people;
mod plans;
mod races;
mod relay;
mod roles;
mod routed_imports;
mod routings;
mod schema;
mod sealer;
mod selling;
mod stored_responses;
mod supplies;
mod support;
mod sweeper;
mod tenancy;
mod vendors;
