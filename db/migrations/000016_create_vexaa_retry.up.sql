CREATE PROCEDURE vexaa_retry(IN job_id BIGINT UNSIGNED)
SQL SECURITY DEFINER
COMMENT 'puts a failed job back into its queue with fresh counters'
BEGIN
  UPDATE jobs
  SET state = 'queued', desired_state = 'run', reason = 'Queued',
      message = 'put back by vexaa_retry', failures = 0, disruptions = 0,
      run_at = NULL, finished_at = NULL, first_claimed_at = NULL
  WHERE id = job_id AND state = 'failed';
  IF ROW_COUNT() = 0 THEN
    SIGNAL SQLSTATE '45000'
      SET MESSAGE_TEXT = 'nothing was changed: there is no failed job with this id';
  END IF;
  SELECT v.id, v.state, v.reason, v.message FROM v_jobs v WHERE v.id = job_id;
END;
