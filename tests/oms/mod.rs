//! The oms surface: vendors, orders, and how they are bought in (`docs/spec/oms.md`).

mod accepted_quantities;
mod assignments;
mod closing;
mod dispatches;
mod goods_receipts;
mod orders;
mod purchase_orders;
mod ticket_attachments;
mod tickets;
mod vendors;
mod verification;
