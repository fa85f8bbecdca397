DROP TABLE idempotent_answers, audit_entries, outbox, api_keys, users;
DROP FUNCTION auth_api_key(uuid), auth_team_named(text);
DROP TABLE teams;
DROP FUNCTION current_team();
