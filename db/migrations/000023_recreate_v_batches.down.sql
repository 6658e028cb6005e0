-- One row a batch; finished_at is set once nothing of it is left to do.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_batches AS
SELECT
  batch,
  COUNT(*) AS jobs,
  SUM(state IN ('scheduled', 'queued')) AS waiting,
  SUM(state IN ('claimed', 'running', 'publishing')) AS working,
  SUM(state = 'succeeded') AS succeeded,
  SUM(state = 'failed') AS failed,
  SUM(state = 'cancelled') AS cancelled,
  ROUND(100 * SUM(state IN ('succeeded', 'failed', 'cancelled')) / COUNT(*), 1) AS percent_done,
  MIN(id) AS first_id,
  MAX(id) AS last_id,
  CASE WHEN SUM(finished_at IS NULL) = 0 THEN MAX(finished_at) END AS finished_at
FROM jobs
WHERE batch IS NOT NULL
GROUP BY batch;
