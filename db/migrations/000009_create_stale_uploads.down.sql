DROP TABLE IF EXISTS stale_uploads;
