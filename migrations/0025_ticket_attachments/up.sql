-- Files of tickets (docs/spec/oms.md, "Tickets") beside those of the shop floor, and who uploaded each.
ALTER TABLE attachments
    ADD COLUMN ticket_id uuid,
    ADD COLUMN uploaded_by uuid,
    ADD FOREIGN KEY (team_id, ticket_id) REFERENCES tickets (team_id, id),
    ADD FOREIGN KEY (team_id, uploaded_by) REFERENCES users (team_id, id),
    ADD CONSTRAINT attachments_one_owner CHECK (
        ticket_id IS NULL OR work_order_operation_id IS NULL AND routing_operation_id IS NULL),
    ADD CONSTRAINT attachments_kind_of_ticket CHECK (ticket_id IS NULL OR kind NOT IN ('dxf', 'dwg', 'step'));
COMMENT ON COLUMN attachments.ticket_id IS
    'the ticket that it belongs to; where there is none it is a file of the shop floor, of no operation too';
COMMENT ON COLUMN attachments.uploaded_by IS 'null: a program with an API key, or before users were kept';

-- lists of the shop floor's files pass over those of tickets
DROP INDEX attachments_uploaded;
DROP INDEX attachments_type;
CREATE INDEX attachments_uploaded ON attachments (team_id, uploaded_at, id)
    WHERE state = 'stored' AND ticket_id IS NULL;
CREATE INDEX attachments_type ON attachments (team_id, attachment_type, uploaded_at, id)
    WHERE state = 'stored' AND ticket_id IS NULL;
CREATE INDEX attachments_ticket ON attachments (team_id, ticket_id, uploaded_at, id) WHERE ticket_id IS NOT NULL;

-- tickets are referred to from now on
SELECT renew_referenced_keys();
