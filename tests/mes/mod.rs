//! The mes surface (`docs/spec/mes.md`).

mod collected_data;
mod data_collection_activities;
mod departments;
mod equipment;
mod exact_data;
mod file_failures;
mod file_refusals;
pub(crate) mod files;
mod operators;
mod orders;
mod pause_reasons;
mod routing_faults;
mod routings;
mod unreadable_requests;
mod work_centres;
mod work_order_operations;
