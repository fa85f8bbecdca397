-- Delivery of events from the outbox: what each consumer has consumed, its cursor, and its retries (docs/adr/0009).

-- A consumer inserts the event in the transaction of its effect, so that an event delivered again has no effect.
CREATE TABLE inbox (
    team_id     uuid        NOT NULL REFERENCES teams,
    consumer    text        NOT NULL CHECK (char_length(consumer) BETWEEN 1 AND 100),
    event_id    uuid        NOT NULL,
    consumed_at timestamptz NOT NULL,
    PRIMARY KEY (team_id, consumer, event_id)
);
COMMENT ON TABLE inbox IS 'append-only for teams; workers delete old rows whose events are no longer in the outbox';
-- rows are inserted in the order of their times, so old rows are stored together
CREATE INDEX inbox_age ON inbox USING brin (consumed_at);

-- Without a team: a relay reads the events of all teams in one order.
CREATE TABLE relay_cursors (
    consumer   text        PRIMARY KEY CHECK (char_length(consumer) BETWEEN 1 AND 100),
    cluster    bigint      NOT NULL,
    xid        xid8        NOT NULL,
    event_id   uuid        NOT NULL,
    moved_at   timestamptz NOT NULL,
    held_by    uuid,
    held_until timestamptz,
    CONSTRAINT relay_cursors_held CHECK ((held_by IS NULL) = (held_until IS NULL))
);
COMMENT ON COLUMN relay_cursors.cluster IS 'the PostgreSQL cluster that assigned xid: after a restore into another, numbers start anew';
COMMENT ON COLUMN relay_cursors.event_id IS 'every event of the consumer''s types at or before (xid, event_id) was consumed, or is in relay_retries';
COMMENT ON COLUMN relay_cursors.held_by IS 'the relay that runs a batch now; after held_until, by PostgreSQL''s clock, another may';

-- Events that a consumer failed on. The foreign key prevents their deletion from the outbox.
CREATE TABLE relay_retries (
    team_id  uuid        NOT NULL,
    event_id uuid        NOT NULL,
    consumer text        NOT NULL CHECK (char_length(consumer) BETWEEN 1 AND 100),
    attempts integer     NOT NULL CHECK (attempts >= 1),
    next_at  timestamptz NOT NULL,
    error    text        NOT NULL CHECK (char_length(error) <= 1000),
    -- the event before the consumer, because deletions from the outbox look up by event
    PRIMARY KEY (team_id, event_id, consumer),
    FOREIGN KEY (team_id, event_id) REFERENCES outbox (team_id, id)
);
CREATE INDEX relay_retries_due ON relay_retries (consumer, next_at);

-- A consumer takes few types: its next events are found by type, in the order of transactions.
DROP INDEX outbox_commit_order;
CREATE INDEX outbox_type_order ON outbox (event_type, xid, id);
CREATE INDEX outbox_age ON outbox USING brin (occurred_at);

ALTER TABLE inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE relay_cursors ENABLE ROW LEVEL SECURITY;
ALTER TABLE relay_retries ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON inbox TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON relay_retries TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY workers ON outbox TO throughline_system USING (true);
CREATE POLICY workers ON inbox TO throughline_system USING (true);
CREATE POLICY workers ON relay_cursors TO throughline_system USING (true);
CREATE POLICY workers ON relay_retries TO throughline_system USING (true);

GRANT SELECT, INSERT ON inbox TO throughline_team;
GRANT SELECT ON relay_retries TO throughline_team;
GRANT SELECT, DELETE ON inbox TO throughline_system;
GRANT SELECT, INSERT, UPDATE ON relay_cursors TO throughline_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON relay_retries TO throughline_system;
-- Old events are deleted; those restored from a dump of another PostgreSQL get new transaction numbers.
GRANT SELECT, DELETE, UPDATE (xid) ON outbox TO throughline_system;
