REVOKE SELECT (id, name) ON teams FROM throughline_system;
DROP POLICY workers ON teams;
DROP TABLE access_log, audit_chains, audit_seals;
REVOKE SELECT ON audit_entries FROM throughline_system;
DROP POLICY workers ON audit_entries;
DROP INDEX audit_entries_newest, audit_entries_actor, audit_entries_action, audit_entries_subject, audit_entries_request;
DROP INDEX audit_entries_commit_order;
CREATE INDEX audit_entries_commit_order ON audit_entries (team_id, xid, id);
