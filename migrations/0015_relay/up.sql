-- How events leave the outbox: what each consumer has taken, how far the relay has come for it, what is tried again.

-- Put in by a consumer in the transaction of its effect, so that an event that comes again has none: docs/adr/0009.
CREATE TABLE inbox (
    team_id     uuid        NOT NULL REFERENCES teams,
    consumer    text        NOT NULL CHECK (char_length(consumer) BETWEEN 1 AND 100),
    event_id    uuid        NOT NULL,
    consumed_at timestamptz NOT NULL,
    PRIMARY KEY (team_id, consumer, event_id)
);
COMMENT ON TABLE inbox IS 'append-only for teams; workers delete old rows whose events are gone from the outbox';
-- rows come in the order of their times, so the old ones lie together
CREATE INDEX inbox_age ON inbox USING brin (consumed_at);

-- Of no team: a relay reads all teams in one order.
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
COMMENT ON COLUMN relay_cursors.cluster IS 'the PostgreSQL whose transactions are counted here: a restored one counts anew';
COMMENT ON COLUMN relay_cursors.event_id IS 'every event of the consumer''s types at or before (xid, event_id) was consumed, or is in relay_retries';
COMMENT ON COLUMN relay_cursors.held_by IS 'the relay whose round runs now; after held_until, by PostgreSQL''s clock, another may';

-- Events that a consumer failed at. The reference keeps them in the outbox.
CREATE TABLE relay_retries (
    team_id  uuid        NOT NULL,
    event_id uuid        NOT NULL,
    consumer text        NOT NULL CHECK (char_length(consumer) BETWEEN 1 AND 100),
    attempts integer     NOT NULL CHECK (attempts >= 1),
    next_at  timestamptz NOT NULL,
    error    text        NOT NULL CHECK (char_length(error) <= 1000),
    -- the event before the consumer: whoever deletes from the outbox looks here by event
    PRIMARY KEY (team_id, event_id, consumer),
    FOREIGN KEY (team_id, event_id) REFERENCES outbox (team_id, id)
);
CREATE INDEX relay_retries_due ON relay_retries (consumer, next_at);

-- A consumer hears of a few types: its next events are found by type, in the order of transactions.
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
-- Old events go; those that a dump brought from another PostgreSQL are numbered anew.
GRANT SELECT, DELETE, UPDATE (xid) ON outbox TO throughline_system;
