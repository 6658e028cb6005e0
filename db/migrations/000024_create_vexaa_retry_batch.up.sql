CREATE PROCEDURE vexaa_retry_batch(
  IN batch_name VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci,
  IN failed_reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin)
SQL SECURITY DEFINER
COMMENT 'puts the failed jobs of a batch back into their queues; a reason, or NULL for all'
BEGIN
  -- As vexaa_requeue: 1,000 rows at a time, and only what failed before.
  DECLARE called_at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6);
  DECLARE moved INT DEFAULT 1;
  DECLARE total INT DEFAULT 0;
  WHILE moved > 0 DO
    UPDATE jobs
    SET state = 'queued', desired_state = 'run', reason = 'Queued',
        message = 'put back by vexaa_retry_batch', failures = 0, disruptions = 0,
        run_at = NULL, finished_at = NULL, first_claimed_at = NULL
    WHERE batch = batch_name AND state = 'failed'
      AND (failed_reason IS NULL OR reason = failed_reason)
      AND finished_at <= called_at
    LIMIT 1000;
    SET moved = ROW_COUNT();
    SET total = total + moved;
  END WHILE;
  SELECT total AS requeued;
END;
