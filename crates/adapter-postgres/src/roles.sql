-- Throughline's database roles. Run once as a superuser, connected to Throughline's database.
-- Give the two LOGIN roles passwords or another way in that fits your pg_hba.conf.

DO $$
BEGIN
    -- owns the tables and migrates: DATABASE_OWNER_URL
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'throughline_owner') THEN
        CREATE ROLE throughline_owner LOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    -- what the service becomes: for one team's data, for looking up callers, for its workers
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'throughline_team') THEN
        CREATE ROLE throughline_team NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'throughline_auth') THEN
        CREATE ROLE throughline_auth NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'throughline_system') THEN
        CREATE ROLE throughline_system NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    -- what the service logs in as, owning nothing: DATABASE_URL
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'throughline') THEN
        CREATE ROLE throughline LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS;
    END IF;
END
$$;

-- the service becomes one of them for each transaction, and has none of their rights otherwise; from PostgreSQL 16 on the
-- grant says so, whatever the role says
ALTER ROLE throughline NOINHERIT;
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 160000 THEN
        EXECUTE 'GRANT throughline_team, throughline_auth, throughline_system TO throughline WITH INHERIT FALSE, SET TRUE';
    ELSE
        GRANT throughline_team, throughline_auth, throughline_system TO throughline;
    END IF;
END
$$;
ALTER ROLE throughline SET lc_messages = 'C';

DO $$
BEGIN
    EXECUTE format('GRANT CREATE, CONNECT, TEMPORARY ON DATABASE %I TO throughline_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO throughline', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO throughline_team', current_database());
END
$$;
GRANT CREATE, USAGE ON SCHEMA public TO throughline_owner;
