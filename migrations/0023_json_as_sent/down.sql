-- Numbers get the form of jsonb, so that the seals of audit entries that hold others no longer fit.
ALTER TABLE audit_entries
    ALTER COLUMN before TYPE jsonb USING before::jsonb,
    ALTER COLUMN after TYPE jsonb USING after::jsonb;
ALTER TABLE data_collections
    DROP CONSTRAINT data_collections_collected_data_check,
    ALTER COLUMN collected_data TYPE jsonb USING collected_data::jsonb,
    ADD CONSTRAINT data_collections_collected_data_check CHECK (jsonb_typeof(collected_data) = 'object');
ALTER TABLE work_order_operations
    DROP CONSTRAINT work_order_operations_captured_data_check,
    ALTER COLUMN captured_data TYPE jsonb USING captured_data::jsonb,
    ADD CONSTRAINT work_order_operations_captured_data_check CHECK (jsonb_typeof(captured_data) = 'object');
ALTER TABLE manufacturing_orders
    DROP CONSTRAINT manufacturing_orders_custom_fields_check,
    ALTER COLUMN custom_fields TYPE jsonb USING custom_fields::jsonb,
    ADD CONSTRAINT manufacturing_orders_custom_fields_check CHECK (jsonb_typeof(custom_fields) = 'object');
