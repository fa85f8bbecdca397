DROP TABLE manufacturing_orders;
