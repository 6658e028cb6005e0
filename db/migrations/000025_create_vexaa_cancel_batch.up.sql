CREATE PROCEDURE vexaa_cancel_batch(
  IN batch_name VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci)
SQL SECURITY DEFINER
COMMENT 'asks the controller to stop the unfinished jobs of a batch'
BEGIN
  -- 1,000 rows at a time; all that were not asked yet.
  DECLARE moved INT DEFAULT 1;
  DECLARE total INT DEFAULT 0;
  WHILE moved > 0 DO
    UPDATE jobs SET desired_state = 'cancelled'
    WHERE batch = batch_name AND desired_state = 'run'
      AND state IN ('scheduled', 'queued', 'claimed', 'running', 'publishing')
    LIMIT 1000;
    SET moved = ROW_COUNT();
    SET total = total + moved;
  END WHILE;
  SELECT total AS asked;
END;
