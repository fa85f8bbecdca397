ALTER TABLE work_order_operations
    DROP CONSTRAINT work_order_operations_begun,
    DROP CONSTRAINT work_order_operations_made,
    ADD CONSTRAINT work_order_operations_check2 CHECK ((actual_start IS NULL) = (status IN ('waiting', 'pending'))),
    ADD CONSTRAINT work_order_operations_check5 CHECK (actual_start IS NOT NULL OR good + rejected = 0);
