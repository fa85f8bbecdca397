-- Invoices that are created in an accounting system exactly once (docs/spec/accounting.md, "Exactly once"): their state and
-- history, the teams' connections to the accounting system, and the exchanges with it.

CREATE TABLE accounting_invoices (
    team_id         uuid        NOT NULL REFERENCES teams,
    invoice_id      uuid        NOT NULL,
    payload         bytea       NOT NULL CHECK (octet_length(payload) = 32),
    contractor      text        NOT NULL CHECK (contractor ~ '^[1-9][0-9]{0,19}$'),
    company         text        NOT NULL CHECK (company ~ '^[0-9]{1,20}$'),
    -- NaN is greater than any number
    gross           numeric(18, 2) NOT NULL CHECK (gross >= 0 AND gross < 10000000000000000),
    state           text        NOT NULL CHECK (state IN ('intended', 'in_flight', 'created', 'failed', 'unknown')),
    lease           timestamptz CHECK (isfinite(lease)),
    last_send       timestamptz CHECK (isfinite(last_send)),
    several         boolean,
    wfirma_id       text        CHECK (char_length(wfirma_id) BETWEEN 1 AND 100),
    number          text        CHECK (char_length(number) BETWEEN 1 AND 100),
    total           numeric(18, 2) CHECK (total >= 0 AND total < 10000000000000000),
    made_at         timestamptz CHECK (isfinite(made_at)),
    failure_code    text        CHECK (failure_code ~ '^[A-Z_]{1,50}$'),
    failure_message text        CHECK (char_length(failure_message) BETWEEN 1 AND 10000),
    look_at         timestamptz CHECK (isfinite(look_at)),
    version         bigint      NOT NULL CHECK (version >= 1),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (team_id, invoice_id),
    CONSTRAINT accounting_invoices_lease_of_senders CHECK (
        CASE state WHEN 'in_flight' THEN lease IS NOT NULL WHEN 'intended' THEN true ELSE lease IS NULL END),
    CONSTRAINT accounting_invoices_made CHECK (
        (state = 'created') = (wfirma_id IS NOT NULL) AND (wfirma_id IS NULL) = (number IS NULL)
        AND (wfirma_id IS NULL) = (made_at IS NULL) AND (total IS NULL OR wfirma_id IS NOT NULL)),
    CONSTRAINT accounting_invoices_failed CHECK (
        (state = 'failed') = (failure_code IS NOT NULL) AND (failure_code IS NULL) = (failure_message IS NULL)),
    CONSTRAINT accounting_invoices_unknown CHECK (
        (state = 'unknown') = (last_send IS NOT NULL) AND (last_send IS NULL) = (several IS NULL)),
    CONSTRAINT accounting_invoices_looked_up_while_open CHECK (look_at IS NULL OR state IN ('in_flight', 'unknown'))
);
COMMENT ON COLUMN accounting_invoices.invoice_id IS 'the caller''s id; one invoice is created per id';
COMMENT ON COLUMN accounting_invoices.payload IS 'SHA-256 of the requested content';
COMMENT ON COLUMN accounting_invoices.company IS 'the company that the invoice belongs to, by its number in the accounting system';
COMMENT ON COLUMN accounting_invoices.gross IS 'the calculated total with tax; total is the accounting system''s';
COMMENT ON COLUMN accounting_invoices.look_at IS 'when its unknown outcome is looked up again; NULL: as soon as possible';
COMMENT ON COLUMN accounting_invoices.lease IS 'whoever claimed the invoice sends nothing after this time';
COMMENT ON COLUMN accounting_invoices.several IS 'more than one was found; none is created any more';
-- without the team: the reconciler reads the invoices of all teams, the longest waiting first
CREATE INDEX accounting_invoices_due ON accounting_invoices ((coalesce(look_at, lease, last_send)), invoice_id)
    WHERE state IN ('in_flight', 'unknown');

CREATE TABLE accounting_invoice_history (
    team_id    uuid        NOT NULL,
    invoice_id uuid        NOT NULL,
    version    bigint      NOT NULL CHECK (version >= 1),
    at         timestamptz NOT NULL,
    actor      text        NOT NULL CHECK (char_length(actor) BETWEEN 1 AND 100),
    request_id text        NOT NULL CHECK (char_length(request_id) BETWEEN 1 AND 100),
    state      text        NOT NULL CHECK (state IN ('intended', 'in_flight', 'created', 'failed', 'unknown')),
    detail     text        NOT NULL CHECK (jsonb_typeof(detail::jsonb) = 'object'),
    PRIMARY KEY (team_id, invoice_id, version),
    FOREIGN KEY (team_id, invoice_id) REFERENCES accounting_invoices (team_id, invoice_id)
);
COMMENT ON TABLE accounting_invoice_history IS 'append-only: one row for each change of an invoice''s state';

CREATE TABLE accounting_connections (
    team_id           uuid        PRIMARY KEY REFERENCES teams,
    company           text        NOT NULL CHECK (company ~ '^[0-9]{1,20}$'),
    secrets           bytea       NOT NULL CHECK (octet_length(secrets) BETWEEN 46 AND 2000),
    time_zone         text        NOT NULL CHECK (time_zone <> ''),
    payment_method    text        NOT NULL
                      CHECK (payment_method IN ('cash', 'transfer', 'compensation', 'cod', 'payment_card')),
    payment_term_days smallint    NOT NULL CHECK (payment_term_days BETWEEN 0 AND 365),
    prices            text        NOT NULL CHECK (prices IN ('netto', 'brutto')),
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
COMMENT ON COLUMN accounting_connections.secrets IS 'the keys, encrypted for this team, preceded by a version, the id of the encryption key and a nonce';

CREATE TABLE accounting_exchanges (
    team_id           uuid        NOT NULL REFERENCES teams,
    id                uuid        NOT NULL,
    invoice_id        uuid,
    action            text        NOT NULL CHECK (char_length(action) BETWEEN 1 AND 100),
    at                timestamptz NOT NULL CHECK (isfinite(at)),
    took_microseconds bigint      NOT NULL CHECK (took_microseconds >= 0),
    request           bytea       NOT NULL,
    status            integer     CHECK (status BETWEEN 100 AND 999),
    answer            bytea,
    error             text,
    PRIMARY KEY (team_id, id),
    CONSTRAINT accounting_exchanges_answered_or_not CHECK (
        (status IS NULL) = (answer IS NULL) AND (status IS NULL) = (error IS NOT NULL))
);
COMMENT ON TABLE accounting_exchanges IS 'append-only for teams; workers delete exchanges older than 90 days';
COMMENT ON COLUMN accounting_exchanges.invoice_id IS 'the invoice concerned, which need not exist in accounting_invoices';
COMMENT ON COLUMN accounting_exchanges.request IS 'UTF-8 without the keys; as bytes because text cannot contain U+0000; answer likewise';
COMMENT ON COLUMN accounting_exchanges.error IS 'the error if there was no answer';
CREATE INDEX accounting_exchanges_newest ON accounting_exchanges (team_id, at DESC, id DESC);
CREATE INDEX accounting_exchanges_invoice ON accounting_exchanges (team_id, invoice_id, at DESC, id DESC)
    WHERE invoice_id IS NOT NULL;
-- rows are inserted in the order of their times, so old rows are stored together
CREATE INDEX accounting_exchanges_age ON accounting_exchanges USING brin (at);

ALTER TABLE accounting_invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting_invoice_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting_connections ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting_exchanges ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON accounting_invoices TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON accounting_invoice_history TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON accounting_connections TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON accounting_exchanges TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY workers ON accounting_invoices TO throughline_system USING (true);
CREATE POLICY workers ON accounting_exchanges TO throughline_system USING (true);
GRANT SELECT, INSERT, UPDATE ON accounting_invoices, accounting_connections TO throughline_team;
GRANT SELECT, INSERT ON accounting_invoice_history, accounting_exchanges TO throughline_team;
-- the reconciler reads open invoices, and settles each as its team
GRANT SELECT, UPDATE (look_at) ON accounting_invoices TO throughline_system;
GRANT SELECT, DELETE ON accounting_exchanges TO throughline_system;
