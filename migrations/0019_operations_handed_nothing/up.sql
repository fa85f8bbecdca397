-- An operation that is handed nothing completes itself without having begun, and may be corrected afterwards
-- (docs/spec/mes.md, "Quantities").
ALTER TABLE work_order_operations
    DROP CONSTRAINT work_order_operations_check2,
    DROP CONSTRAINT work_order_operations_check5,
    ADD CONSTRAINT work_order_operations_begun CHECK (
        CASE WHEN actual_start IS NULL THEN status IN ('waiting', 'pending', 'completed')
             ELSE status NOT IN ('waiting', 'pending') END),
    ADD CONSTRAINT work_order_operations_made CHECK (
        actual_start IS NOT NULL OR status = 'completed' OR good + rejected = 0);
