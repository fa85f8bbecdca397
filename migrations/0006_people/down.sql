DROP FUNCTION auth_refresh_token_owner(uuid), auth_account(text), auth_session(uuid), auth_api_key(uuid),
    auth_log_in_settle(bytea, boolean, timestamptz), auth_log_in_locked_until(bytea, timestamptz),
    log_in_lock(timestamptz[]);
DROP TABLE log_in_attempts, refresh_tokens, sessions;
REVOKE UPDATE ON teams, users, api_keys FROM throughline_team;
DROP POLICY workers ON api_keys;
REVOKE SELECT (team_id, id), UPDATE (last_used_at) ON api_keys FROM throughline_system;
DROP INDEX api_keys_listed, users_vendor, users_listed;
ALTER TABLE api_keys
    DROP COLUMN last_used_at, DROP COLUMN allowed_networks, DROP COLUMN previous_until, DROP COLUMN previous_hash;
ALTER TABLE users
    DROP CONSTRAINT users_some_role, DROP COLUMN updated_at, DROP COLUMN version, DROP COLUMN is_active,
    DROP COLUMN vendor_id;
ALTER TABLE teams
    DROP COLUMN updated_at, DROP COLUMN version, DROP COLUMN skill_check, DROP COLUMN four_eyes_payment,
    DROP COLUMN shift_calendar, DROP COLUMN tax_rate, DROP COLUMN currency;
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
