pub(crate) mod manage_products;
pub(crate) mod manage_sales_orders;
pub(crate) mod receive_goods;
