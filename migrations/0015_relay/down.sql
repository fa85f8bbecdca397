REVOKE SELECT, DELETE, UPDATE (xid) ON outbox FROM throughline_system;
DROP POLICY workers ON outbox;
DROP INDEX outbox_type_order, outbox_age;
CREATE INDEX outbox_commit_order ON outbox (xid, id);
DROP TABLE relay_retries, relay_cursors, inbox;
