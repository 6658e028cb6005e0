-- The statements people need, each tested on MySQL and MariaDB.

-- 1. One video. Only source_uri is required; the audio goes beside it, under
--    audio/, as mp3-128k.
INSERT INTO jobs (source_uri) VALUES ('s3://videos/talk.mp4');

-- 2. With wishes: another profile, another place, a batch, a key that makes a
--    repeated INSERT harmless (the second one is refused with 1062).
INSERT INTO jobs (source_uri, output_uri, profile, batch, priority, idempotency_key)
VALUES ('s3://videos/talk.mp4', 's3://audio/talk.flac', 'flac', 'november', 10, 'talk-flac');

-- 3. Not before tonight, smaller than the profile says, at most 30 minutes of work.
INSERT INTO jobs (source_uri, run_at, timeout_seconds, options)
VALUES ('s3://videos/late.mkv', CURRENT_TIMESTAMP + INTERVAL 8 HOUR, 1800, '{"bitrate": 64000}');

-- 4. Many at once, under one name.
INSERT INTO jobs (source_uri, batch) VALUES
  ('s3://videos/lecture-01.mp4', 'lectures'),
  ('s3://videos/lecture-02.mp4', 'lectures'),
  ('s3://videos/lecture-03.mp4', 'lectures');

-- 5. How is it going?
SELECT id, state, progress, reason, output_uri FROM v_jobs ORDER BY id DESC LIMIT 20;
SELECT * FROM v_batches WHERE batch = 'lectures';
SELECT * FROM v_queue;

-- 6. What failed, and why?
SELECT id, reason, message, source_uri FROM v_jobs WHERE state = 'failed' ORDER BY id DESC LIMIT 20;
SELECT attempt, reason, exit_code, peak_rss_bytes, log_tail FROM v_attempts WHERE job_id = 1;

-- 7. Sooner, never mind, again. (An UPDATE does the same as vexaa_cancel.)
UPDATE jobs SET priority = 100 WHERE id = 3;
CALL vexaa_cancel(3);
UPDATE jobs SET desired_state = 'cancelled' WHERE batch = 'lectures' AND state = 'queued';
-- CALL vexaa_retry(42);                 -- one failed job, counters fresh
CALL vexaa_requeue('InputAccessDenied'); -- all that failed for this reason

-- 8. For operators (as the schema's owner): a queue of its own, a pause.
-- INSERT INTO queues (name, max_running) VALUES ('night', 4);
-- UPDATE queues SET state = 'paused' WHERE name = 'night';
