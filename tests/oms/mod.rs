//! The oms surface: orders and vendors (`docs/spec/oms.md`).

mod assignments;
mod closing;
mod dispatches;
mod goods_receipts;
mod orders;
mod purchase_orders;
mod tickets;
mod vendors;
mod verification;
