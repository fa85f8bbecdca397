//! The pos surface (`docs/spec/pos.md`).

mod host_names;
mod order_lists;
mod orders;
mod products;
mod refusals;
mod stock_under_load;
mod stock_verification;
