#![doc = include_str!("../README.md")]

#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
pub mod events;
pub mod ids;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
pub mod receipt;
pub mod ticket;
mod usecases;

pub use usecases::manage_goods_receipts::ManageGoodsReceipts;
pub use usecases::manage_tickets::ManageTickets;
pub use usecases::verify_goods_receipt::VerifyGoodsReceipt;
