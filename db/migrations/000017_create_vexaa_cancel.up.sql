CREATE PROCEDURE vexaa_cancel(IN job_id BIGINT UNSIGNED)
SQL SECURITY DEFINER
COMMENT 'asks the controller to stop a job; one that is already publishing still succeeds'
BEGIN
  DECLARE matches INT DEFAULT 0;
  UPDATE jobs SET desired_state = 'cancelled'
  WHERE id = job_id
    AND state IN ('scheduled', 'queued', 'claimed', 'running', 'publishing');
  SELECT COUNT(*) INTO matches FROM jobs j
  WHERE j.id = job_id AND j.desired_state = 'cancelled';
  IF matches = 0 THEN
    SIGNAL SQLSTATE '45000'
      SET MESSAGE_TEXT = 'nothing was changed: there is no unfinished job with this id';
  END IF;
  SELECT v.id, v.state, v.desired_state FROM v_jobs v WHERE v.id = job_id;
END;
