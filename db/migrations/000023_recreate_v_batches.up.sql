-- One row a batch: counts by state, and by reason as a JSON object; cost and
-- bytes of all attempts. finished_at is set once nothing of it is left to do.
-- Name the batch (WHERE batch = ...): then only its own rows are read.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_batches AS
SELECT
  c.batch,
  SUM(c.jobs) AS jobs,
  SUM(c.scheduled + c.queued) AS waiting,
  SUM(c.claimed + c.running + c.publishing) AS working,
  SUM(c.scheduled) AS scheduled,
  SUM(c.queued) AS queued,
  SUM(c.claimed) AS claimed,
  SUM(c.running) AS running,
  SUM(c.publishing) AS publishing,
  SUM(c.succeeded) AS succeeded,
  SUM(c.failed) AS failed,
  SUM(c.cancelled) AS cancelled,
  CAST(JSON_OBJECTAGG(c.reason, c.jobs) AS CHAR) AS reasons,
  ROUND(100 * SUM(c.succeeded + c.failed + c.cancelled) / SUM(c.jobs), 1) AS percent_done,
  CASE WHEN SUM(c.unfinished) = 0 THEN 0
       WHEN SUM(c.done_last_hour) > 0
       THEN ROUND(SUM(c.unfinished) * 3600 / SUM(c.done_last_hour)) END AS eta_seconds,
  (SELECT SUM(a.cpu_seconds) FROM jobs j JOIN job_attempts a ON a.job_id = j.id
   WHERE j.batch = c.batch) AS cpu_seconds,
  (SELECT SUM(a.bytes_in) FROM jobs j JOIN job_attempts a ON a.job_id = j.id
   WHERE j.batch = c.batch) AS bytes_read,
  (SELECT SUM(o.bytes) FROM jobs j JOIN job_outputs o ON o.job_id = j.id
   WHERE j.batch = c.batch) AS output_bytes,
  MIN(c.first_id) AS first_id,
  MAX(c.last_id) AS last_id,
  CASE WHEN SUM(c.unfinished) = 0 THEN MAX(c.finished_at) END AS finished_at
FROM (
  SELECT
    batch,
    reason,
    COUNT(*) AS jobs,
    SUM(state = 'scheduled') AS scheduled,
    SUM(state = 'queued') AS queued,
    SUM(state = 'claimed') AS claimed,
    SUM(state = 'running') AS running,
    SUM(state = 'publishing') AS publishing,
    SUM(state = 'succeeded') AS succeeded,
    SUM(state = 'failed') AS failed,
    SUM(state = 'cancelled') AS cancelled,
    SUM(state NOT IN ('succeeded', 'failed', 'cancelled')) AS unfinished,
    COALESCE(SUM(state IN ('succeeded', 'failed')
                 AND finished_at > CURRENT_TIMESTAMP(6) - INTERVAL 1 HOUR), 0) AS done_last_hour,
    MIN(id) AS first_id,
    MAX(id) AS last_id,
    MAX(finished_at) AS finished_at
  FROM jobs
  WHERE batch IS NOT NULL
  GROUP BY batch, reason
) c
GROUP BY c.batch;
