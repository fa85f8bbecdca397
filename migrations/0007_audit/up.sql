-- The hash chains of the audit trail, and the access log.

-- The seal of an entry in its team's chain, written after the entry has committed (docs/adr/0007).
CREATE TABLE audit_seals (
    team_id  uuid   NOT NULL,
    sequence bigint NOT NULL CHECK (sequence >= 1),
    entry_id uuid   NOT NULL,
    hash     bytea  NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (team_id, sequence),
    UNIQUE (team_id, entry_id),
    FOREIGN KEY (team_id, entry_id) REFERENCES audit_entries (team_id, id)
);
COMMENT ON TABLE audit_seals IS 'append-only: no role of the service may update or delete';
COMMENT ON COLUMN audit_seals.hash IS 'SHA-256 over the previous seal and the entry, as crates/audit defines it';

-- The sealer's progress, only used to avoid looking at every entry.
CREATE TABLE audit_chains (
    team_id   uuid   PRIMARY KEY REFERENCES teams,
    cluster   bigint NOT NULL,
    sealed_to xid8   NOT NULL
);
COMMENT ON COLUMN audit_chains.cluster IS 'the PostgreSQL cluster that assigned sealed_to: after a restore into another, numbers start anew';
COMMENT ON COLUMN audit_chains.sealed_to IS 'the entries of all transactions below this number are sealed, in every team';

-- The sealer reads across teams; lists read the newest first. Equality of text and uuid can use an index under row-level
-- security.
DROP INDEX audit_entries_commit_order;
CREATE INDEX audit_entries_commit_order ON audit_entries (xid, id);
CREATE INDEX audit_entries_newest ON audit_entries (team_id, at DESC, id DESC);
CREATE INDEX audit_entries_actor ON audit_entries (team_id, actor, at DESC, id DESC);
CREATE INDEX audit_entries_action ON audit_entries (team_id, action, at DESC, id DESC);
CREATE INDEX audit_entries_subject ON audit_entries (team_id, subject_id, at DESC, id DESC);
CREATE INDEX audit_entries_request ON audit_entries (team_id, request_id);

-- Every call of a known caller, reads included; stored for 90 days.
-- Up to a thousand rows are written with one statement, outside the requests. There is no foreign key, because it would
-- look up and lock each row's team: the team is that of a caller who was just authenticated, and teams are never deleted.
CREATE TABLE access_log (
    team_id      uuid        NOT NULL,
    id           uuid        NOT NULL,
    at           timestamptz NOT NULL,
    actor        text        NOT NULL,
    method       text        NOT NULL,
    route        text        NOT NULL,
    path         text        NOT NULL CHECK (char_length(path) <= 1024),
    status       smallint    NOT NULL CHECK (status BETWEEN 100 AND 999),
    request_id   text        NOT NULL,
    address      text        CHECK (char_length(address) <= 45),
    microseconds integer     NOT NULL CHECK (microseconds >= 0),
    PRIMARY KEY (team_id, id)
);
COMMENT ON TABLE access_log IS 'append-only for teams; workers delete what is older than 90 days';
CREATE INDEX access_log_newest ON access_log (team_id, at DESC, id DESC);
CREATE INDEX access_log_request ON access_log (team_id, request_id);
-- rows are inserted in the order of their times, so old rows are stored together
CREATE INDEX access_log_age ON access_log USING brin (at);

ALTER TABLE audit_seals ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_chains ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON audit_seals TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON audit_chains TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON access_log TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY workers ON audit_entries TO throughline_system USING (true);
CREATE POLICY workers ON audit_seals TO throughline_system USING (true);
CREATE POLICY workers ON audit_chains TO throughline_system USING (true);
CREATE POLICY workers ON access_log TO throughline_system USING (true);
CREATE POLICY workers ON teams FOR SELECT TO throughline_system USING (true);

GRANT SELECT ON audit_seals, audit_chains TO throughline_team;
GRANT SELECT, INSERT ON access_log TO throughline_team;
GRANT SELECT ON audit_entries TO throughline_system;
GRANT SELECT, INSERT ON audit_seals TO throughline_system;
GRANT SELECT, INSERT, UPDATE ON audit_chains TO throughline_system;
GRANT SELECT, INSERT, DELETE ON access_log TO throughline_system;
-- `throughline audit verify` prints the names of teams
GRANT SELECT (id, name) ON teams TO throughline_system;
