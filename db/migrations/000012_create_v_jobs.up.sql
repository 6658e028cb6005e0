-- What people look at. Joins on primary keys only and nothing that groups: the
-- server merges it, so one id reads one row of each table at any size. The keys
-- are forced because MySQL hashes all of jobs beside a table that is still empty.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_jobs AS
SELECT
  j.id,
  j.state,
  CASE WHEN j.state = 'succeeded' THEN 100 ELSE p.percent END AS progress,
  p.speed,
  j.reason,
  j.message,
  CASE WHEN j.state = 'scheduled' THEN j.run_at END AS next_run_at,
  j.attempt,
  j.failures,
  j.max_attempts,
  j.desired_state,
  j.source_uri,
  COALESCE(o.uri, j.output_uri) AS output_uri,
  j.profile,
  o.bytes AS output_bytes,
  o.duration_ms / 1000 AS duration_seconds,
  o.crc32,
  j.queue_name,
  j.batch,
  j.priority,
  j.labels,
  j.idempotency_key,
  j.pod_name,
  j.node_name,
  p.media_seconds,
  j.source_bytes,
  CASE WHEN j.finished_at IS NULL THEN p.bytes_read ELSE j.bytes_read END AS bytes_read,
  j.created_at,
  j.claimed_at,
  j.started_at,
  j.finished_at,
  j.updated_at
FROM jobs j
LEFT JOIN job_progress p FORCE INDEX (PRIMARY) ON p.job_id = j.id AND p.attempt = j.attempt
LEFT JOIN job_outputs o FORCE INDEX (PRIMARY) ON o.job_id = j.id AND o.idx = 0;
