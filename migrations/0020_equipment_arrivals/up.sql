-- Reports of one timestamp count in the order of their arrival (docs/spec/mes.md, "Reports").
ALTER TABLE equipment_samples
    ADD COLUMN arrival integer NOT NULL DEFAULT 0 CHECK (arrival >= 0),
    DROP CONSTRAINT equipment_samples_pkey,
    ADD PRIMARY KEY (team_id, equipment_id, taken_at, arrival);
COMMENT ON COLUMN equipment_samples.arrival IS 'counts the samples of one moment from 0; one that is sent again is stored once';

ALTER TABLE equipment_alarms
    ADD COLUMN arrival integer NOT NULL DEFAULT 0 CHECK (arrival >= 0),
    DROP CONSTRAINT equipment_alarms_pkey,
    ADD PRIMARY KEY (team_id, equipment_id, raised_at, code, arrival),
    DROP CONSTRAINT equipment_alarms_cleared_later,
    ADD CONSTRAINT equipment_alarms_cleared_later CHECK (cleared_at >= raised_at);
COMMENT ON COLUMN equipment_alarms.arrival IS 'counts the alarms of one code and moment from 0';
