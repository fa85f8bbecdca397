#![doc = include_str!("../README.md")]

#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
pub mod events;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod order;
pub mod ports;
pub mod product;
pub mod stock;
mod usecases;
pub mod values;

pub use self::usecases::manage_products::ManageProducts;
pub use self::usecases::manage_sales_orders::ManageSalesOrders;
pub use self::usecases::receive_goods::ReceiveGoods;
