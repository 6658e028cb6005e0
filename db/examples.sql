-- The statements people need. A test runs each of them on MySQL and on MariaDB,
-- with the rights of vexaa_submit, and looks at what it did. [name] is what the
-- tests and db/README.md call a statement.

-- ## Submit

-- [submit] Only source_uri is required; the audio goes beside the video, under
-- audio/, as mp3-128k.
INSERT INTO jobs (source_uri) VALUES ('s3://videos/talk.mp4');

-- [submit-wishes] Another profile, another place, a name for what belongs together.
INSERT INTO jobs (source_uri, output_uri, profile, batch, priority)
VALUES ('s3://videos/talk.mp4', 's3://audio/talk.flac', 'flac', 'november', 10);

-- [submit-later] Not before tonight, smaller than the profile says, at most 30
-- minutes of work.
INSERT INTO jobs (source_uri, run_at, timeout_seconds, options)
VALUES ('s3://videos/late.mkv', CURRENT_TIMESTAMP + INTERVAL 8 HOUR, 1800, '{"bitrate": 64000}');

-- [submit-once] May be repeated: while the row is kept there is one job of this key.
-- INSERT ... VALUES does as well, with error 1062 for a repetition; so does this one
-- where two run at the same moment.
INSERT INTO jobs (source_uri, idempotency_key)
SELECT 's3://videos/talk.mp4', 'talk-2026-11' FROM DUAL
WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.idempotency_key = 'talk-2026-11');

-- [submit-batch] Many at once, under one name: put a SELECT on a table of yours in
-- the place of w. It may be repeated too.
INSERT INTO jobs (source_uri, profile, batch, run_at, idempotency_key)
SELECT w.uri, 'speech-16k', 'lectures', CURRENT_TIMESTAMP + INTERVAL 1 HOUR, CONCAT('lectures/', w.uri)
FROM (SELECT 's3://videos/lecture-01.mp4' AS uri
      UNION ALL SELECT 's3://videos/lecture-02.mp4'
      UNION ALL SELECT 's3://videos/lecture-03.mp4') w
LEFT JOIN jobs j ON j.idempotency_key = CONCAT('lectures/', w.uri)
WHERE j.id IS NULL;

-- [check] Which rows would an INSERT refuse, and why? One bad row refuses them all.
-- Put your rows in the place of those between the marks, all columns of them. Of
-- rows with the same idempotency_key all but one are listed.
SELECT c.source_uri, c.refused_by
FROM (
  SELECT w.source_uri,
    CASE
      WHEN w.source_uri IS NULL THEN 'source_uri cannot be null'
      WHEN CHAR_LENGTH(w.source_uri) > 2048 THEN 'source_uri is too long'
      WHEN NOT CONVERT(w.source_uri USING utf8mb4) COLLATE utf8mb4_bin
           REGEXP '^(s3://[A-Za-z0-9._-]+|file://)/.+$'
        THEN 'source_uri_must_be_s3_or_file_uri'
      WHEN CHAR_LENGTH(w.output_uri) > 2048 THEN 'output_uri is too long'
      WHEN NOT CONVERT(w.output_uri USING utf8mb4) COLLATE utf8mb4_bin
           REGEXP '^(s3://[A-Za-z0-9._-]+|file://)/.+$'
        THEN 'output_uri_must_be_s3_or_file_uri'
      WHEN CONVERT(w.output_uri USING utf8mb4) COLLATE utf8mb4_bin
           = CONVERT(w.source_uri USING utf8mb4) COLLATE utf8mb4_bin
        THEN 'output_uri_must_differ_from_source_uri'
      WHEN w.profile IS NULL THEN 'profile cannot be null'
      WHEN CHAR_LENGTH(w.profile) > 63 THEN 'profile is too long'
      WHEN NOT CONVERT(w.profile USING utf8mb4) COLLATE utf8mb4_bin
           REGEXP '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$'
        THEN 'profile_must_be_lower_case_letters_digits_dots_dashes'
      WHEN w.options IS NOT NULL AND NOT JSON_VALID(w.options) THEN 'options is not JSON'
      WHEN JSON_TYPE(w.options) <> 'OBJECT' THEN 'options_must_be_a_json_object'
      WHEN w.queue_name IS NULL THEN 'queue_name cannot be null'
      WHEN CHAR_LENGTH(w.queue_name) > 63 THEN 'queue_name is too long'
      WHEN NOT CONVERT(w.queue_name USING utf8mb4) COLLATE utf8mb4_bin
           REGEXP '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$'
        THEN 'queue_name_must_be_lower_case_letters_digits_dots_dashes'
      WHEN CHAR_LENGTH(w.batch) > 128 THEN 'batch is too long'
      WHEN w.batch = '' THEN 'batch_must_not_be_empty'
      WHEN w.priority IS NULL OR w.priority NOT BETWEEN -32768 AND 32767 THEN 'priority is out of range'
      WHEN w.run_at IS NOT NULL AND (CAST(w.run_at AS DATETIME(6)) IS NULL
           OR CAST(w.run_at AS CHAR) REGEXP '[A-Za-z] *$') THEN 'run_at is no time'
      WHEN w.run_at IS NOT NULL
           AND COALESCE(UNIX_TIMESTAMP(CAST(w.run_at AS DATETIME(6))), 0)
           NOT BETWEEN 1 AND 2147483647.999999 THEN 'run_at is out of range'
      WHEN w.max_attempts IS NULL OR w.max_attempts NOT BETWEEN 1 AND 100
        THEN 'max_attempts_must_be_from_1_to_100'
      WHEN w.timeout_seconds IS NULL OR w.timeout_seconds NOT BETWEEN 1 AND 604800
        THEN 'timeout_seconds_must_be_from_1_to_604800'
      WHEN CHAR_LENGTH(w.idempotency_key) > 191 THEN 'idempotency_key is too long'
      WHEN w.idempotency_key = '' THEN 'idempotency_key_must_not_be_empty'
      WHEN j.id IS NOT NULL THEN 'a_job_with_this_idempotency_key_exists'
      WHEN w.idempotency_key IS NOT NULL AND w.nth_of_key > 1
        THEN 'another of your rows has this idempotency_key'
      WHEN w.labels IS NOT NULL AND NOT JSON_VALID(w.labels) THEN 'labels is not JSON'
      WHEN JSON_TYPE(w.labels) <> 'OBJECT' THEN 'labels_must_be_a_json_object'
      WHEN w.desired_state IS NULL THEN 'desired_state cannot be null'
      WHEN CHAR_LENGTH(w.desired_state) > 16 THEN 'desired_state is too long'
      WHEN CONVERT(w.desired_state USING utf8mb4) COLLATE utf8mb4_bin NOT IN ('run', 'cancelled')
        THEN 'desired_state_must_be_run_or_cancelled'
      WHEN CHAR_LENGTH(w.traceparent) > 255 THEN 'traceparent is too long'
      WHEN LENGTH(CONVERT(w.traceparent USING utf8mb4)) > CHAR_LENGTH(w.traceparent)
        THEN 'traceparent is not ASCII'
      WHEN p.name IS NULL THEN 'taken, but fails: there is no such profile'
      WHEN q.name IS NULL THEN 'taken, but fails after 5 minutes: there is no such queue'
    END AS refused_by
  FROM (
    SELECT r.*, ROW_NUMBER() OVER (
      PARTITION BY CONVERT(r.idempotency_key USING utf8mb4) COLLATE utf8mb4_bin) AS nth_of_key
    FROM ( /* your rows */
      SELECT 's3://videos/good.mp4' AS source_uri, NULL AS output_uri, 'mp3-128k' AS profile,
             NULL AS options, 'default' AS queue_name, NULL AS batch, 0 AS priority, NULL AS run_at,
             5 AS max_attempts, 3600 AS timeout_seconds, NULL AS idempotency_key, NULL AS labels,
             'run' AS desired_state, NULL AS traceparent
      UNION ALL
      SELECT 'bad.mp4', NULL, 'mp3-128k', NULL, 'default', NULL, 0, NULL, 5, 3600, NULL, NULL, 'run', NULL
      UNION ALL
      SELECT 's3://videos/late.mp4', NULL, 'mp3-128k', NULL, 'default', NULL, 0, '2040-01-01 00:00:00',
             5, 3600, NULL, NULL, 'run', NULL
      /* end of your rows */ ) r
  ) w
  LEFT JOIN jobs j ON j.idempotency_key = CONVERT(w.idempotency_key USING utf8mb4)
  LEFT JOIN profiles p ON p.name = CONVERT(w.profile USING utf8mb4)
  LEFT JOIN queues q ON q.name = CONVERT(w.queue_name USING utf8mb4)
) c
WHERE c.refused_by IS NOT NULL;

-- ## Look

-- [status] How is it going? next_run_at is the next retry, speed is in seconds of
-- media a second.
SELECT id, state, progress, speed, reason, message, next_run_at, output_uri
FROM v_jobs ORDER BY id DESC LIMIT 20;

-- [queues] Backlog, oldest job, throughput and ETA of every queue.
SELECT * FROM v_queue;

-- [batch] Counts by state, by reason (JSON), ETA, cpu seconds and bytes. Name the batch.
SELECT * FROM v_batches WHERE batch = 'lectures';

-- [failures] What failed, and why?
SELECT id, reason, message, source_uri FROM v_jobs WHERE state = 'failed' ORDER BY id DESC LIMIT 20;

-- [attempts] Every attempt of a job with the last 8 KiB of its log, also when its
-- pod is long gone.
SELECT attempt, reason, exit_code, cpu_seconds, peak_rss_bytes, node_name, log_tail
FROM v_attempts WHERE job_id = 1;

-- ## Change one job

-- [prioritise] While it waits.
UPDATE jobs SET priority = 100 WHERE id = 1;

-- [schedule] Not before this time; NULL: it may run now.
CALL vexaa_schedule(1, CURRENT_TIMESTAMP + INTERVAL 2 HOUR);

-- [cancel] Queued or running; one that is publishing still succeeds. The UPDATE does
-- the same, without telling whether there was anything to stop.
CALL vexaa_cancel(1);
UPDATE jobs SET desired_state = 'cancelled' WHERE id = 2;

-- [retry] A failed one, with fresh counters.
CALL vexaa_retry(3);

-- [requeue] All that failed for one reason.
CALL vexaa_requeue('InputAccessDenied');

-- ## Change a batch

-- [prioritise-batch]
UPDATE jobs SET priority = 50 WHERE batch = 'lectures' AND state IN ('scheduled', 'queued');

-- [hold-batch] Nothing more of it starts; what runs goes on.
CALL vexaa_schedule_batch('lectures', '2037-12-31 00:00:00');

-- [release-batch] It may run now.
CALL vexaa_schedule_batch('lectures', NULL);

-- [cancel-batch] The UPDATE does the same in one transaction, for small batches.
CALL vexaa_cancel_batch('lectures');
UPDATE jobs SET desired_state = 'cancelled' WHERE batch = 'november' AND finished_at IS NULL;

-- [retry-batch] All that failed of it.
CALL vexaa_retry_batch('lectures', NULL);

-- [requeue-batch] What failed of it for one reason.
CALL vexaa_retry_batch('lectures', 'StorageUnavailable');

-- [move-batch] What waits of it goes to another queue, which can be paused, drained
-- and limited by itself: see [pause], [drain], [limit].
CALL vexaa_move_batch('lectures', 'night');

-- ## Operators (as the schema's owner)

-- [add-queue] The controller serves the queues its configuration names.
INSERT INTO queues (name, max_running) VALUES ('night', 4);

-- [limit] At most 20 jobs of it at a time; 0: no limit.
UPDATE queues SET max_running = 20 WHERE name = 'night';

-- [pause] Nothing of it starts; what runs goes on.
UPDATE queues SET state = 'paused' WHERE name = 'night';

-- [drain] What was submitted before this is worked off, then the queue is paused by
-- itself; what comes later waits in it.
UPDATE queues SET state = 'draining' WHERE name = 'night';

-- [resume]
UPDATE queues SET state = 'active' WHERE name = 'night';

-- [add-profile]
INSERT INTO profiles (name, codec, bitrate, sample_rate, channels, description)
VALUES ('mp3-64k-mono', 'mp3', 64000, 44100, 1, 'for speech on small devices');
