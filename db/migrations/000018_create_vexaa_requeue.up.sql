CREATE PROCEDURE vexaa_requeue(
  IN failed_reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin)
SQL SECURITY DEFINER
COMMENT 'puts every job that failed for this reason back into its queue'
BEGIN
  -- 1,000 rows at a time, so that no statement holds many locks. What failed
  -- after the call began is left alone, or a fast failure would never end it.
  DECLARE called_at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6);
  DECLARE moved INT DEFAULT 1;
  DECLARE total INT DEFAULT 0;
  WHILE moved > 0 DO
    UPDATE jobs
    SET state = 'queued', desired_state = 'run', reason = 'Queued',
        message = 'put back by vexaa_requeue', failures = 0, disruptions = 0,
        run_at = NULL, finished_at = NULL, first_claimed_at = NULL
    WHERE state = 'failed' AND reason = failed_reason AND finished_at <= called_at
    LIMIT 1000;
    SET moved = ROW_COUNT();
    SET total = total + moved;
  END WHILE;
  SELECT total AS requeued;
END;
