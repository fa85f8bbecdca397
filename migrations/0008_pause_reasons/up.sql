-- Pause reasons of operations (docs/spec/mes.md, "Master data").

CREATE TABLE pause_reasons (
    team_id    uuid        NOT NULL REFERENCES teams,
    id         uuid        NOT NULL,
    name       text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    name_key   text COLLATE "C" NOT NULL,
    category   text        NOT NULL CHECK (category IN ('planned', 'unplanned')),
    is_active  boolean     NOT NULL,
    version    bigint      NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, name_key)
);

ALTER TABLE pause_reasons ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON pause_reasons TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
GRANT SELECT, INSERT, UPDATE ON pause_reasons TO throughline_team;
