-- One row a queue: what waits, what works, how fast, how long still. Counts are
-- read from the claim index alone; a queue that jobs name but nobody made shows
-- with queue_state NULL.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_queue AS
SELECT
  n.name AS queue_name,
  q.state AS queue_state,
  COALESCE(b.queued, 0) AS queued,
  COALESCE(b.scheduled, 0) AS scheduled,
  COALESCE(b.working, 0) AS working,
  q.max_running,
  first_job.created_at AS oldest_queued_at,
  TIMESTAMPDIFF(SECOND, first_job.created_at, CURRENT_TIMESTAMP(6)) AS oldest_age_seconds,
  COALESCE(d.succeeded, 0) AS succeeded_last_hour,
  COALESCE(d.failed, 0) AS failed_last_hour,
  ROUND(COALESCE(d.finished, 0) / 60, 1) AS finished_per_minute,
  CASE WHEN b.queued IS NULL OR b.queued = 0 THEN 0
       WHEN d.finished > 0 THEN ROUND(b.queued * 3600 / d.finished) END AS eta_seconds
FROM (
  SELECT name FROM queues
  UNION
  SELECT queue_name FROM jobs
  WHERE state IN ('scheduled', 'queued', 'claimed', 'running', 'publishing')
) n
LEFT JOIN queues q ON q.name = n.name
LEFT JOIN (
  SELECT queue_name,
         SUM(state = 'queued') AS queued,
         SUM(state = 'scheduled') AS scheduled,
         SUM(state IN ('claimed', 'running', 'publishing')) AS working,
         MIN(CASE WHEN state = 'queued' THEN id END) AS first_id
  FROM jobs
  WHERE state IN ('scheduled', 'queued', 'claimed', 'running', 'publishing')
  GROUP BY queue_name
) b ON b.queue_name = n.name
LEFT JOIN jobs first_job ON first_job.id = b.first_id
LEFT JOIN (
  SELECT queue_name,
         COUNT(*) AS finished,
         SUM(state = 'succeeded') AS succeeded,
         SUM(state = 'failed') AS failed
  FROM jobs
  WHERE finished_at > CURRENT_TIMESTAMP(6) - INTERVAL 1 HOUR
  GROUP BY queue_name
) d ON d.queue_name = n.name;
