-- Departments, and the work centres in them (docs/spec/mes.md, "Master data").

CREATE TABLE departments (
    team_id    uuid        NOT NULL REFERENCES teams,
    id         uuid        NOT NULL,
    name       text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    name_key   text COLLATE "C" NOT NULL,
    is_active  boolean     NOT NULL,
    version    bigint      NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, name_key)
);

CREATE TABLE work_centres (
    team_id       uuid        NOT NULL REFERENCES teams,
    number        integer     NOT NULL CHECK (number >= 1),
    id            uuid        NOT NULL,
    name          text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    department_id uuid        NOT NULL,
    is_active     boolean     NOT NULL,
    version       bigint      NOT NULL CHECK (version >= 1),
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (team_id, number),
    UNIQUE (team_id, id),
    FOREIGN KEY (team_id, department_id) REFERENCES departments (team_id, id)
);
CREATE INDEX work_centres_department ON work_centres (team_id, department_id);
COMMENT ON COLUMN work_centres.number IS 'the team''s own number: work_centre_id in the import API';

ALTER TABLE departments ENABLE ROW LEVEL SECURITY;
ALTER TABLE work_centres ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON departments TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON work_centres TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
GRANT SELECT, INSERT, UPDATE ON departments, work_centres TO throughline_team;
