DROP FUNCTION find_sales_orders(jsonb, integer, bigint), count_sales_orders(jsonb), sales_order_conditions(jsonb);
ALTER TABLE products DROP CONSTRAINT products_stock_is_the_last_balance;
DROP TABLE stock_movements, sales_order_lines, sales_orders, products;
DROP FUNCTION trigrams(text);
