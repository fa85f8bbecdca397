//! The real binary over a real PostgreSQL, from the outside: HTTP and the command line.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod access;
mod access_log;
mod accounting_connection;
mod accounting_exchanges;
mod adventureworks;
mod api_examples;
mod api_key_addresses;
mod api_keys;
mod audit;
mod audit_verify;
mod bodies;
mod collected_data;
mod commands;
mod crash;
mod creating_posts;
mod crowds;
mod csv_files;
mod csv_values;
mod data_collection;
mod demo;
mod departments;
mod equipment;
mod errors_csv;
mod files;
mod files_crash;
mod files_refused;
mod forged_tokens;
mod gepard_crashes;
mod gepard_examples;
mod gepard_faults;
mod gepard_outages;
mod gepard_races;
mod history;
mod idempotency;
mod limits;
mod manufacturing_orders;
mod mes_statuses;
mod modes;
mod oms_orders;
mod operations;
mod operators;
mod pause_reasons;
mod people;
mod plant_day;
mod pos_hosts;
mod pos_lists;
mod pos_orders;
mod pos_statuses;
mod private_postgres;
mod products;
mod races;
mod rate_limits;
mod readme;
mod roles;
mod routed_imports;
mod routes;
mod routing_faults;
mod routings;
mod row_faults;
mod seed_import;
mod sessions;
mod support;
mod team_settings;
mod tenants;
mod thousand_keys;
mod vendors;
mod verify_stock;
mod wfirma_sandbox;
mod work_centres;
mod work_order_operations;
