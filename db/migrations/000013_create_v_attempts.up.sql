-- Every attempt with the end of its log, without the token.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_attempts AS
SELECT job_id, attempt, owner, pod_name, node_name, claimed_at, started_at,
       finished_at, exit_code, reason, message, cpu_seconds, peak_rss_bytes,
       bytes_in, bytes_out, log_tail
FROM job_attempts;
