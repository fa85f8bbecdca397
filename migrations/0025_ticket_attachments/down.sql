-- files of tickets would be the shop floor's: a worker deletes their objects and rows
UPDATE attachments SET state = 'deleted' WHERE ticket_id IS NOT NULL;

DROP INDEX attachments_ticket;
DROP INDEX attachments_uploaded;
DROP INDEX attachments_type;
ALTER TABLE attachments
    DROP COLUMN ticket_id,
    DROP COLUMN uploaded_by;
CREATE INDEX attachments_uploaded ON attachments (team_id, uploaded_at, id) WHERE state = 'stored';
CREATE INDEX attachments_type ON attachments (team_id, attachment_type, uploaded_at, id) WHERE state = 'stored';
