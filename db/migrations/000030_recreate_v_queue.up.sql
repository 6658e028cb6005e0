-- One row a queue: what waits, what works, how fast, how long still. Each count
-- is one range of one index, so finished jobs cost nothing. The indexes are
-- forced because MySQL takes another one where it has no statistics yet. A queue
-- that stopped says since when and why.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_queue AS
SELECT
  c.queue_name,
  c.queue_state,
  c.queued,
  c.scheduled,
  c.working,
  c.max_running,
  c.max_pending,
  first_job.created_at AS oldest_queued_at,
  TIMESTAMPDIFF(SECOND, first_job.created_at, CURRENT_TIMESTAMP(6)) AS oldest_age_seconds,
  COALESCE(d.succeeded, 0) AS succeeded_last_hour,
  COALESCE(d.failed, 0) AS failed_last_hour,
  ROUND(COALESCE(d.done, 0) / 60, 1) AS finished_per_minute,
  CASE WHEN first_job.id IS NULL THEN 0
       ELSE ROUND(c.queued * 3600 / d.done) END AS eta_seconds,
  t.stopped_at,
  t.reason AS stopped_reason,
  t.message AS stopped_message
FROM (
  SELECT
    q.name AS queue_name, q.state AS queue_state, q.max_running, q.max_pending,
    (SELECT COUNT(*) FROM jobs j FORCE INDEX (claim)
     WHERE j.queue_name = q.name AND j.state = 'queued') AS queued,
    (SELECT MIN(j.id) FROM jobs j FORCE INDEX (claim)
     WHERE j.queue_name = q.name AND j.state = 'queued') AS first_id,
    (SELECT COUNT(*) FROM jobs j FORCE INDEX (claim)
     WHERE j.queue_name = q.name AND j.state = 'scheduled') AS scheduled,
    (SELECT COUNT(*) FROM jobs j FORCE INDEX (claim)
     WHERE j.queue_name = q.name AND j.state = 'claimed')
    + (SELECT COUNT(*) FROM jobs j FORCE INDEX (claim)
       WHERE j.queue_name = q.name AND j.state = 'running')
    + (SELECT COUNT(*) FROM jobs j FORCE INDEX (claim)
       WHERE j.queue_name = q.name AND j.state = 'publishing') AS working
  FROM queues q
) c
LEFT JOIN jobs first_job ON first_job.id = c.first_id
LEFT JOIN (
  SELECT queue_name,
         COUNT(*) AS done,
         SUM(state = 'succeeded') AS succeeded,
         SUM(state = 'failed') AS failed
  FROM jobs FORCE INDEX (finished)
  WHERE state IN ('succeeded', 'failed')
    AND finished_at > CURRENT_TIMESTAMP(6) - INTERVAL 1 HOUR
  GROUP BY queue_name
) d ON d.queue_name = c.queue_name
LEFT JOIN queue_troubles t ON t.queue_name = c.queue_name AND t.stopped_at IS NOT NULL;
