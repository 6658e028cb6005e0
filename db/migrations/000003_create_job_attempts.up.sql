-- What happened in each attempt, kept for people: pod, times, cost, end of log.
CREATE TABLE IF NOT EXISTS job_attempts (
  job_id BIGINT UNSIGNED NOT NULL,
  attempt INT UNSIGNED NOT NULL,
  claim_nonce CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  owner VARCHAR(128) NOT NULL COMMENT 'the controller that claimed it',
  pod_name VARCHAR(253) NULL,
  node_name VARCHAR(253) NULL,
  claimed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  started_at TIMESTAMP(6) NULL DEFAULT NULL,
  finished_at TIMESTAMP(6) NULL DEFAULT NULL,
  exit_code SMALLINT NULL,
  reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  message VARCHAR(1024) NULL,
  cpu_seconds DECIMAL(12,3) NULL,
  peak_rss_bytes BIGINT UNSIGNED NULL,
  bytes_in BIGINT UNSIGNED NULL COMMENT 'read from the source',
  bytes_out BIGINT UNSIGNED NULL COMMENT 'staged for the outputs',
  log_tail TEXT NULL COMMENT 'the last 8 KiB of its log',
  PRIMARY KEY (job_id, attempt),
  CONSTRAINT attempt_belongs_to_a_job
    FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci
  COMMENT='one row for each attempt of a job';
