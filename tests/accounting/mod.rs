//! Invoices: the gepard surface and the accounting connection (`docs/spec/gepard.md`, `docs/spec/accounting.md`).

mod batch_faults;
mod concurrent_batches;
mod connection;
mod documented_examples;
mod exchanges;
mod killed_process;
mod outages;
mod sandbox;
