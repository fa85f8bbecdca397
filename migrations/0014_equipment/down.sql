DROP TABLE equipment_alarms, equipment_samples, equipment;
