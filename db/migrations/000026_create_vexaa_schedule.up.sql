CREATE PROCEDURE vexaa_schedule(IN job_id BIGINT UNSIGNED, IN not_before TIMESTAMP(6))
SQL SECURITY DEFINER
COMMENT 'holds a waiting job until this time; NULL: it may run now'
BEGIN
  UPDATE jobs
  SET state = CASE WHEN not_before > CURRENT_TIMESTAMP(6) THEN 'scheduled' ELSE 'queued' END,
      run_at = not_before
  WHERE id = job_id AND state IN ('scheduled', 'queued');
  IF NOT EXISTS (SELECT 1 FROM jobs j
                 WHERE j.id = job_id AND j.state IN ('scheduled', 'queued')) THEN
    SIGNAL SQLSTATE '45000'
      SET MESSAGE_TEXT = 'nothing was changed: there is no waiting job with this id';
  END IF;
  SELECT v.id, v.state, v.next_run_at FROM v_jobs v WHERE v.id = job_id;
END;
