DROP TABLE pause_reasons;
