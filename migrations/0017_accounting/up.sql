-- Invoices that are made in an accounting system exactly once (seed 002; contract, gepard): what is known of each, and how it
-- came to that.

CREATE TABLE accounting_invoices (
    team_id         uuid        NOT NULL REFERENCES teams,
    invoice_id      uuid        NOT NULL,
    payload         bytea       NOT NULL CHECK (octet_length(payload) = 32),
    contractor      text        NOT NULL CHECK (contractor ~ '^[1-9][0-9]{0,19}$'),
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
        (state = 'unknown') = (last_send IS NOT NULL) AND (last_send IS NULL) = (several IS NULL))
);
COMMENT ON COLUMN accounting_invoices.invoice_id IS 'the caller''s: what makes it be made once';
COMMENT ON COLUMN accounting_invoices.payload IS 'SHA-256 over what it was asked to say';
COMMENT ON COLUMN accounting_invoices.lease IS 'nothing is sent after it by whoever claimed the invoice';
COMMENT ON COLUMN accounting_invoices.several IS 'more than one was found; none is made any more';

CREATE TABLE accounting_invoice_history (
    team_id    uuid        NOT NULL,
    invoice_id uuid        NOT NULL,
    version    bigint      NOT NULL CHECK (version >= 1),
    at         timestamptz NOT NULL,
    actor      text        NOT NULL CHECK (char_length(actor) BETWEEN 1 AND 100),
    request_id text        NOT NULL CHECK (char_length(request_id) BETWEEN 1 AND 100),
    state      text        NOT NULL CHECK (state IN ('intended', 'in_flight', 'created', 'failed', 'unknown')),
    detail     jsonb       NOT NULL CHECK (jsonb_typeof(detail) = 'object'),
    PRIMARY KEY (team_id, invoice_id, version),
    FOREIGN KEY (team_id, invoice_id) REFERENCES accounting_invoices (team_id, invoice_id)
);
COMMENT ON TABLE accounting_invoice_history IS 'append-only: what became of an invoice, one row each time';

ALTER TABLE accounting_invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting_invoice_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_team ON accounting_invoices TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
CREATE POLICY own_team ON accounting_invoice_history TO throughline_team
    USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()));
GRANT SELECT, INSERT, UPDATE ON accounting_invoices TO throughline_team;
GRANT SELECT, INSERT ON accounting_invoice_history TO throughline_team;
