//! The oms surface: orders and vendors (`docs/spec/oms.md`).

mod assignments;
mod orders;
mod vendors;
