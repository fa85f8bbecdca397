//! The oms surface: orders and vendors (`docs/spec/oms.md`).

mod orders;
mod vendors;
