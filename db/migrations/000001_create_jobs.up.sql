-- One row is one request: "give me the audio of this video". The first block is
-- what a user may set, the second is written by the system alone.
CREATE TABLE IF NOT EXISTS jobs (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY
    COMMENT 'number of the job; part of the pod name',
  source_uri VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
    COMMENT 'the video: s3://bucket/key or file:///path; the only required column',
  output_uri VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL
    COMMENT 'where the audio goes; NULL: same bucket, audio/<source key>/<profile>.<ext>',
  profile VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'mp3-128k'
    COMMENT 'name of a row in profiles',
  options JSON NULL
    COMMENT 'a JSON object that overrides the profile: bitrate, sample_rate, channels, if_exists',
  queue_name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'default'
    COMMENT 'name of a row in queues',
  batch VARCHAR(128) NULL
    COMMENT 'a name of yours for jobs that belong together',
  priority SMALLINT NOT NULL DEFAULT 0
    COMMENT 'higher runs first within a queue; may change while queued',
  run_at TIMESTAMP(6) NULL DEFAULT NULL
    COMMENT 'not before this time; the system writes the next retry here',
  max_attempts SMALLINT UNSIGNED NOT NULL DEFAULT 5
    COMMENT 'temporary failures allowed in all; disruptions do not count',
  timeout_seconds INT UNSIGNED NOT NULL DEFAULT 3600
    COMMENT 'one attempt may work this long',
  idempotency_key VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL
    COMMENT 'a second INSERT with the same key is refused (1062) while the row is kept',
  labels JSON NULL
    COMMENT 'a JSON object of yours, kept as it is',
  desired_state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'run'
    COMMENT 'run, or cancelled to stop the job',
  traceparent VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'W3C trace context, passed on as it is',

  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    DEFAULT (CASE WHEN run_at > CURRENT_TIMESTAMP(6) THEN 'scheduled' ELSE 'queued' END)
    COMMENT 'scheduled, queued, claimed, running, publishing, succeeded, failed, cancelled',
  reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'Queued'
    COMMENT 'one CamelCase word of a closed list: why the job is in this state',
  message VARCHAR(1024) NOT NULL DEFAULT ''
    COMMENT 'the reason as a sentence',
  attempt INT UNSIGNED NOT NULL DEFAULT 0
    COMMENT 'number of the current or last attempt; raised at every claim, never reset',
  failures SMALLINT UNSIGNED NOT NULL DEFAULT 0
    COMMENT 'attempts that count against max_attempts',
  disruptions SMALLINT UNSIGNED NOT NULL DEFAULT 0
    COMMENT 'attempts lost to evictions and lost nodes',
  resolved_profile JSON NULL
    COMMENT 'the plan fixed at claim: outputs with their profiles and options',
  publisher VARCHAR(128) NULL
    COMMENT 'the controller that makes the result visible',
  publish_sent_at TIMESTAMP(6) NULL DEFAULT NULL
    COMMENT 'when publishing was last begun; another controller takes over after 60 s',
  owner VARCHAR(128) NULL
    COMMENT 'the controller that claimed the job',
  claim_nonce CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'random hex of the claim; makes the token of the attempt',
  first_claimed_at TIMESTAMP(6) NULL DEFAULT NULL COMMENT 'of the first attempt',
  claimed_at TIMESTAMP(6) NULL DEFAULT NULL COMMENT 'of the current attempt',
  started_at TIMESTAMP(6) NULL DEFAULT NULL COMMENT 'when the current attempt began to work',
  finished_at TIMESTAMP(6) NULL DEFAULT NULL COMMENT 'when the job reached a terminal state',
  cleanup_at TIMESTAMP(6) NULL DEFAULT NULL
    COMMENT 'when left-over uploads are swept and the output locks are given back; no claim before that',
  pod_name VARCHAR(253) NULL COMMENT 'the runner of the current attempt',
  node_name VARCHAR(253) NULL COMMENT 'the node it runs on',
  source_etag VARCHAR(255) NULL COMMENT 'version of the source that was read',
  source_bytes BIGINT UNSIGNED NULL COMMENT 'size of the source',
  bytes_read BIGINT UNSIGNED NULL COMMENT 'bytes read of it by the last attempt',
  cr_namespace VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'namespace of the AudioJob this row was made for',
  cr_name VARCHAR(253) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'its name',
  cr_uid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'its uid',
  created_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  updated_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    ON UPDATE CURRENT_TIMESTAMP(6),

  -- Equality first, then the order of claiming: a claim locks what it takes and
  -- nothing else. Nothing with a time may stand in front of priority.
  KEY claim (queue_name, state, priority DESC, id),
  KEY due (state, run_at),
  KEY wish (desired_state, state),
  KEY batch (batch, state, finished_at),
  KEY cleanup (cleanup_at),
  KEY finished (finished_at),
  UNIQUE KEY a_job_with_this_idempotency_key_exists (idempotency_key),
  UNIQUE KEY a_job_for_this_custom_resource_exists (cr_uid),

  -- A constraint's name is all the user sees: it is the sentence.
  CONSTRAINT source_uri_must_be_s3_or_file_uri
    CHECK (source_uri REGEXP '^(s3://[A-Za-z0-9._-]+|file://)/.+$'),
  CONSTRAINT output_uri_must_be_s3_or_file_uri
    CHECK (output_uri REGEXP '^(s3://[A-Za-z0-9._-]+|file://)/.+$'),
  CONSTRAINT output_uri_must_differ_from_source_uri
    CHECK (output_uri <> source_uri),
  CONSTRAINT profile_must_be_lower_case_letters_digits_dots_dashes
    CHECK (profile REGEXP '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$'),
  CONSTRAINT options_must_be_a_json_object
    CHECK (JSON_TYPE(options) = 'OBJECT'),
  CONSTRAINT queue_name_must_be_lower_case_letters_digits_dots_dashes
    CHECK (queue_name REGEXP '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$'),
  CONSTRAINT batch_must_not_be_empty
    CHECK (batch <> ''),
  CONSTRAINT max_attempts_must_be_from_1_to_100
    CHECK (max_attempts BETWEEN 1 AND 100),
  CONSTRAINT timeout_seconds_must_be_from_1_to_604800
    CHECK (timeout_seconds BETWEEN 1 AND 604800),
  CONSTRAINT idempotency_key_must_not_be_empty
    CHECK (idempotency_key <> ''),
  CONSTRAINT labels_must_be_a_json_object
    CHECK (JSON_TYPE(labels) = 'OBJECT'),
  CONSTRAINT desired_state_must_be_run_or_cancelled
    CHECK (desired_state IN ('run', 'cancelled')),
  CONSTRAINT state_must_be_one_of_the_eight_states
    CHECK (state IN ('scheduled', 'queued', 'claimed', 'running', 'publishing',
                     'succeeded', 'failed', 'cancelled'))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci
  COMMENT='one row is one video whose audio is wanted';
