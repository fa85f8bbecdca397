-- The vendors a team buys from (docs/spec/oms.md, "Vendors").

CREATE TABLE vendors (
    team_id           uuid        NOT NULL REFERENCES teams,
    id                uuid        NOT NULL,
    code              text COLLATE "C" NOT NULL CHECK (code ~ '^[A-Z0-9-]{1,20}$'),
    name              text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    name_key          text COLLATE "C" NOT NULL,
    email             text
                      CHECK (char_length(email) <= 254
                             AND email ~ '^[^@\s]+@(localhost|[^@\s.][^@\s]*\.[^@\s]*[^@\s.])$'),
    address           text        CHECK (char_length(address) BETWEEN 1 AND 500),
    payment_term_days smallint    NOT NULL CHECK (payment_term_days BETWEEN 0 AND 365),
    is_active         boolean     NOT NULL,
    version           bigint      NOT NULL CHECK (version >= 1),
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, code)
);
CREATE INDEX vendors_name ON vendors (team_id, name_key);
COMMENT ON COLUMN vendors.name_key IS 'the case-folded name, for searches by prefix';
COMMENT ON COLUMN vendors.payment_term_days IS 'days from an invoice''s date to its due date';

ALTER TABLE vendors ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON vendors TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
GRANT SELECT, INSERT, UPDATE ON vendors TO throughline_team;
