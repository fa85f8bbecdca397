-- What callers keep with orders and operations, and its audit entries, as it is sent: jsonb would write 1e2 as 100. The text
-- of what is stored already stays the same, and with it the seals of audit entries.
ALTER TABLE manufacturing_orders
    DROP CONSTRAINT manufacturing_orders_custom_fields_check,
    ALTER COLUMN custom_fields TYPE json USING custom_fields::text::json,
    ADD CONSTRAINT manufacturing_orders_custom_fields_check CHECK (json_typeof(custom_fields) = 'object');
ALTER TABLE work_order_operations
    DROP CONSTRAINT work_order_operations_captured_data_check,
    ALTER COLUMN captured_data TYPE json USING captured_data::text::json,
    ADD CONSTRAINT work_order_operations_captured_data_check CHECK (json_typeof(captured_data) = 'object');
ALTER TABLE data_collections
    DROP CONSTRAINT data_collections_collected_data_check,
    ALTER COLUMN collected_data TYPE json USING collected_data::text::json,
    ADD CONSTRAINT data_collections_collected_data_check CHECK (json_typeof(collected_data) = 'object');
ALTER TABLE audit_entries
    ALTER COLUMN before TYPE json USING before::text::json,
    ALTER COLUMN after TYPE json USING after::text::json;
