CREATE PROCEDURE vexaa_schedule_batch(
  IN batch_name VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci,
  IN not_before TIMESTAMP(6))
SQL SECURITY DEFINER
COMMENT 'holds the waiting jobs of a batch until this time; NULL: they may run now'
BEGIN
  -- 1,000 rows at a time; those that have this time already are not touched.
  DECLARE target VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin
    DEFAULT CASE WHEN not_before > CURRENT_TIMESTAMP(6) THEN 'scheduled' ELSE 'queued' END;
  DECLARE moved INT DEFAULT 1;
  DECLARE total INT DEFAULT 0;
  WHILE moved > 0 DO
    UPDATE jobs SET state = target, run_at = not_before
    WHERE batch = batch_name AND state IN ('scheduled', 'queued')
      AND NOT (state = target AND run_at <=> not_before)
    LIMIT 1000;
    SET moved = ROW_COUNT();
    SET total = total + moved;
  END WHILE;
  SELECT total AS moved;
END;
