-- Teams, people and keys, and what every change leaves behind: events, audit entries, kept answers.
-- The roles named here are made by an administrator first: `throughline migrate --print-roles`.

-- The team a statement works for: set by adapter-postgres/src/db.rs for each transaction.
CREATE FUNCTION current_team() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.team_id', true), '')::uuid $$;

CREATE TABLE teams (
    id          uuid        PRIMARY KEY,
    name        text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    name_key    text        NOT NULL UNIQUE,
    time_zone   text        NOT NULL DEFAULT 'UTC' CHECK (time_zone <> ''),
    created_at  timestamptz NOT NULL
);
COMMENT ON COLUMN teams.name_key IS 'the name folded for comparison, so that two teams never differ by case alone';

CREATE TABLE users (
    team_id       uuid        NOT NULL REFERENCES teams,
    id            uuid        NOT NULL UNIQUE,
    email         text        NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    email_key     text        NOT NULL UNIQUE,
    password_hash text        NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    roles         text[]      NOT NULL
                  CHECK (roles <@ ARRAY['ADMIN', 'VENDOR', 'ACCOUNTS', 'OPS', 'OPERATOR']),
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (team_id, id)
);
COMMENT ON COLUMN users.email_key IS 'the e-mail folded for comparison; unique in the installation';

CREATE TABLE api_keys (
    team_id     uuid        NOT NULL REFERENCES teams,
    id          uuid        NOT NULL UNIQUE,
    name        text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    prefix      text        NOT NULL,
    secret_hash bytea       NOT NULL CHECK (octet_length(secret_hash) = 32),
    permission  text        NOT NULL CHECK (permission IN ('read-only', 'read-write', 'admin')),
    scopes      text[]      NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    PRIMARY KEY (team_id, id)
);

-- The one way from a presented key to its team: callers have none yet, so row-level security can't help them.
CREATE FUNCTION auth_api_key(key_id uuid)
RETURNS TABLE (team_id uuid, secret_hash bytea, permission text, scopes text[],
               expires_at timestamptz, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    SELECT k.team_id, k.secret_hash, k.permission, k.scopes, k.expires_at, k.revoked_at
    FROM public.api_keys k WHERE k.id = key_id
$$;
REVOKE ALL ON FUNCTION auth_api_key(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth_api_key(uuid) TO throughline_auth;

-- The command line names teams by name; it too has no team before it asks.
CREATE FUNCTION auth_team_named(wanted_key text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$ SELECT id FROM public.teams WHERE name_key = wanted_key $$;
REVOKE ALL ON FUNCTION auth_team_named(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth_team_named(text) TO throughline_auth;

-- Events on their way out. An event stands here whole, or folded in a record that is unfolded when read.
CREATE TABLE outbox (
    team_id       uuid        NOT NULL REFERENCES teams,
    id            uuid        NOT NULL,
    xid           xid8        NOT NULL DEFAULT pg_current_xact_id(),
    event_type    text,
    aggregate_id  uuid,
    sequence      bigint,
    payload       jsonb,
    folded_record text,
    folded_id     uuid,
    occurred_at   timestamptz NOT NULL,
    PRIMARY KEY (team_id, id),
    CHECK (num_nonnulls(event_type, aggregate_id, sequence, payload) = CASE WHEN folded_id IS NULL THEN 4 ELSE 0 END),
    CHECK ((folded_record IS NULL) = (folded_id IS NULL))
);
COMMENT ON COLUMN outbox.xid IS 'ids do not follow commit order: consumers read below pg_snapshot_xmin, in (xid, id) order';
CREATE INDEX outbox_commit_order ON outbox (xid, id);

CREATE TABLE audit_entries (
    team_id      uuid        NOT NULL REFERENCES teams,
    id           uuid        NOT NULL,
    xid          xid8        NOT NULL DEFAULT pg_current_xact_id(),
    at           timestamptz NOT NULL,
    actor        text        NOT NULL,
    request_id   text        NOT NULL,
    action       text        NOT NULL,
    subject_kind text        NOT NULL,
    subject_id   uuid        NOT NULL,
    before       jsonb,
    after        jsonb,
    PRIMARY KEY (team_id, id)
);
COMMENT ON TABLE audit_entries IS 'append-only: no role of the service may update or delete';
CREATE INDEX audit_entries_commit_order ON audit_entries (team_id, xid, id);

-- Answers kept for idempotency keys: as text, or as the record they are rendered from again.
CREATE TABLE idempotent_answers (
    team_id     uuid        NOT NULL REFERENCES teams,
    caller      text        NOT NULL,
    method      text        NOT NULL,
    path        text        NOT NULL,
    key         text        NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
    fingerprint bytea       NOT NULL CHECK (octet_length(fingerprint) = 32),
    status      smallint    NOT NULL CHECK (status BETWEEN 200 AND 499),
    body        text,
    record_kind text,
    record_id   uuid,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (team_id, caller, method, path, key),
    CHECK ((body IS NULL) = (record_id IS NOT NULL)),
    CHECK ((record_kind IS NULL) = (record_id IS NULL))
);
CREATE INDEX idempotent_answers_expiry ON idempotent_answers (expires_at);

ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotent_answers ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_team ON teams TO throughline_team
    USING (id = (SELECT current_team())) WITH CHECK (id = (SELECT current_team()));
CREATE POLICY own_team ON users TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON api_keys TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON outbox TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON audit_entries TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON idempotent_answers TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
-- Workers see every team, in the tables named here alone.
CREATE POLICY workers ON idempotent_answers TO throughline_system USING (true);

GRANT USAGE ON SCHEMA public TO throughline_team, throughline_auth, throughline_system;
GRANT SELECT, INSERT ON teams, users, api_keys, outbox, audit_entries TO throughline_team;
GRANT SELECT, INSERT, UPDATE ON idempotent_answers TO throughline_team;
GRANT SELECT, DELETE ON idempotent_answers TO throughline_system;
