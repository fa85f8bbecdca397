//! The import surface (`docs/spec/import.md`).

mod adventureworks;
mod cell_values;
mod concurrent_imports;
mod csv_files;
mod documented_examples;
mod errors_csv;
mod history;
mod hostile_bodies;
mod killed_process;
mod modes;
mod request_bodies;
mod routings;
mod row_faults;
