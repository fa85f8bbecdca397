-- Operations of orders, the time worked on them, and collected data (docs/spec/mes.md, "Orders", "Operations" and
-- "Data collection").

CREATE INDEX manufacturing_orders_created ON manufacturing_orders (team_id, created_at, id);
CREATE INDEX manufacturing_orders_status ON manufacturing_orders (team_id, status, created_at, id);
CREATE INDEX manufacturing_orders_sku ON manufacturing_orders (team_id, sku, created_at, id);
CREATE INDEX manufacturing_orders_erp ON manufacturing_orders (team_id, erp_reference, created_at, id)
    WHERE erp_reference IS NOT NULL;
CREATE INDEX manufacturing_orders_scheduled ON manufacturing_orders (team_id, scheduled_start, id);
CREATE INDEX manufacturing_orders_priority ON manufacturing_orders (team_id, priority, id);
-- pending orders are scheduled last: with the indexes above, a page of them would first skip all finished orders
CREATE INDEX manufacturing_orders_status_scheduled ON manufacturing_orders (team_id, status, scheduled_start, id);
CREATE INDEX manufacturing_orders_status_priority ON manufacturing_orders (team_id, status, priority, id);
CREATE INDEX manufacturing_orders_routing ON manufacturing_orders (team_id, routing_id, routing_version)
    WHERE routing_id IS NOT NULL;

-- Document numbers: the last one assigned of each kind in each period.
CREATE TABLE number_counters (
    team_id uuid   NOT NULL REFERENCES teams,
    kind    text   NOT NULL,
    period  text   NOT NULL,
    last    bigint NOT NULL CHECK (last >= 1),
    PRIMARY KEY (team_id, kind, period)
);

CREATE TABLE work_order_operations (
    team_id              uuid           NOT NULL,
    id                   uuid           NOT NULL,
    order_id             uuid           NOT NULL,
    operation_number     integer        NOT NULL CHECK (operation_number BETWEEN 1 AND 200),
    name                 text           NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    department_id        uuid           NOT NULL,
    routing_operation_id uuid           NOT NULL,
    status               text           NOT NULL
                         CHECK (status IN ('waiting', 'pending', 'in_progress', 'paused', 'completed')),
    operator_id          uuid,
    target_seconds       bigint         NOT NULL CHECK (target_seconds >= 0),
    scheduled_start      timestamptz    CHECK (isfinite(scheduled_start)),
    ready_at             timestamptz    CHECK (isfinite(ready_at)),
    actual_start         timestamptz    CHECK (isfinite(actual_start)),
    actual_end           timestamptz    CHECK (isfinite(actual_end)),
    -- NaN is greater than any number
    good                 numeric(15, 3) NOT NULL CHECK (good >= 0 AND good < 1000000000000),
    rejected             numeric(15, 3) NOT NULL CHECK (rejected >= 0 AND rejected < 1000000000000),
    reworked             numeric(15, 3) NOT NULL CHECK (reworked BETWEEN 0 AND good + rejected),
    captured_data        jsonb          CHECK (jsonb_typeof(captured_data) = 'object'),
    segments             integer        NOT NULL CHECK (segments >= 0),
    active_micros        bigint         NOT NULL CHECK (active_micros >= 0),
    running_since        timestamptz    CHECK (isfinite(running_since)),
    version              bigint         NOT NULL CHECK (version >= 1),
    created_at           timestamptz    NOT NULL,
    updated_at           timestamptz    NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, order_id, operation_number),
    FOREIGN KEY (team_id, order_id) REFERENCES manufacturing_orders (team_id, id),
    FOREIGN KEY (team_id, department_id) REFERENCES departments (team_id, id),
    FOREIGN KEY (team_id, routing_operation_id) REFERENCES routing_operations (team_id, id),
    FOREIGN KEY (team_id, operator_id) REFERENCES operators (team_id, id),
    CHECK ((ready_at IS NULL) = (status = 'waiting')),
    CHECK ((actual_start IS NULL) = (status IN ('waiting', 'pending'))),
    CHECK ((operator_id IS NULL) = (actual_start IS NULL)),
    CHECK ((actual_end IS NULL) = (status <> 'completed')),
    CHECK (actual_start IS NOT NULL OR good + rejected = 0),
    CHECK ((segments = 0) = (actual_start IS NULL)),
    CHECK (running_since IS NULL OR status = 'in_progress')
);
COMMENT ON COLUMN work_order_operations.target_seconds IS 'fixed when the operation is created';
COMMENT ON COLUMN work_order_operations.ready_at IS 'when the operation became pending';
COMMENT ON COLUMN work_order_operations.segments IS 'number of operation_segments; active_micros is the total length of the ended ones';
COMMENT ON COLUMN work_order_operations.running_since IS 'start of the open segment';
CREATE INDEX work_order_operations_status ON work_order_operations (team_id, status, order_id, operation_number);
CREATE INDEX work_order_operations_department ON work_order_operations
    (team_id, department_id, order_id, operation_number);
CREATE INDEX work_order_operations_operator ON work_order_operations
    (team_id, operator_id, order_id, operation_number) WHERE operator_id IS NOT NULL;
-- the queue of a department, and the operations of an operator, without finished ones
CREATE INDEX work_order_operations_queue ON work_order_operations
    (team_id, department_id, status, order_id, operation_number);
CREATE INDEX work_order_operations_own ON work_order_operations
    (team_id, operator_id, status, order_id, operation_number) WHERE operator_id IS NOT NULL;
CREATE INDEX work_order_operations_started ON work_order_operations (team_id, actual_start)
    WHERE actual_start IS NOT NULL;
CREATE INDEX work_order_operations_routing ON work_order_operations (team_id, routing_operation_id);

-- Time worked. In an exclusion constraint with GiST, columns that must be equal have to be ranges.
CREATE TYPE uuid_range AS RANGE (subtype = uuid);

CREATE TABLE operation_segments (
    team_id         uuid        NOT NULL,
    operation_id    uuid        NOT NULL,
    sequence        integer     NOT NULL CHECK (sequence >= 1),
    operator_id     uuid        NOT NULL,
    started_at      timestamptz NOT NULL CHECK (isfinite(started_at)),
    ended_at        timestamptz CHECK (isfinite(ended_at)),
    ended_by        text        CHECK (ended_by IN ('pause', 'hold', 'hand_over', 'complete', 'cancel')),
    pause_reason_id uuid,
    PRIMARY KEY (team_id, operation_id, sequence),
    FOREIGN KEY (team_id, operation_id) REFERENCES work_order_operations (team_id, id),
    FOREIGN KEY (team_id, operator_id) REFERENCES operators (team_id, id),
    FOREIGN KEY (team_id, pause_reason_id) REFERENCES pause_reasons (team_id, id),
    CHECK (ended_at >= started_at),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
    CHECK ((pause_reason_id IS NOT NULL) = (ended_by IS NOT DISTINCT FROM 'pause')),
    CONSTRAINT operation_segments_no_overlap EXCLUDE USING gist (
        uuid_range(team_id, team_id, '[]') WITH =,
        uuid_range(operation_id, operation_id, '[]') WITH =,
        tstzrange(started_at, ended_at) WITH &&)
);
COMMENT ON COLUMN operation_segments.ended_by IS 'hold and cancel come from the order; a pause by an operator has a reason';
CREATE INDEX operation_segments_operator ON operation_segments (team_id, operator_id, started_at);
CREATE INDEX operation_segments_reason ON operation_segments (team_id, pause_reason_id) WHERE pause_reason_id IS NOT NULL;

CREATE FUNCTION refuse_change_of_closed_segment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a segment that has ended is never changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER operation_segments_append_only BEFORE UPDATE ON operation_segments
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_closed_segment();

CREATE TABLE data_collections (
    team_id        uuid        NOT NULL,
    id             uuid        NOT NULL,
    operation_id   uuid        NOT NULL,
    activity_id    uuid        NOT NULL,
    operator_id    uuid        NOT NULL,
    collected_data jsonb       NOT NULL CHECK (jsonb_typeof(collected_data) = 'object'),
    collected_at   timestamptz NOT NULL CHECK (isfinite(collected_at)),
    received_at    timestamptz NOT NULL,
    conforming     boolean     NOT NULL,
    violations     jsonb       NOT NULL CHECK (jsonb_typeof(violations) = 'array'),
    PRIMARY KEY (team_id, id),
    FOREIGN KEY (team_id, operation_id) REFERENCES work_order_operations (team_id, id),
    FOREIGN KEY (team_id, activity_id) REFERENCES data_collection_activities (team_id, id),
    FOREIGN KEY (team_id, operator_id) REFERENCES operators (team_id, id),
    CHECK (conforming = (violations = '[]'))
);
COMMENT ON TABLE data_collections IS 'append-only: collected data is never changed';
CREATE INDEX data_collections_operation ON data_collections (team_id, operation_id, collected_at, id);
CREATE INDEX data_collections_activity ON data_collections (team_id, activity_id, collected_at, id);
CREATE INDEX data_collections_operator ON data_collections (team_id, operator_id);

-- A UUID of version 7: the time in milliseconds, then randomness (RFC 9562).
CREATE FUNCTION uuid_v7(at timestamptz) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),
        'hex')::uuid
$$;

-- Replaces the operations of orders by those of their routings: the first is pending, the others wait. An order that is
-- not pending or has no routing gets none. Each operation is scheduled after the target times of the previous ones. The
-- same as `plan_operations` in Rust (`production_ops::operation`); a test compares the two. Migration 0018 renames it.
CREATE FUNCTION lay_out_operations(team uuid, orders uuid[], at timestamptz) RETURNS void
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

ALTER TABLE number_counters ENABLE ROW LEVEL SECURITY;
ALTER TABLE work_order_operations ENABLE ROW LEVEL SECURITY;
ALTER TABLE operation_segments ENABLE ROW LEVEL SECURITY;
ALTER TABLE data_collections ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON number_counters TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON work_order_operations TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON operation_segments TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON data_collections TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
GRANT SELECT, INSERT, UPDATE ON number_counters TO throughline_team;
-- a segment only changes when it ends
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by, pause_reason_id) ON operation_segments TO throughline_team;
-- operations that have not started are replaced when their order gets another routing
GRANT SELECT, INSERT, UPDATE, DELETE ON work_order_operations TO throughline_team;
GRANT SELECT, INSERT ON data_collections TO throughline_team;
