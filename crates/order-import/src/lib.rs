#![doc = include_str!("../README.md")]

#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
pub mod events;
pub mod files;
pub mod import;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
mod usecases;

pub use usecases::get_import::GetImport;
pub use usecases::import_orders::{ImportError, ImportOrders};
pub use usecases::list_imports::ListImports;
