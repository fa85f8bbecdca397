DROP FUNCTION lay_out_operations(uuid, uuid[], timestamptz);
DROP FUNCTION uuid_v7(timestamptz);
DROP TABLE data_collections, operation_segments, work_order_operations, number_counters;
DROP FUNCTION refuse_change_of_closed_segment();
DROP TYPE uuid_range;
DROP INDEX manufacturing_orders_created, manufacturing_orders_status, manufacturing_orders_sku, manufacturing_orders_erp,
    manufacturing_orders_scheduled, manufacturing_orders_priority, manufacturing_orders_status_scheduled,
    manufacturing_orders_status_priority, manufacturing_orders_routing;
