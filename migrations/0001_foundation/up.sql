-- Teams, users and API keys, and what every change writes: events, audit entries, stored responses.
-- An administrator creates the roles named here first: `throughline migrate --print-roles`.

-- The team a statement works for; adapter-postgres/src/db.rs sets it for each transaction.
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
COMMENT ON COLUMN teams.name_key IS 'the case-folded name: no two teams differ by case alone';

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
COMMENT ON COLUMN users.email_key IS 'the case-folded e-mail; unique in the installation';

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

-- Finds the team of a presented key: the caller has no team yet, so row-level security does not apply.
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

-- The command line names teams by name; it has no team yet either.
CREATE FUNCTION auth_team_named(wanted_key text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$ SELECT id FROM public.teams WHERE name_key = wanted_key $$;
REVOKE ALL ON FUNCTION auth_team_named(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth_team_named(text) TO throughline_auth;

-- Events to deliver. A row is one event, or refers to a record of many, from which they are read (OutboxMessage::Bulk).
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
COMMENT ON COLUMN outbox.xid IS 'ids do not follow commit order: readers take rows below pg_snapshot_xmin, in the order (xid, id)';
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

-- Responses stored for idempotency keys: as text, or as the record they are rendered from again.
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
-- Workers see every team, but only in tables with such a policy.
CREATE POLICY workers ON idempotent_answers TO throughline_system USING (true);

GRANT USAGE ON SCHEMA public TO throughline_team, throughline_auth, throughline_system;
GRANT SELECT, INSERT ON teams, users, api_keys, outbox, audit_entries TO throughline_team;
GRANT SELECT, INSERT, UPDATE ON idempotent_answers TO throughline_team;
GRANT SELECT, DELETE ON idempotent_answers TO throughline_system;
