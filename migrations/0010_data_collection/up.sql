-- What is measured during operations (docs/spec/mes.md, "Data collection").

CREATE TABLE data_collection_activities (
    team_id      uuid        NOT NULL REFERENCES teams,
    id           uuid        NOT NULL,
    name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    name_key     text COLLATE "C" NOT NULL,
    description  text        CHECK (char_length(description) BETWEEN 1 AND 2000),
    fields       jsonb       NOT NULL
                 CHECK (CASE jsonb_typeof(fields) WHEN 'array' THEN jsonb_array_length(fields) <= 100 ELSE false END),
    on_violation text        NOT NULL CHECK (on_violation IN ('reject', 'record')),
    is_active    boolean     NOT NULL,
    version      bigint      NOT NULL CHECK (version >= 1),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (team_id, id)
);
CREATE INDEX data_collection_activities_name ON data_collection_activities (team_id, name_key, id);
COMMENT ON COLUMN data_collection_activities.fields IS 'the fields as the mes API shows them; always read and written as a whole';

ALTER TABLE data_collection_activities ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON data_collection_activities TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
GRANT SELECT, INSERT, UPDATE ON data_collection_activities TO throughline_team;
