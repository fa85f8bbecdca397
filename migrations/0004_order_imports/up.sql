-- One record per import: history, errors.csv, audit detail, source of events and replayed answer (docs/adr/0002).

CREATE TABLE order_imports (
    team_id         uuid        NOT NULL REFERENCES teams,
    id              uuid        NOT NULL,
    created_at      timestamptz NOT NULL,
    actor           text        NOT NULL,
    request_id      text        NOT NULL,
    outcome         text        NOT NULL CHECK (outcome IN ('completed', 'rejected')),
    source          text        NOT NULL CHECK (source IN ('csv', 'json')),
    file_name       text        CHECK (char_length(file_name) BETWEEN 1 AND 255),
    separator       text        CHECK (char_length(separator) = 1),
    mode            text        NOT NULL CHECK (mode IN ('per_row', 'all_or_nothing')),
    on_existing     text        NOT NULL CHECK (on_existing IN ('update', 'skip', 'error')),
    source_columns  text[]      NOT NULL,
    ignored_columns text[]      NOT NULL,
    rows            integer     NOT NULL CHECK (rows BETWEEN 0 AND 100000),
    created         integer     NOT NULL CHECK (created >= 0),
    updated         integer     NOT NULL CHECK (updated >= 0),
    skipped         integer     NOT NULL CHECK (skipped >= 0),
    errors          integer     NOT NULL CHECK (errors >= 0),
    changed         integer     NOT NULL CHECK (changed BETWEEN 0 AND updated),
    PRIMARY KEY (team_id, id),
    CHECK (created + updated + skipped + errors = rows),
    CHECK (outcome = 'completed' OR created + updated = 0)
);
COMMENT ON COLUMN order_imports.changed IS 'those of `updated` that differed and were written';
CREATE INDEX order_imports_newest ON order_imports (team_id, created_at DESC, id DESC);

CREATE TABLE order_import_chunks (
    team_id   uuid     NOT NULL,
    import_id uuid     NOT NULL,
    chunk     integer  NOT NULL CHECK (chunk BETWEEN 0 AND 99),
    format    smallint NOT NULL,
    content   bytea    NOT NULL,
    PRIMARY KEY (team_id, import_id, chunk),
    FOREIGN KEY (team_id, import_id) REFERENCES order_imports (team_id, id)
);
ALTER TABLE order_import_chunks ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON COLUMN order_import_chunks.content IS
    '1,000 rows with input, outcome and before-image: JSON lines, LZ4; adapter-postgres/src/order_import/chunk.rs';

ALTER TABLE order_imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_import_chunks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON order_imports TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON order_import_chunks TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
GRANT SELECT, INSERT ON order_imports, order_import_chunks TO throughline_team;
