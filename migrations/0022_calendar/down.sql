ALTER TABLE manufacturing_orders
    DROP CONSTRAINT manufacturing_orders_scheduled_start_check,
    ADD CONSTRAINT manufacturing_orders_scheduled_start_check CHECK (isfinite(scheduled_start)),
    DROP CONSTRAINT manufacturing_orders_scheduled_end_check,
    ADD CONSTRAINT manufacturing_orders_scheduled_end_check CHECK (isfinite(scheduled_end));
ALTER TABLE work_order_operations
    DROP CONSTRAINT work_order_operations_scheduled_start_check,
    ADD CONSTRAINT work_order_operations_scheduled_start_check CHECK (isfinite(scheduled_start));
ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_expires_at_check;
ALTER TABLE data_collections
    DROP CONSTRAINT data_collections_collected_at_check,
    ADD CONSTRAINT data_collections_collected_at_check CHECK (isfinite(collected_at));
ALTER TABLE equipment
    DROP CONSTRAINT equipment_taken_at_check,
    ADD CONSTRAINT equipment_taken_at_check CHECK (isfinite(taken_at));
ALTER TABLE equipment_samples
    DROP CONSTRAINT equipment_samples_taken_at_check,
    ADD CONSTRAINT equipment_samples_taken_at_check CHECK (isfinite(taken_at));

CREATE OR REPLACE FUNCTION plan_operations(team uuid, orders uuid[], at timestamptz) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    DELETE FROM work_order_operations w WHERE w.team_id = team AND w.order_id = ANY (orders);
    WITH laid_out AS (
        SELECT o.id AS order_id, o.scheduled_start, r.id, r.operation_number, r.name, r.department_id,
               round((r.setup_minutes + r.run_minutes
                      * CASE r.run_time_basis WHEN 'per_unit' THEN o.quantity ELSE 1 END) * 60)::bigint AS target
        FROM unnest(orders) wanted (id)
        -- one by one by its id: a planner without statistics would go through all the team's orders for each
        CROSS JOIN LATERAL (
            SELECT * FROM manufacturing_orders o WHERE o.team_id = team AND o.id = wanted.id OFFSET 0) o
        JOIN routing_operations r
          ON r.team_id = team AND r.routing_id = o.routing_id AND r.version = o.routing_version
        WHERE o.status = 'pending')
    INSERT INTO work_order_operations
        (team_id, id, order_id, operation_number, name, department_id, routing_operation_id, status,
         target_seconds, scheduled_start, ready_at, good, rejected, reworked, segments, active_micros,
         version, created_at, updated_at)
    SELECT team, uuid_v7(at), order_id, operation_number, name, department_id, id,
           CASE place WHEN 1 THEN 'pending' ELSE 'waiting' END, target,
           CASE WHEN until - target <= 3155760000 -- beyond a hundred years nothing is foreseen
                THEN scheduled_start + make_interval(secs => (until - target)::double precision) END,
           CASE place WHEN 1 THEN at END, 0, 0, 0, 0, 0, 1, at, at
    FROM (SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY operation_number) AS place,
                 sum(target) OVER (PARTITION BY order_id ORDER BY operation_number) AS until
          FROM laid_out) placed
$$;
