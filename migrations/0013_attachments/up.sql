-- Files of the shop floor (docs/spec/mes.md, "Files"). Their content is in the object store, under team and id.

CREATE TABLE attachments (
    team_id                 uuid        NOT NULL REFERENCES teams,
    id                      uuid        NOT NULL,
    state                   text        NOT NULL CHECK (state IN ('announced', 'stored', 'deleted')),
    original_filename       text        NOT NULL CHECK (char_length(original_filename) BETWEEN 1 AND 255),
    filename                text        NOT NULL CHECK (char_length(filename) BETWEEN 1 AND 255),
    kind                    text        NOT NULL
                            CHECK (kind IN ('pdf', 'png', 'jpeg', 'tiff', 'webp', 'doc', 'docx', 'xls', 'xlsx', 'odt',
                                            'csv', 'txt', 'dxf', 'dwg', 'step')),
    size                    integer     NOT NULL CHECK (size BETWEEN 1 AND 10485760),
    sha256                  bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    attachment_type         text        NOT NULL
                            CHECK (attachment_type IN ('instruction', 'drawing', 'photo', 'document')),
    work_order_operation_id uuid,
    routing_operation_id    uuid,
    description             text        CHECK (char_length(description) BETWEEN 1 AND 2000),
    uploaded_at             timestamptz NOT NULL,
    PRIMARY KEY (team_id, id),
    -- an import may replace operations that have not started; their files stay, without an operation
    FOREIGN KEY (team_id, work_order_operation_id) REFERENCES work_order_operations (team_id, id)
        ON DELETE SET NULL (work_order_operation_id),
    FOREIGN KEY (team_id, routing_operation_id) REFERENCES routing_operations (team_id, id)
);
COMMENT ON COLUMN attachments.state IS
    'announced: the object is not stored yet; stored: it is; deleted: a worker will delete object and row';
CREATE INDEX attachments_uploaded ON attachments (team_id, uploaded_at, id) WHERE state = 'stored';
CREATE INDEX attachments_type ON attachments (team_id, attachment_type, uploaded_at, id) WHERE state = 'stored';
CREATE INDEX attachments_work_order_operation ON attachments (team_id, work_order_operation_id, uploaded_at, id)
    WHERE work_order_operation_id IS NOT NULL;
CREATE INDEX attachments_routing_operation ON attachments (team_id, routing_operation_id, uploaded_at, id)
    WHERE routing_operation_id IS NOT NULL;
CREATE INDEX attachments_remains ON attachments (state, uploaded_at) WHERE state <> 'stored';

ALTER TABLE attachments ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON attachments TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
-- workers see and delete only files that are not visible
CREATE POLICY workers ON attachments TO throughline_system USING (state <> 'stored');
GRANT SELECT, INSERT, DELETE, UPDATE (state) ON attachments TO throughline_team;
GRANT SELECT, DELETE, UPDATE (state) ON attachments TO throughline_system;
