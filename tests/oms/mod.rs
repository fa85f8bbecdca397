//! The oms surface: orders and vendors (`docs/spec/oms.md`).

mod assignments;
mod dispatches;
mod goods_receipts;
mod orders;
mod purchase_orders;
mod vendors;
mod verification;
