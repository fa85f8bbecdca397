-- Routings (docs/spec/mes.md, "Routings"). A change creates a new version; existing orders keep theirs.

CREATE TABLE routings (
    team_id    uuid        NOT NULL REFERENCES teams,
    id         uuid        NOT NULL,
    name       text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    name_key   text COLLATE "C" NOT NULL,
    version    integer     NOT NULL CHECK (version >= 1),
    is_active  boolean     NOT NULL,
    revision   bigint      NOT NULL CHECK (revision >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, name_key)
);
COMMENT ON COLUMN routings.version IS 'the version that new orders get; the mes API shows 1 as 1.0';
COMMENT ON COLUMN routings.revision IS 'increases by 1 with every change, including those of is_active';

CREATE TABLE routing_versions (
    team_id            uuid           NOT NULL,
    routing_id         uuid           NOT NULL,
    version            integer        NOT NULL CHECK (version >= 1),
    name               text           NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    description        text           CHECK (char_length(description) BETWEEN 1 AND 2000),
    product_identifier text COLLATE "C" CHECK (char_length(product_identifier) BETWEEN 1 AND 100),
    allow_overlap      boolean        NOT NULL,
    created_at         timestamptz    NOT NULL,
    PRIMARY KEY (team_id, routing_id, version),
    FOREIGN KEY (team_id, routing_id) REFERENCES routings (team_id, id)
);
CREATE INDEX routing_versions_product ON routing_versions (team_id, product_identifier);
COMMENT ON COLUMN routing_versions.allow_overlap IS 'an operation may start after the first report of the previous one';
-- deferred: both are written in one transaction, the routing first
ALTER TABLE routings ADD FOREIGN KEY (team_id, id, version)
    REFERENCES routing_versions (team_id, routing_id, version) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE routing_operations (
    team_id          uuid           NOT NULL,
    id               uuid           NOT NULL,
    routing_id       uuid           NOT NULL,
    version          integer        NOT NULL,
    operation_number integer        NOT NULL CHECK (operation_number BETWEEN 1 AND 200),
    name             text           NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    department_id    uuid           NOT NULL,
    setup_minutes    numeric(9, 3)  NOT NULL CHECK (setup_minutes BETWEEN 0 AND 100000),
    run_minutes      numeric(9, 3)  NOT NULL CHECK (run_minutes BETWEEN 0 AND 100000),
    run_time_basis   text           NOT NULL CHECK (run_time_basis IN ('per_order', 'per_unit')),
    instructions     text           CHECK (char_length(instructions) BETWEEN 1 AND 10000),
    required_skills  text[]         NOT NULL CHECK (cardinality(required_skills) <= 100),
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, routing_id, version, operation_number),
    FOREIGN KEY (team_id, routing_id, version) REFERENCES routing_versions (team_id, routing_id, version),
    FOREIGN KEY (team_id, department_id) REFERENCES departments (team_id, id)
);
CREATE INDEX routing_operations_department ON routing_operations (team_id, department_id);

CREATE TABLE routing_operation_activities (
    team_id              uuid    NOT NULL,
    routing_operation_id uuid    NOT NULL,
    sequence             integer NOT NULL CHECK (sequence BETWEEN 1 AND 100),
    activity_id          uuid    NOT NULL,
    is_required          boolean NOT NULL,
    PRIMARY KEY (team_id, routing_operation_id, activity_id),
    UNIQUE (team_id, routing_operation_id, sequence),
    FOREIGN KEY (team_id, routing_operation_id) REFERENCES routing_operations (team_id, id),
    FOREIGN KEY (team_id, activity_id) REFERENCES data_collection_activities (team_id, id)
);
CREATE INDEX routing_operation_activities_activity ON routing_operation_activities (team_id, activity_id);

ALTER TABLE manufacturing_orders
    ADD FOREIGN KEY (team_id, routing_id, routing_version) REFERENCES routing_versions (team_id, routing_id, version);

ALTER TABLE routings ENABLE ROW LEVEL SECURITY;
ALTER TABLE routing_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE routing_operations ENABLE ROW LEVEL SECURITY;
ALTER TABLE routing_operation_activities ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON routings TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON routing_versions TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON routing_operations TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON routing_operation_activities TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
GRANT SELECT, INSERT, UPDATE ON routings TO throughline_team;
GRANT SELECT, INSERT ON routing_versions, routing_operations, routing_operation_activities TO throughline_team;
