-- Team settings, users and their sessions, and the rotation of API keys.

ALTER TABLE teams
    ADD COLUMN currency          text          NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    ADD COLUMN tax_rate          numeric(5, 4) NOT NULL DEFAULT 0.18 CHECK (tax_rate BETWEEN 0 AND 1),
    ADD COLUMN shift_calendar    jsonb         NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(shift_calendar) = 'array'),
    ADD COLUMN four_eyes_payment boolean       NOT NULL DEFAULT false,
    ADD COLUMN skill_check       text          NOT NULL DEFAULT 'refuse' CHECK (skill_check IN ('refuse', 'warn')),
    ADD COLUMN version           bigint        NOT NULL DEFAULT 1 CHECK (version >= 1),
    ADD COLUMN updated_at        timestamptz;
UPDATE teams SET updated_at = created_at;
ALTER TABLE teams ALTER COLUMN updated_at SET NOT NULL;

ALTER TABLE users
    ADD COLUMN vendor_id  uuid,
    ADD COLUMN is_active  boolean NOT NULL DEFAULT true,
    ADD COLUMN version    bigint  NOT NULL DEFAULT 1 CHECK (version >= 1),
    ADD COLUMN updated_at timestamptz,
    ADD CONSTRAINT users_some_role CHECK (cardinality(roles) >= 1),
    ADD CONSTRAINT users_vendor_of_a_vendor CHECK (('VENDOR' = ANY (roles)) = (vendor_id IS NOT NULL)),
    ADD FOREIGN KEY (team_id, vendor_id) REFERENCES vendors (team_id, id);
UPDATE users SET updated_at = created_at;
ALTER TABLE users ALTER COLUMN updated_at SET NOT NULL;
CREATE INDEX users_listed ON users (team_id, email_key, id);
CREATE INDEX users_vendor ON users (team_id, vendor_id);

ALTER TABLE api_keys
    ADD COLUMN previous_hash    bytea  CHECK (octet_length(previous_hash) = 32),
    ADD COLUMN previous_until   timestamptz,
    ADD COLUMN allowed_networks text[] NOT NULL DEFAULT '{}' CHECK (cardinality(allowed_networks) <= 100),
    ADD COLUMN last_used_at     timestamptz,
    ADD CONSTRAINT api_keys_previous CHECK ((previous_hash IS NULL) = (previous_until IS NULL));
COMMENT ON COLUMN api_keys.previous_hash IS 'the secret before the last rotation, valid until previous_until';
CREATE INDEX api_keys_listed ON api_keys (team_id, created_at DESC, id DESC);

CREATE TABLE sessions (
    team_id    uuid        NOT NULL REFERENCES teams,
    id         uuid        NOT NULL UNIQUE,
    user_id    uuid        NOT NULL,
    address    inet,
    begun_at   timestamptz NOT NULL,
    ended_at   timestamptz,
    PRIMARY KEY (team_id, id),
    FOREIGN KEY (team_id, user_id) REFERENCES users (team_id, id)
);
CREATE INDEX sessions_of_user ON sessions (team_id, user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_begun ON sessions (begun_at);

-- A session is a chain of refresh tokens, of which one at a time is unspent.
CREATE TABLE refresh_tokens (
    team_id    uuid        NOT NULL REFERENCES teams,
    id         uuid        NOT NULL UNIQUE,
    session_id uuid        NOT NULL,
    hash       bytea       NOT NULL CHECK (octet_length(hash) = 32),
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > issued_at),
    spent_at   timestamptz,
    PRIMARY KEY (team_id, id),
    FOREIGN KEY (team_id, session_id) REFERENCES sessions (team_id, id)
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (team_id, session_id);
CREATE UNIQUE INDEX refresh_tokens_current ON refresh_tokens (team_id, session_id) WHERE spent_at IS NULL;
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

-- Wrong passwords by account and address. Attempts count whether the account exists or not, so there is no team; and
-- there is no e-mail, only the SHA-256 of e-mail and address.
CREATE TABLE log_in_attempts (
    attempt   bytea         PRIMARY KEY CHECK (octet_length(attempt) = 32),
    failed_at timestamptz[] NOT NULL CHECK (cardinality(failed_at) <= 5),
    tried_at  timestamptz   NOT NULL
);
CREATE INDEX log_in_attempts_age ON log_in_attempts (tried_at);

-- Five wrong passwords within 15 minutes lock for 15 minutes (docs/spec/oms.md, "Failed log-ins").
CREATE FUNCTION log_in_lock(failed_at timestamptz[]) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN failed_at[5] - failed_at[1] <= interval '15 minutes' THEN failed_at[5] + interval '15 minutes' END
$$;

CREATE FUNCTION auth_log_in_locked_until(wanted bytea, moment timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    SELECT public.log_in_lock(failed_at) FROM public.log_in_attempts
    WHERE attempt = wanted AND public.log_in_lock(failed_at) > moment
$$;

-- Counts an attempt; if a lock refuses it, returns the end of the lock.
CREATE FUNCTION auth_log_in_settle(wanted bytea, was_right boolean, moment timestamptz) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    failures timestamptz[];
    locked_until timestamptz;
BEGIN
    -- the update of nothing takes the row's lock: attempts at once are counted one after the other
    INSERT INTO public.log_in_attempts AS known (attempt, failed_at, tried_at) VALUES (wanted, '{}', moment)
    ON CONFLICT (attempt) DO UPDATE SET tried_at = excluded.tried_at
    RETURNING known.failed_at INTO failures;
    locked_until := public.log_in_lock(failures);
    IF locked_until > moment THEN
        RETURN locked_until;
    ELSIF was_right THEN
        DELETE FROM public.log_in_attempts WHERE attempt = wanted;
    ELSE
        failures := failures || moment;
        UPDATE public.log_in_attempts SET failed_at = failures[greatest(1, cardinality(failures) - 4):]
        WHERE attempt = wanted;
    END IF;
    RETURN NULL;
END
$$;

-- Callers are looked up by their credentials; they have no team yet, so row-level security does not apply. The functions
-- return whole rows: the hashes are needed, and a column that is added later needs no new function.
DROP FUNCTION auth_api_key(uuid);
CREATE FUNCTION auth_api_key(key_id uuid) RETURNS SETOF api_keys
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$ SELECT * FROM public.api_keys WHERE id = key_id $$;

CREATE FUNCTION auth_session(session_id uuid)
RETURNS TABLE (team_id uuid, user_id uuid, roles text[], vendor_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    SELECT u.team_id, u.id, u.roles, u.vendor_id
    FROM public.sessions s JOIN public.users u ON u.team_id = s.team_id AND u.id = s.user_id
    WHERE s.id = session_id AND s.ended_at IS NULL AND u.is_active
$$;

CREATE FUNCTION auth_account(wanted_key text) RETURNS SETOF users
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$ SELECT * FROM public.users WHERE email_key = wanted_key AND is_active $$;

CREATE FUNCTION auth_refresh_token_owner(token_id uuid) RETURNS TABLE (team_id uuid, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    SELECT s.team_id, s.user_id
    FROM public.refresh_tokens t JOIN public.sessions s ON s.team_id = t.team_id AND s.id = t.session_id
    WHERE t.id = token_id
$$;

REVOKE ALL ON FUNCTION auth_log_in_locked_until(bytea, timestamptz), auth_log_in_settle(bytea, boolean, timestamptz),
    auth_api_key(uuid), auth_session(uuid), auth_account(text), auth_refresh_token_owner(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth_log_in_locked_until(bytea, timestamptz), auth_log_in_settle(bytea, boolean, timestamptz),
    auth_api_key(uuid), auth_session(uuid), auth_account(text), auth_refresh_token_owner(uuid) TO throughline_auth;

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_in_attempts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON sessions TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON refresh_tokens TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
-- Workers delete ended sessions, expired tokens and old attempts.
CREATE POLICY workers ON sessions TO throughline_system USING (true);
CREATE POLICY workers ON refresh_tokens TO throughline_system USING (true);
CREATE POLICY workers ON log_in_attempts TO throughline_system USING (true);
-- Workers record when a key was last used.
CREATE POLICY workers ON api_keys TO throughline_system USING (true);

GRANT UPDATE ON teams, users, api_keys TO throughline_team;
GRANT SELECT, INSERT, UPDATE ON sessions, refresh_tokens TO throughline_team;
GRANT SELECT, DELETE ON sessions, refresh_tokens, log_in_attempts TO throughline_system;
GRANT SELECT (team_id, id, last_used_at), UPDATE (last_used_at) ON api_keys TO throughline_system;
