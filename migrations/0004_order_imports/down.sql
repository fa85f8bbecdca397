DROP TABLE order_import_chunks, order_imports;
