DELETE FROM equipment_alarms WHERE arrival > 0;
UPDATE equipment_alarms SET cleared_at = raised_at + interval '1 microsecond' WHERE cleared_at = raised_at;
ALTER TABLE equipment_alarms
    DROP CONSTRAINT equipment_alarms_pkey,
    DROP COLUMN arrival,
    ADD PRIMARY KEY (team_id, equipment_id, raised_at, code),
    DROP CONSTRAINT equipment_alarms_cleared_later,
    ADD CONSTRAINT equipment_alarms_cleared_later CHECK (cleared_at > raised_at);

DELETE FROM equipment_samples WHERE arrival > 0;
ALTER TABLE equipment_samples
    DROP CONSTRAINT equipment_samples_pkey,
    DROP COLUMN arrival,
    ADD PRIMARY KEY (team_id, equipment_id, taken_at);
