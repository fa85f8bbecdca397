-- Times that callers give, or that are planned from those, lie in the years 1 to 9999 (docs/spec/common.md, "Time").
-- Orders that have others are moved to the nearest that there is. Collected data and samples of before stay as they are.
UPDATE manufacturing_orders SET
    scheduled_start = least(greatest(scheduled_start, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59.999999+00'),
    scheduled_end = least(greatest(scheduled_end, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59.999999+00')
WHERE scheduled_start < '0001-01-01 00:00:00+00' OR scheduled_start >= '10000-01-01 00:00:00+00'
   OR scheduled_end < '0001-01-01 00:00:00+00' OR scheduled_end >= '10000-01-01 00:00:00+00';
UPDATE work_order_operations SET scheduled_start = NULL
WHERE scheduled_start < '0001-01-01 00:00:00+00' OR scheduled_start >= '10000-01-01 00:00:00+00';

ALTER TABLE manufacturing_orders
    DROP CONSTRAINT manufacturing_orders_scheduled_start_check,
    ADD CONSTRAINT manufacturing_orders_scheduled_start_check CHECK (
        scheduled_start >= '0001-01-01 00:00:00+00' AND scheduled_start < '10000-01-01 00:00:00+00'),
    DROP CONSTRAINT manufacturing_orders_scheduled_end_check,
    ADD CONSTRAINT manufacturing_orders_scheduled_end_check CHECK (
        scheduled_end >= '0001-01-01 00:00:00+00' AND scheduled_end < '10000-01-01 00:00:00+00');
ALTER TABLE work_order_operations
    DROP CONSTRAINT work_order_operations_scheduled_start_check,
    ADD CONSTRAINT work_order_operations_scheduled_start_check CHECK (
        scheduled_start >= '0001-01-01 00:00:00+00' AND scheduled_start < '10000-01-01 00:00:00+00');
ALTER TABLE api_keys
    ADD CONSTRAINT api_keys_expires_at_check CHECK (
        expires_at >= '0001-01-01 00:00:00+00' AND expires_at < '10000-01-01 00:00:00+00');
ALTER TABLE data_collections
    DROP CONSTRAINT data_collections_collected_at_check,
    ADD CONSTRAINT data_collections_collected_at_check CHECK (
        collected_at >= '0001-01-01 00:00:00+00' AND collected_at < '10000-01-01 00:00:00+00') NOT VALID;
ALTER TABLE equipment
    DROP CONSTRAINT equipment_taken_at_check,
    ADD CONSTRAINT equipment_taken_at_check CHECK (
        taken_at >= '0001-01-01 00:00:00+00' AND taken_at < '10000-01-01 00:00:00+00') NOT VALID;
ALTER TABLE equipment_samples
    DROP CONSTRAINT equipment_samples_taken_at_check,
    ADD CONSTRAINT equipment_samples_taken_at_check CHECK (
        taken_at >= '0001-01-01 00:00:00+00' AND taken_at < '10000-01-01 00:00:00+00') NOT VALID;

-- An operation that would begin after the year 9999 has no planned start, as `plan_operations` in Rust says.
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
           CASE WHEN starts < '10000-01-01 00:00:00+00' THEN starts END,
           CASE place WHEN 1 THEN at END, 0, 0, 0, 0, 0, 1, at, at
    FROM (SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY operation_number) AS place,
                 sum(target) OVER (PARTITION BY order_id ORDER BY operation_number) AS until
          FROM laid_out) placed
    CROSS JOIN LATERAL (
        SELECT CASE WHEN until - target <= 3155760000 -- beyond a hundred years nothing is foreseen
                    THEN scheduled_start + make_interval(secs => (until - target)::double precision) END AS starts) begins
$$;
