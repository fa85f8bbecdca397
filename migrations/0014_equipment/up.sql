-- Equipment: its current state, its samples and its alarms (docs/spec/mes.md, "Equipment").

CREATE TABLE equipment (
    team_id                 uuid        NOT NULL REFERENCES teams,
    id                      uuid        NOT NULL,
    tag                     text COLLATE "C" NOT NULL CHECK (char_length(tag) BETWEEN 1 AND 100),
    department_id           uuid        NOT NULL,
    status                  text        NOT NULL CHECK (status IN ('running', 'idle', 'down', 'maintenance')),
    status_since            timestamptz NOT NULL CHECK (isfinite(status_since)),
    work_order_operation_id uuid,
    data                    json        NOT NULL CHECK (json_typeof(data) = 'object'),
    alarms                  jsonb       NOT NULL
                            CHECK (CASE jsonb_typeof(alarms) WHEN 'array' THEN jsonb_array_length(alarms) <= 100
                                                             ELSE false END),
    has_alarm               boolean     NOT NULL,
    taken_at                timestamptz NOT NULL CHECK (isfinite(taken_at)),
    received_at             timestamptz NOT NULL,
    version                 bigint      NOT NULL CHECK (version >= 1),
    registered_at           timestamptz NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, tag),
    FOREIGN KEY (team_id, department_id) REFERENCES departments (team_id, id),
    -- operations that have not started are replaced when their order gets another routing
    FOREIGN KEY (team_id, work_order_operation_id) REFERENCES work_order_operations (team_id, id)
        ON DELETE SET NULL (work_order_operation_id),
    CHECK (status_since <= taken_at),
    CONSTRAINT equipment_has_alarm CHECK (has_alarm = (alarms <> '[]'))
-- every sample updates the row: free space on the page allows heap-only updates, without the indexes
) WITH (fillfactor = 50);
COMMENT ON COLUMN equipment.tag IS 'equipmentId in the mes API';
COMMENT ON COLUMN equipment.data IS 'json, not jsonb: stored as it is sent, and never queried';
COMMENT ON COLUMN equipment.alarms IS 'the open alarms as last reported; always read and written as a whole';
COMMENT ON COLUMN equipment.has_alarm IS 'needed because a comparison of jsonb cannot use an index under row-level security';
COMMENT ON COLUMN equipment.version IS 'increases by 1 with every event';
CREATE INDEX equipment_status ON equipment (team_id, status, tag);
CREATE INDEX equipment_department ON equipment (team_id, department_id, tag);
CREATE INDEX equipment_alarmed ON equipment (team_id, tag) WHERE has_alarm;
CREATE INDEX equipment_operation ON equipment (team_id, work_order_operation_id)
    WHERE work_order_operation_id IS NOT NULL;

-- Department and operation are those at the time of the sample, looked up when it came in. They have no foreign keys,
-- which would lock their rows with every sample, and search all samples whenever an operation is replaced.
CREATE TABLE equipment_samples (
    team_id                 uuid        NOT NULL,
    equipment_id            uuid        NOT NULL,
    taken_at                timestamptz NOT NULL CHECK (isfinite(taken_at)),
    received_at             timestamptz NOT NULL,
    status                  text        NOT NULL CHECK (status IN ('running', 'idle', 'down', 'maintenance')),
    department_id           uuid        NOT NULL,
    work_order_operation_id uuid,
    data                    json        NOT NULL CHECK (json_typeof(data) = 'object'),
    alarms                  jsonb       NOT NULL
                            CHECK (CASE jsonb_typeof(alarms) WHEN 'array' THEN jsonb_array_length(alarms) <= 100
                                                             ELSE false END),
    PRIMARY KEY (team_id, equipment_id, taken_at),
    FOREIGN KEY (team_id, equipment_id) REFERENCES equipment (team_id, id)
);
COMMENT ON TABLE equipment_samples IS 'append-only for teams; workers delete samples received more than 90 days ago';
CREATE INDEX equipment_samples_age ON equipment_samples (received_at);

CREATE TABLE equipment_alarms (
    team_id      uuid        NOT NULL,
    equipment_id uuid        NOT NULL,
    raised_at    timestamptz NOT NULL CHECK (isfinite(raised_at)),
    code         text COLLATE "C" NOT NULL CHECK (char_length(code) BETWEEN 1 AND 100),
    severity     text        NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    message      text        NOT NULL CHECK (char_length(message) BETWEEN 1 AND 500),
    cleared_at   timestamptz CHECK (isfinite(cleared_at)),
    PRIMARY KEY (team_id, equipment_id, raised_at, code),
    FOREIGN KEY (team_id, equipment_id) REFERENCES equipment (team_id, id),
    CONSTRAINT equipment_alarms_cleared_later CHECK (cleared_at > raised_at)
);
COMMENT ON TABLE equipment_alarms IS 'every raised alarm; one whose severity rises is cleared and raised again';
CREATE UNIQUE INDEX equipment_alarms_open ON equipment_alarms (team_id, equipment_id, code) WHERE cleared_at IS NULL;

ALTER TABLE equipment ENABLE ROW LEVEL SECURITY;
ALTER TABLE equipment_samples ENABLE ROW LEVEL SECURITY;
ALTER TABLE equipment_alarms ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON equipment TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON equipment_samples TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON equipment_alarms TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY workers ON equipment_samples TO throughline_system USING (true);
GRANT SELECT, INSERT, UPDATE ON equipment TO throughline_team;
GRANT SELECT, INSERT ON equipment_samples TO throughline_team;
GRANT SELECT, INSERT, UPDATE (cleared_at) ON equipment_alarms TO throughline_team;
GRANT SELECT, DELETE ON equipment_samples TO throughline_system;
