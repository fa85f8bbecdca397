-- Operators and their attendance (docs/spec/mes.md, "Master data" and "Attendance").

CREATE TABLE operators (
    team_id    uuid        NOT NULL REFERENCES teams,
    id         uuid        NOT NULL,
    name       text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    name_key   text COLLATE "C" NOT NULL,
    badge      text COLLATE "C" NOT NULL CHECK (char_length(badge) BETWEEN 1 AND 50),
    skills     text[]      NOT NULL CHECK (cardinality(skills) <= 100),
    user_id    uuid,
    is_active  boolean     NOT NULL,
    clockings  bigint      NOT NULL CHECK (clockings >= 0),
    clocked_at timestamptz,
    version    bigint      NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, badge),
    UNIQUE (team_id, user_id),
    FOREIGN KEY (team_id, user_id) REFERENCES users (team_id, id),
    CHECK ((clockings = 0) = (clocked_at IS NULL))
);
CREATE INDEX operators_name ON operators (team_id, name_key, id);
COMMENT ON COLUMN operators.clockings IS 'number of attendance entries: odd while the operator is clocked in';
COMMENT ON COLUMN operators.clocked_at IS 'the time of the last attendance entry';

CREATE TABLE operator_attendance (
    team_id     uuid        NOT NULL,
    operator_id uuid        NOT NULL,
    sequence    bigint      NOT NULL CHECK (sequence >= 1),
    event       text        NOT NULL CHECK (event IN ('in', 'out')),
    at          timestamptz NOT NULL,
    PRIMARY KEY (team_id, operator_id, sequence),
    FOREIGN KEY (team_id, operator_id) REFERENCES operators (team_id, id),
    CHECK ((event = 'in') = (sequence % 2 = 1))
);
COMMENT ON TABLE operator_attendance IS 'append-only: in and out alternate';

ALTER TABLE operators ENABLE ROW LEVEL SECURITY;
ALTER TABLE operator_attendance ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON operators TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON operator_attendance TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
GRANT SELECT, INSERT, UPDATE ON operators TO throughline_team;
GRANT SELECT, INSERT ON operator_attendance TO throughline_team;
